// Texts from outside made harmless where VS Code reads a little markup: messages know links (even to commands), labels know
// icons. Neither may be written by a container or a registry.

/** For messages and progress: `[a](command:b)` stays text. */
export function plainMessage(text: string): string {
  // A word joiner between the brackets is not seen, and no link is read across it.
  return withoutControls(text).replaceAll('](', ']\u2060(');
}

/** For labels and descriptions: `$(name)` stays text, and everything is on one line. */
export function plainLabel(text: string): string {
  return oneLine(text.replaceAll(/\\?\$\(/g, (start) => `\\${start}`));
}

/** For names of terminals: some places that show them draw icons, and not all of those know how one is escaped. */
export function plainTitle(text: string): string {
  return oneLine(text).replaceAll('$(', '$\u2060(');
}

/** For Markdown: marks are written as entities, so that nothing is markup, and an address no link (`appendText` leaves it one). */
export function plainMarkdown(text: string): string {
  return oneLine(text).replaceAll(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

export function oneLine(text: string): string {
  return withoutControls(text.replaceAll(/[\r\n\t]+/g, ' '));
}

/** Leaves out what is not seen and changes what is: control characters but line breaks, and those of the writing direction. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** `a, b, c and 4 more`, for sentences that name many. `more` words the rest. */
export function nameSome(names: readonly string[], most: number, more: (count: number) => string): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} ${more(names.length - most)}`;
}
