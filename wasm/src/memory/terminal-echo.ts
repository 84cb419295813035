// How a terminal shows what is typed, and takes it away again.

const caret = 0x5e;
const [backspace, space] = [8, 0x20];

/** A control character is shown as ^ and a letter. */
export function echoText(byte: number): readonly number[] {
  if (byte === 10 || byte === 13) return [13, 10];
  if (byte === 9) return [byte];
  return byte < 0x20 || byte === 0x7f ? [caret, byte ^ 0x40] : [byte];
}

export function echo(bytes: Uint8Array): readonly number[] {
  return [...bytes].flatMap((byte) => echoText(byte));
}

/** Columns back, each made empty; a further byte of a character takes none. */
export function echoErased(bytes: Uint8Array): readonly number[] {
  const columns = [...bytes].map((byte) => (isFurther(byte) ? 0 : echoText(byte).length));
  const all = columns.reduce((sum, each) => sum + each, 0);
  return Array.from({ length: all }, () => [backspace, space, backspace]).flat();
}

/** The length of a line without its last character, of UTF-8. */
export function withoutLast(line: Uint8Array): number {
  let length = Math.max(0, line.length - 1);
  while (length > 0 && isFurther(line[length])) length -= 1;
  return length;
}

/** The length of a line without its last word and what follows it. */
export function startOfWord(line: Uint8Array): number {
  const isSpace = (byte: number | undefined) => byte === space || byte === 9;
  let length = line.length;
  while (length > 0 && isSpace(line[length - 1])) length -= 1;
  while (length > 0 && !isSpace(line[length - 1])) length -= 1;
  return length;
}

function isFurther(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
