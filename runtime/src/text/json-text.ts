// JSON as Go writes it: indented without parsing, so that 64-bit numbers and escapes stay as the engine sent them, and
// with `<`, `>` and `&` escaped where docker's lists do it.

/** Re-indents a JSON text by `unit`, changing nothing but white space between tokens. */
export function indentJson(text: string, unit = '    ', prefix = ''): string {
  let out = '';
  let depth = 0;
  const newline = () => `\n${prefix}${unit.repeat(depth)}`;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '"') {
      const end = stringEnd(text, at);
      out += text.slice(at, end);
      at = end - 1;
    } else if (char === '{' || char === '[') {
      const next = skipSpace(text, at + 1);
      if (text[next] === '}' || text[next] === ']') {
        out += char + (text[next] ?? '');
        at = next;
      } else {
        depth += 1;
        out += char + newline();
      }
    } else if (char === '}' || char === ']') {
      depth -= 1;
      out += newline() + char;
    } else if (char === ',') out += char + newline();
    else if (char === ':') out += ': ';
    else if (!isSpace(char)) out += char;
  }
  return out;
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\t' || char === '\r';
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at] ?? '')) at += 1;
  return at;
}

/** Compact JSON with the characters escaped that Go's encoder escapes for HTML. */
export function htmlSafeJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
