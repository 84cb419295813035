/** Where the line that holds `offset` begins, when lines end with `\n`. */
export function lineStart(text: string, offset: number): number {
  // A negative place to look from would count as the first one.
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}
