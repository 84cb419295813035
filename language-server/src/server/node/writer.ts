// Writes messages to a stream; answers that are text already are copied.

import { StreamMessageWriter } from 'vscode-languageserver/node';
import { messageText } from '../json-text.ts';

const encoder = {
  name: 'application/json',
  // A failure is the promise's.
  encode: async (message: object) => Buffer.from(messageText(message)),
};

export function textWriter(stream: NodeJS.WritableStream): StreamMessageWriter {
  return new StreamMessageWriter(stream, { charset: 'utf-8', contentTypeEncoder: encoder });
}
