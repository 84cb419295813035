// Messages on an HTTP/2 stream: a byte that says whether it is compressed, four of length, the message.

import { codes, GrpcError } from './status.ts';

/** Of one message, as BuildKit's servers and clients have it. */
export const maximumMessage = 16 * 1024 * 1024;

const headSize = 5;

export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(headSize + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, headSize);
  return framed;
}

/** @throws GrpcError for a message that is too large, compressed or cut short */
export async function* readMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = new Uint8Array(0);
  let parts: Uint8Array[] = [];
  let size = 0;
  // What is needed before anything can be taken out.
  let wanted = headSize;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    rest = joined(parts, size);
    let at = 0;
    for (;;) {
      wanted = headSize;
      if (rest.length - at < headSize) break;
      const length = lengthOf(rest, at);
      wanted = headSize + length;
      if (rest.length - at < wanted) break;
      yield rest.subarray(at + headSize, at + wanted);
      at += wanted;
    }
    rest = rest.subarray(at);
    parts = rest.length === 0 ? [] : [rest];
    size = rest.length;
  }
  if (size > 0) throw new GrpcError(codes.internal, 'a message was cut short');
}

function lengthOf(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0) throw new GrpcError(codes.unimplemented, 'compressed messages are not supported');
  const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
  if (length <= maximumMessage) return length;
  const message = `a message of ${length} bytes is larger than ${maximumMessage}`;
  throw new GrpcError(codes.resourceExhausted, message);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
