// Classes of characters as the builder sees them. They are asked for each character of a file, so they are tests of numbers.

export const tab = 9;
export const newline = 10;
export const carriageReturn = 13;
export const space = 32;
export const doubleQuote = 34;
export const hash = 35;
export const dollar = 36;
export const singleQuote = 39;
export const dash = 45;
export const equals = 61;

/** Unicode's white space, as in Go's `unicode.IsSpace`. */
export function isSpace(code: number): boolean {
  if (code <= space) return code === space || (code >= tab && code <= carriageReturn);
  if (code < 0x85) return false;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** What separates the keyword and plain words: white space of ASCII that ends no line. */
export function isSeparator(code: number): boolean {
  return code === space || code === tab || (code >= 11 && code <= carriageReturn);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const letterOrDigit = /^[\p{L}\p{Nd}]/u;

/** Whether a variable's name may go on with the character at `at`. @returns its length in code units, 0 where it may not */
export function nameLength(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) {
    return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 ? 1 : 0;
  }
  const point = text.codePointAt(at);
  if (point === undefined) return 0;
  const char = String.fromCodePoint(point);
  return letterOrDigit.test(char) ? char.length : 0;
}

/** The first place from `start` on that is no white space, at most `end`. */
export function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** One past the last character before `end` that is no white space, at least `start`. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
}
