// Log lines for the screen: what a container wrote may colour, and may not move, retitle or ask anything of a terminal.

const sequences =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])|[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g;

/** Keeps colours, drops every other control. */
export function colouredLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(sequences, (found) => (/^\u001b\[[\d;:]*m$/.test(found) ? found : ''));
}

/** Drops colours as well. */
export function plainLine(text: string): string {
  return text.replaceAll(sequences, '');
}
