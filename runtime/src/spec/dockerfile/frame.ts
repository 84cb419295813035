// Lines of a file as builders show them beside a fault: numbered, two before and after, those in question marked.

/** @param line from 1 @param endLine the last one that is meant */
export function frame(text: string, line: number, endLine = line): string {
  const lines = text.split('\n');
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, endLine + 2);
  const width = String(last).length;
  const shown = lines.slice(first - 1, last).map((content, index) => {
    const number = first + index;
    const mark = number >= line && number <= endLine ? '>>>' : '   ';
    return `${String(number).padStart(width)} | ${mark} ${content.replace(/\r$/, '').slice(0, 200)}`;
  });
  return ['-'.repeat(20), ...shown, '-'.repeat(20)].join('\n');
}
