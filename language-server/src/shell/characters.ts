// The characters that mean something to a shell.

export const tab = 9;
export const newline = 10;
export const carriageReturn = 13;
export const space = 32;
export const bang = 33;
export const doubleQuote = 34;
export const hash = 35;
export const dollar = 36;
export const ampersand = 38;
export const singleQuote = 39;
export const openParen = 40;
export const closeParen = 41;
export const star = 42;
export const plus = 43;
export const dash = 45;
export const semicolon = 59;
export const less = 60;
export const equals = 61;
export const greater = 62;
export const question = 63;
export const at = 64;
export const openBracket = 91;
export const backslash = 92;
export const closeBracket = 93;
export const backquote = 96;
export const openBrace = 123;
export const pipe = 124;
export const closeBrace = 125;

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

export function isName(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

export function isBlank(code: number): boolean {
  return code === space || code === tab || code === carriageReturn;
}

/** Whether an unquoted word ends before this character; -1 is the end of the text. */
export function endsWord(code: number): boolean {
  switch (code) {
    case -1:
    case tab:
    case newline:
    case carriageReturn:
    case space:
    case ampersand:
    case openParen:
    case closeParen:
    case semicolon:
    case less:
    case greater:
    case pipe:
      return true;
    default:
      return false;
  }
}
