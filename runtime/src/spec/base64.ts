// Base64 (RFC 4648) with what every host of ours has.

const pieceBytes = 0x6000;

/** The usual alphabet, padded. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  }
  return text;
}

/** Either alphabet, padded or not; as Node does it, what is of neither is passed over. */
export function fromBase64(text: string): Uint8Array {
  const [digits = ''] = text.split('=', 1);
  const usual = digits
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[^A-Za-z0-9+/]/g, '');
  // One digit alone is not a byte.
  const whole = usual.length % 4 === 1 ? usual.slice(0, -1) : usual;
  return Uint8Array.from(atob(whole), (character) => character.charCodeAt(0));
}

/** As `fromBase64`, read as UTF-8. */
export function textFromBase64(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(fromBase64(text));
}
