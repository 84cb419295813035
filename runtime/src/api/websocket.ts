// Attach over a WebSocket (RFC 6455): the server's side of the handshake and of framing, no extensions. Output goes out
// unmultiplexed, one message a piece; whatever data the client sends is stdin.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineError } from '../spec/errors.ts';
import { FrameReader } from '../spec/stream/multiplex.ts';
import type { Headers, Reply } from './call.ts';
import { drained, rawHead } from './write-reply.ts';

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Checks a client's handshake. @returns the answer to its key @throws EngineError invalidParameter */
export function acceptKey(request: IncomingMessage): string {
  const key = request.headers['sec-websocket-key'];
  if (key === undefined || request.headers['sec-websocket-version'] !== '13') {
    throw new EngineError('invalidParameter', 'bad WebSocket handshake: version 13 and a key are needed');
  }
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
}

/** Answers the handshake and runs the session until either side leaves. */
export async function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  rest: readonly Uint8Array[],
  reply: Extract<Reply, { kind: 'session' }>,
  headers: Headers,
): Promise<void> {
  const protocol = request.headers['sec-websocket-protocol']?.split(',')[0]?.trim();
  socket.write(
    rawHead('101 Switching Protocols', {
      ...headers,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': acceptKey(request),
      ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }),
    }),
  );
  socket.once('close', () => reply.session.close());
  const feeding = feed(socket, rest, reply);
  const frames = new FrameReader();
  const kind = reply.webSocketText === true ? opcode.text : opcode.binary;
  for await (const chunk of reply.session.output) {
    if (socket.destroyed) break;
    const pieces = reply.session.tty ? [chunk] : frames.push(chunk).map((piece) => piece.bytes);
    for (const piece of pieces) if (!socket.write(encode(kind, piece))) await drained(socket);
  }
  if (!socket.destroyed) socket.end(encode(opcode.close, Uint8Array.of(0x03, 0xe8)));
  setTimeout(() => socket.destroy(), 5_000).unref();
  await feeding;
}

async function feed(
  socket: Duplex,
  rest: readonly Uint8Array[],
  { session }: Extract<Reply, { kind: 'session' }>,
): Promise<void> {
  const reader = new MessageReader({
    data: (bytes) => session.write(bytes),
    ping: (bytes) => void socket.write(encode(opcode.pong, bytes)),
  });
  try {
    for (const chunk of rest) await reader.push(chunk);
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      await reader.push(chunk);
      if (reader.isClosed) break;
    }
    await session.endInput();
  } catch {
    socket.destroy(); // a client that breaks the protocol, or a process that takes no more: both end the conversation
  }
  if (reader.isClosed) session.close();
}

function encode(kind: number, payload: Uint8Array): Uint8Array {
  const long = payload.length > 0xffff ? 8 : payload.length > 125 ? 2 : 0;
  const bytes = new Uint8Array(2 + long + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | kind;
  bytes[1] = long === 8 ? 127 : long === 2 ? 126 : payload.length;
  if (long === 2) view.setUint16(2, payload.length);
  if (long === 8) view.setBigUint64(2, BigInt(payload.length));
  bytes.set(payload, 2 + long);
  return bytes;
}

interface MessageHandlers {
  data(bytes: Uint8Array): Promise<void>;
  ping(bytes: Uint8Array): void;
}

/** Reads a client's frames, whatever pieces they come in. Data is handed on as it comes, control frames when whole. */
class MessageReader {
  isClosed = false;
  readonly #handlers: MessageHandlers;
  #header: number[] = [];
  #kind: number = opcode.continuation;
  #mask: readonly number[] = [];
  #left = 0;
  #at = 0;
  #control: number[] = [];

  constructor(handlers: MessageHandlers) {
    this.#handlers = handlers;
  }

  /** @throws EngineError invalidParameter when the client does not keep to the protocol */
  async push(chunk: Uint8Array): Promise<void> {
    let at = 0;
    while (at < chunk.length && !this.isClosed) {
      if (this.#mask.length === 0) {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        this.#readHeader();
      } else {
        const end = Math.min(chunk.length, at + this.#left);
        await this.#payload(this.#unmask(chunk.subarray(at, end)));
        at = end;
      }
      if (this.#mask.length > 0 && this.#left === 0) this.#finish();
    }
  }

  #readHeader(): void {
    const [first = 0, second = 0] = this.#header;
    if (this.#header.length < 2) return;
    if ((second & 0x80) === 0 || (first & 0x70) !== 0) {
      throw new EngineError('invalidParameter', 'WebSocket frame without mask or with reserved bits');
    }
    const short = second & 0x7f;
    const long = short === 127 ? 8 : short === 126 ? 2 : 0;
    if (this.#header.length < 2 + long + 4) return;
    const lengthBytes = this.#header.slice(2, 2 + long);
    this.#left = long === 0 ? short : lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0);
    this.#kind = first & 0x0f;
    if (this.#kind >= opcode.close && this.#left > 125) {
      throw new EngineError('invalidParameter', 'WebSocket control frame too long');
    }
    this.#mask = this.#header.slice(2 + long);
    this.#header = [];
    this.#at = 0;
    this.#control = [];
  }

  #unmask(bytes: Uint8Array): Uint8Array {
    const plain = bytes.map((byte, index) => byte ^ (this.#mask[(this.#at + index) & 3] ?? 0));
    this.#at += bytes.length;
    this.#left -= bytes.length;
    return plain;
  }

  async #payload(bytes: Uint8Array): Promise<void> {
    if (this.#kind >= opcode.close) this.#control.push(...bytes);
    else await this.#handlers.data(bytes);
  }

  #finish(): void {
    this.#mask = [];
    if (this.#kind === opcode.ping) this.#handlers.ping(Uint8Array.from(this.#control));
    if (this.#kind === opcode.close) this.isClosed = true;
  }
}
