/** Bytes as a stream of one piece. */
export async function* readBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
