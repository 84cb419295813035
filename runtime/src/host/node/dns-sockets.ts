// The sockets of the embedded name server: the unix socket that shims relay queries to, and the way out to other servers.
// What a name means is decided by the networks room; this file knows framing, wire format and timeouts.

import { chmod, rm } from 'node:fs/promises';
import { createServer, connect, isIP, type Server, type Socket } from 'node:net';
import type { DecodedPacket, Packet } from 'dns-packet';
import { random } from './random.ts';

type Wire = typeof import('dns-packet');

interface Answer {
  readonly type: 'A' | 'AAAA' | 'PTR';
  readonly data: string;
  readonly ttl: number;
}

/** What the resolver says about a question; `networks/dns-zone.ts` has the meaning. */
type Reply =
  | { readonly kind: 'answer'; readonly records: readonly Answer[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forward'; readonly servers: readonly string[] };

type Resolve = (question: { readonly containerId: string; readonly name: string; readonly type: string }) => Reply;

const rcode = { ok: 0, malformed: 1, failure: 2, missing: 3, notImplemented: 4 } as const;
const flag = { response: 0x8000, truncated: 0x0200, wanted: 0x0100, available: 0x0080 } as const;
const tcpToken = 0x80000000;
const headerSize = 12;
/** What a client without EDNS takes by UDP. */
const plainLimit = 512;
const serverTimeoutMs = 2500;
const forwardsLimit = 1024;
/** A relay that does not read its answers loses them. */
const unreadLimit = 1 << 20;

/** Listens on `socketPath` (mode 0600, an older socket is replaced) until disposed. */
export async function serveDns(socketPath: string, resolve: Resolve): Promise<AsyncDisposable> {
  await rm(socketPath, { force: true });
  const connections = new Set<Socket>();
  const answerer = new Answerer(resolve);
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    // A shim that dies takes its connection with it; there is nobody to tell.
    socket.on('error', () => socket.destroy());
    relay(socket, answerer);
  });
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((closed) => server.close(closed));
      await rm(socketPath, { force: true });
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

/** Frames: 16-bit length, then the container's id once, afterwards 32-bit token and message. */
function relay(socket: Socket, answerer: Answerer): void {
  let pending: Buffer = Buffer.alloc(0);
  let containerId: string | undefined;
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const frame = pending.subarray(2, 2 + pending.readUInt16BE(0));
      pending = pending.subarray(2 + frame.length);
      if (containerId === undefined) {
        containerId = frame.toString('latin1');
      } else if (frame.length >= 4 + headerSize) {
        const token = frame.readUInt32BE(0);
        const isTcp = token >= tcpToken;
        void answerer.answer(containerId, Buffer.from(frame.subarray(4)), isTcp).then((message) => {
          if (!socket.destroyed && socket.writableLength < unreadLimit) socket.write(framed(token, message));
        });
      }
    }
  });
}

function framed(token: number, message: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(4 + message.length, 0);
  head.writeUInt32BE(token, 2);
  return Buffer.concat([head, message]);
}

class Answerer {
  readonly #resolve: Resolve;
  #forwards = 0;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  /** Never rejects: what goes wrong is an answer too. */
  async answer(containerId: string, query: Buffer, isTcp: boolean): Promise<Buffer> {
    // Loaded when it is needed, since a daemon starts faster without. Bundled, a CommonJS module has only its default export.
    const { default: wire } = await import('dns-packet');
    let packet: DecodedPacket;
    try {
      packet = wire.decode(query);
    } catch {
      // Whatever it is, its sender is told that it is no query.
      return bare(query, rcode.malformed);
    }
    const [question] = packet.questions ?? [];
    if (packet.type !== 'query' || ((query.readUInt16BE(2) >> 11) & 0xf) !== 0 || question === undefined) {
      return bare(query, rcode.notImplemented);
    }
    const reply = this.#resolve({ containerId, name: question.name.replace(/\.$/, ''), type: question.type });
    if (reply.kind === 'forward') return await this.#forward(query, reply.servers, isTcp);
    return compose(wire, packet, reply, isTcp);
  }

  async #forward(query: Buffer, servers: readonly string[], isTcp: boolean): Promise<Buffer> {
    if (this.#forwards >= forwardsLimit) return bare(query, rcode.failure);
    this.#forwards += 1;
    try {
      for (const server of servers) {
        const answer = await ask(server, query, isTcp);
        const code = answer === undefined ? rcode.failure : answer.readUInt16BE(2) & 0xf;
        if (answer !== undefined && (code === rcode.ok || code === rcode.missing)) return answer;
      }
      return bare(query, rcode.failure);
    } finally {
      this.#forwards -= 1;
    }
  }
}

function compose(wire: Wire, query: DecodedPacket, reply: Exclude<Reply, { kind: 'forward' }>, isTcp: boolean): Buffer {
  const [question] = query.questions ?? [];
  const name = question?.name ?? '';
  const option = query.additionals?.find((record) => record.type === 'OPT');
  const wanted = query.flag_rd ? flag.wanted : 0;
  const response: Packet = {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: wanted | flag.available | (reply.kind === 'missing' ? rcode.missing : rcode.ok),
    questions: question === undefined ? [] : [question],
    answers: reply.kind === 'missing' ? [] : reply.records.map((record) => ({ ...record, name, class: 'IN' as const })),
    additionals:
      option === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 1232,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  };
  const message = wire.encode(response);
  const limit = isTcp ? 0xffff : Math.max(plainLimit, option?.type === 'OPT' ? option.udpPayloadSize : 0);
  if (message.length <= limit) return message;
  return wire.encode({ ...response, flags: (response.flags ?? 0) | flag.truncated, answers: [] });
}

/** The query's header and nothing else, as an answer with that code. */
function bare(query: Buffer, code: number): Buffer {
  const answer = Buffer.alloc(headerSize);
  query.copy(answer, 0, 0, 2);
  answer.writeUInt16BE(flag.response | flag.available | (query.readUInt16BE(2) & flag.wanted) | code, 2);
  return answer;
}

/** @returns the server's answer with the query's id; undefined when none came in time */
async function ask(server: string, query: Buffer, isTcp: boolean): Promise<Buffer | undefined> {
  // An id of our own: the container must not choose what a forged answer has to guess.
  const own = Buffer.from(query);
  own.set(random(2));
  let answer = await askByUdp(server, own);
  const isCut = answer !== undefined && (answer.readUInt16BE(2) & flag.truncated) !== 0;
  if (isTcp && isCut) answer = (await askByTcp(server, own)) ?? answer;
  if (answer === undefined) return undefined;
  query.copy(answer, 0, 0, 2);
  return answer;
}

function askByUdp(server: string, query: Buffer): Promise<Buffer | undefined> {
  const { createSocket } = process.getBuiltinModule('node:dgram');
  return new Promise((resolve) => {
    const socket = createSocket(isIP(server.replace(/%.*/, '')) === 6 ? 'udp6' : 'udp4');
    let isOver = false;
    const finish = (answer?: Buffer) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket.removeAllListeners('message');
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(finish, serverTimeoutMs);
    socket.on('error', () => finish());
    socket.on('message', (message: Buffer) => {
      if (isAnswerTo(query, message)) finish(message);
    });
    // Connected: the kernel lets only this server's datagrams in, and tells when nobody listens there.
    // With a callback Node gives the error of a connect to it, not to 'error'.
    socket.connect(53, server, (error?: Error) => {
      if (error === undefined && !isOver) socket.send(query);
      else finish();
    });
  });
}

function askByTcp(server: string, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let pending: Buffer = Buffer.alloc(0);
    const socket = connect(53, server);
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(serverTimeoutMs, () => finish());
    socket.on('error', () => finish());
    socket.once('close', () => resolve(undefined));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length < 2 || pending.length < 2 + pending.readUInt16BE(0)) return;
      const message = Buffer.from(pending.subarray(2, 2 + pending.readUInt16BE(0)));
      finish(isAnswerTo(query, message) ? message : undefined);
    });
    const head = Buffer.alloc(2);
    head.writeUInt16BE(query.length, 0);
    socket.write(Buffer.concat([head, query]));
  });
}

/** Same id, same question, and an answer at all. */
function isAnswerTo(query: Buffer, message: Buffer): boolean {
  if (message.length < headerSize || message.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  if ((message.readUInt16BE(2) & flag.response) === 0) return false;
  // A server that refuses may leave the question out.
  if (message.readUInt16BE(4) === 0) return (message.readUInt16BE(2) & 0xf) !== rcode.ok;
  const end = questionEnd(query);
  const text = (packet: Buffer) => packet.subarray(headerSize, end).toString('latin1').toLowerCase();
  return message.length >= end && text(query) === text(message);
}

/** Where the first question ends. */
function questionEnd(message: Buffer): number {
  let at = headerSize;
  while (at < message.length && message[at] !== 0) at += 1 + (message[at] ?? 0);
  return Math.min(at + 5, message.length);
}
