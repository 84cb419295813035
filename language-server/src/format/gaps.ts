// The white space between two tokens of an instruction: spaces, continued lines, comment lines and empty lines among them.

/** One line that begins inside a gap. */
export interface GapLine {
  /** What was before its first character, as columns with tabs expanded. */
  readonly indent: number;
  /** Of a comment line, from `#` on, without trailing white space; undefined for the line that goes on with the next token. */
  readonly comment: string | undefined;
}

export interface Gap {
  /** Whether any space or tab stands in it. Without, the two tokens are one word to a shell or to BuildKit. */
  readonly spaced: boolean;
  /** The lines after the first one; empty where the gap stays in its line. Empty lines are left out. */
  readonly lines: readonly GapLine[];
}

/**
 * Takes the text between two tokens apart.
 *
 * @returns undefined where anything else than white space, continuations and comment lines stands in it
 */
export function readGap(text: string, escape: string, tabSize: number): Gap | undefined {
  const [first = '', ...rest] = text.split('\n');
  const head = first.replace(/\r$/, '').trimEnd();
  if (rest.length === 0) return head === '' ? { spaced: text !== '', lines: [] } : undefined;
  if (head !== escape && head.trimStart() !== escape) return undefined;
  const lines: GapLine[] = [];
  let spaced = /[ \t]/.test(first.slice(0, first.indexOf(escape)));
  for (const [index, line] of rest.entries()) {
    const content = line.trim();
    const last = index === rest.length - 1;
    spaced ||= /^[ \t]/.test(line);
    const comment = content.startsWith('#') ? content : undefined;
    // A line of an escape alone is empty as well.
    if (comment === undefined && content !== '' && content !== escape) return undefined;
    if (last && content !== '') return undefined;
    if (comment !== undefined || last) lines.push({ indent: columns(line, tabSize), comment });
  }
  return { spaced, lines };
}

function columns(line: string, tabSize: number): number {
  let at = 0;
  for (const character of line) {
    if (character === '\t') at += tabSize - (at % tabSize);
    else if (character === ' ') at += 1;
    else break;
  }
  return at;
}
