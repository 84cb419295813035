// Cuts a Go template into text and actions, and actions into tokens; `template-parse.ts` makes a tree of them.

/** A template that is not one. The message is Go's: `template: :1: unclosed action`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export interface Action {
  readonly tokens: readonly string[];
  readonly line: number;
}

/** Texts and actions by turns; `{{-` and `-}}` take white space off their neighbours. */
export function splitActions(source: string): (string | Action)[] {
  const parts: (string | Action)[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = source.indexOf('{{', at);
    let text = open < 0 ? source.slice(at) : source.slice(at, open);
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, '');
    if (open < 0) {
      if (text !== '') parts.push(text);
      return parts;
    }
    const line = source.slice(0, open).split('\n').length;
    let from = open + 2;
    if (/^-[ \t\r\n]/.test(source.slice(from, from + 2))) {
      text = text.replace(/[ \t\r\n]+$/, '');
      from += 2;
    }
    if (text !== '') parts.push(text);
    const action = readAction(source, from, line);
    if (action.tokens.length > 0) parts.push({ tokens: action.tokens, line });
    at = action.end;
    trimNext = action.trims;
  }
}

const tokenPattern =
  /[ \t\r\n]+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'|:=|[|(),=]|[+-]?(?:0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?:\$?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\$|\.)?(?:\.?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)(?:\.[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)*|\$|\./y;

function readAction(source: string, from: number, line: number): { tokens: string[]; end: number; trims: boolean } {
  const comment = /^\/\*[\s\S]*?\*\/([ \t\r\n]-)?\}\}/.exec(source.slice(from));
  if (comment !== null) return { tokens: [], end: from + comment[0].length, trims: comment[1] !== undefined };
  const tokens: string[] = [];
  let at = from;
  for (;;) {
    if (source.startsWith('}}', at)) return { tokens, end: at + 2, trims: false };
    if (/^[ \t\r\n]-\}\}/.test(source.slice(at, at + 4))) return { tokens, end: at + 4, trims: true };
    if (at >= source.length) throw new TemplateError(`template: :${line}: unclosed action`);
    if (source[at] === ')' && source[at + 1] === '.') {
      // A field of a parenthesis: `(index .X 0).Y`.
      const field = /^\)((?:\.[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)+)/.exec(source.slice(at));
      if (field !== null) {
        tokens.push(')', `)${field[1]}`);
        at += field[0].length;
        continue;
      }
    }
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(source);
    if (match === null) {
      const quote = source[at] === '"' ? 'unterminated quoted string' : undefined;
      const why = quote ?? `unexpected ${JSON.stringify(source[at])} in operand`;
      throw new TemplateError(`template: :${line}: ${why}`);
    }
    if (match[0].trim() !== '') tokens.push(match[0]);
    else if (tokens.length > 0) tokens.push(' ');
    at = tokenPattern.lastIndex;
  }
}
