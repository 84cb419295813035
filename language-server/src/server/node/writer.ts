// Writes messages to a stream; answers that are text already are copied.

import { StreamMessageWriter } from 'vscode-languageserver/node';
import { messageParts } from '../json-text.ts';

const encoder = {
  name: 'application/json',
  // A failure is the promise's.
  encode: async (message: object) => bytesOf(messageParts(message)),
};

function bytesOf(parts: readonly string[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return Buffer.from(only);
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) at += bytes.write(part, at);
  return bytes;
}

export function textWriter(stream: NodeJS.WritableStream): StreamMessageWriter {
  return new StreamMessageWriter(stream, { charset: 'utf-8', contentTypeEncoder: encoder });
}
