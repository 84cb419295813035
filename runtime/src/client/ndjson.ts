// Streams of JSON values, one a line or simply one after another, as the engine sends progress, events and stats.

const maxLine = 64 * 1024 * 1024;

/**
 * The values of a stream of JSON lines, as they come. Lines may be split anywhere.
 * @throws SyntaxError when a line is not JSON, RangeError when one is longer than 64 MiB
 */
export async function* jsonLines<T>(source: AsyncIterable<Uint8Array>): AsyncGenerator<T, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield* values<T>(rest.slice(start, end));
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > maxLine) throw new RangeError('the engine sent a line of JSON that is too long');
  }
  yield* values<T>(rest + decoder.decode());
}

/** Most engines end a value with a newline; some put several on one line (`}{`), which JSON.parse alone would refuse. */
function* values<T>(line: string): Generator<T, void, undefined> {
  const text = line.trim();
  if (text === '') return;
  let parsed: T | undefined;
  try {
    parsed = JSON.parse(text) as T;
  } catch (error) {
    const parts = splitValues(text);
    if (parts.length < 2) throw error;
    for (const part of parts) yield JSON.parse(part) as T;
    return;
  }
  yield parsed;
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
  return parts;
}
