// Files of variables, `.env` and `env_file`: `NAME=value` lines with comments and quotes, as Compose reads them.

export interface EnvEntry {
  readonly name: string;
  readonly value: string;
  /** Offset of the name. */
  readonly at: number;
}

/** Entries in order, a later one of a name after an earlier one. What is no assignment is left out. */
export function parseEnvFile(text: string): readonly EnvEntry[] {
  const entries: EnvEntry[] = [];
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end);
    const name = /^\uFEFF?\s*(?:export\s+)?([\w.-]+)\s*[=:]/.exec(line);
    if (name?.[1] === undefined) {
      at = end + 1;
      continue;
    }
    const from = at + name[0].length;
    const { value, next } = readValue(text, from, end);
    entries.push({ name: name[1], value, at: at + line.indexOf(name[1]) });
    at = next;
  }
  return entries;
}

/** A quoted value may go over lines; a plain one ends at ` #` or at the end of its line. */
function readValue(text: string, from: number, end: number): { value: string; next: number } {
  let at = from;
  while (at < end && /[ \t]/.test(text.charAt(at))) at += 1;
  const quote = text.charAt(at);
  if (at < end && (quote === '"' || quote === "'")) {
    const close = closing(text, at + 1, quote);
    if (close !== undefined) {
      const newline = text.indexOf('\n', close);
      const raw = text.slice(at + 1, close);
      return { value: quote === '"' ? unescaped(raw) : raw, next: newline < 0 ? text.length : newline + 1 };
    }
  }
  const plain = text.slice(at, end);
  const comment = plain.startsWith('#') ? 0 : plain.search(/\s#/);
  return { value: (comment < 0 ? plain : plain.slice(0, comment)).trim(), next: end + 1 };
}

function closing(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text.charAt(at) === '\\' && quote === '"') at += 1;
    else if (text.charAt(at) === quote) return at;
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}
