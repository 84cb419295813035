// Writes messages to a stream, each with its header in one go; answers that are text already are not written anew.

import { type Message, StreamMessageWriter } from 'vscode-languageserver/node';
import { type MessageParts, messageParts } from '../json-text.ts';

/** What is in one of the strings is copied once, to the stream: a buffer for each message would wait for the collector. */
class TextWriter extends StreamMessageWriter {
  readonly #stream: NodeJS.WritableStream;
  #failed = 0;

  constructor(stream: NodeJS.WritableStream) {
    super(stream);
    this.#stream = stream;
  }

  override write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const { frame, encoding } = framed(messageParts(message));
      this.#stream.write(frame, encoding, (error) => {
        if (error === null || error === undefined) return resolve();
        this.#failed += 1;
        this.fireError(error, message, this.#failed);
        reject(error);
      });
    });
  }
}

/** Texts in ASCII, which most are, need no encoding. */
function framed({ before, text, after }: MessageParts): { frame: string; encoding: BufferEncoding } {
  let units = before.length + after.length;
  let bytes = Buffer.byteLength(before) + Buffer.byteLength(after);
  for (let index = 0; index < text.length; index += 1) {
    const { length } = text[index] ?? '';
    units += length;
    bytes += length;
  }
  const frame = [`Content-Length: ${bytes}\r\n\r\n${before}`].concat(text, after).join('');
  return { frame, encoding: bytes === units ? 'latin1' : 'utf8' };
}

export function textWriter(stream: NodeJS.WritableStream): StreamMessageWriter {
  return new TextWriter(stream);
}
