// File names are bytes, our strings are UTF-16. Names that are not UTF-8 keep their odd bytes as lone surrogates
// U+DC80 to U+DCFF (as Python's surrogateescape does), so that decoding and encoding again gives the same bytes.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes the bytes of a name; every input is decodable. */
export function decodeName(bytes: Uint8Array): string {
  // So few are put together before a decoder has begun.
  if (bytes.length <= 16) {
    const short = asciiOf(bytes);
    if (short !== undefined) return short;
  }
  try {
    return strict.decode(bytes);
  } catch {
    // Not UTF-8 as a whole: go through it piece by piece.
    return decodeEscaped(bytes);
  }
}

function asciiOf(bytes: Uint8Array): string | undefined {
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : strict.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    // A lead byte whose followers do not fit.
    return 0;
  }
}

/** The bytes of a name, the inverse of `decodeName`. */
export function encodeName(text: string): Uint8Array {
  const escaped = /[\udc80-\udcff]/.test(text) ? text.match(/(?<![\ud800-\udbff])[\udc80-\udcff]/) : null;
  if (escaped === null) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}
