// Contents that follow from a file's name.

/** @param name `f-NUMBER-BYTES` */
export function bytesOf(name: string): Uint8Array {
  const [, number = '0', size = '0'] = name.split('-');
  const bytes = new Uint8Array(Number(size));
  // Another byte every 1000, so that blocks of one file cannot stand for each other.
  for (let at = 0; at < bytes.length; at += 1000) bytes.fill((Number(number) * 31 + at / 1000) % 251, at, at + 1000);
  return bytes;
}
