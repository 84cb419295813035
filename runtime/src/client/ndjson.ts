// Streams of JSON values, one a line or simply one after another, as the engine sends progress, events and stats.

const maxLine = 64 * 1024 * 1024;

/**
 * The values of a stream of JSON lines, as they come. Lines may be split anywhere.
 * @throws SyntaxError when a line is not JSON, RangeError when one is longer than 64 MiB
 */
export async function* jsonLines<T>(source: AsyncIterable<Uint8Array>): AsyncGenerator<T, void, undefined> {
  for await (const text of jsonTexts(source)) yield JSON.parse(text) as T;
}

/** The same, each value as its text. */
export async function* jsonTexts(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield* values(rest.slice(start, end));
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > maxLine) throw new RangeError('the engine sent a line of JSON that is too long');
  }
  yield* values(rest + decoder.decode());
}

/** Most engines end a value with a newline; some put several on one line (`}{`). */
function* values(line: string): Generator<string, void, undefined> {
  const text = line.trim();
  if (text === '') return;
  if (!/[}\]]\s*[{[]/.test(text)) yield text;
  else yield* splitValues(text);
}

/** Texts of the top-level objects in `text`. */
export function splitValues(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) {
        parts.push(text.slice(start, at + 1).trim());
        start = at + 1;
      }
    }
  }
  // What is left is an unfinished value, or one that is no object: its reader says what is wrong.
  const rest = text.slice(start).trim();
  return rest === '' ? parts : [...parts, rest];
}
