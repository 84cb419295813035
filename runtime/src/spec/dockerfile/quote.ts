// Text of a file in a message to somebody: short, on one line.

const maxLength = 60;

/** The text as messages show it, in quotes. */
export function quote(text: string): string {
  return `"${excerpt(text)}"`;
}

/** The beginning of a text, without characters that cannot be shown. */
export function excerpt(text: string): string {
  const shown = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shown.replaceAll(/\p{Cc}/gu, '\ufffd');
}

/** A sentence that names what was probably meant; `otherwise` where nothing near is known. */
export function hint(suggestion: string | undefined, otherwise: string): string {
  return suggestion === undefined ? otherwise : `Is ${excerpt(suggestion)} meant?`;
}
