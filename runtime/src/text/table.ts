// Columns by elastic tabs, as Go's text/tabwriter lays them out: a column is as wide as its widest cell in adjoining lines
// plus padding; the text behind a line's last tab belongs to no column.

/**
 * Lays out lines whose cells are separated by tabs.
 * @param minWidth the least width of a column
 */
export function layOut(lines: readonly string[], minWidth = 10, padding = 3): string {
  const rows = lines.map((line) => line.split('\t'));
  const out: string[] = rows.map(() => '');
  layOutColumn(rows, out, 0, rows.length, 0, minWidth, padding);
  rows.forEach((cells, index) => {
    out[index] += cells.at(-1) ?? '';
  });
  return out.map((line) => `${line}\n`).join('');
}

function layOutColumn(
  rows: readonly string[][],
  out: string[],
  from: number,
  to: number,
  column: number,
  minWidth: number,
  padding: number,
): void {
  let start = from;
  while (start < to) {
    if (!hasCell(rows[start], column)) {
      start += 1;
      continue;
    }
    let end = start;
    let width = minWidth;
    while (end < to && hasCell(rows[end], column)) {
      width = Math.max(width, runes(rows[end]?.[column] ?? '') + padding);
      end += 1;
    }
    for (let row = start; row < end; row += 1) {
      const cell = rows[row]?.[column] ?? '';
      out[row] += cell + ' '.repeat(width - runes(cell));
    }
    layOutColumn(rows, out, start, end, column + 1, minWidth, padding);
    start = end;
  }
}

/** A cell of a column is one that a tab ends. */
function hasCell(cells: readonly string[] | undefined, column: number): boolean {
  return cells !== undefined && column < cells.length - 1;
}

function runes(text: string): number {
  return Array.from(text).length;
}
