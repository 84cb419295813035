// Calls on sockets: those of preview 1, for sockets that are there, and ours to make them (`guests/include/coracle.h`).

import { socketEvents, type Direction } from '../sockets/socket.ts';
import { errno, fail } from '../wasi/errno.ts';
import { fdflags } from './abi.ts';
import type { Host } from './host.ts';
import { Sockets, type Ask } from './sockets.ts';
import { streamsOf } from './streams.ts';
import type { Waiting } from './waiting.ts';

const shut = { read: 1, write: 2 } as const;
/** Answers of a name server that names a great many are cut. */
const mostAnswer = 4096;

/** What `how` of a shutdown names. @throws Failure EINVAL */
export function directionsOf(how: number): readonly Direction[] {
  if (how === 0 || (how & ~(shut.read | shut.write)) !== 0) fail(errno.EINVAL);
  return [
    ...((how & shut.read) === 0 ? [] : ['input' as const]),
    ...((how & shut.write) === 0 ? [] : ['output' as const]),
  ];
}

export function isPatient({ process }: Host, descriptor: number): boolean {
  return (process.descriptions.flags(process.description(descriptor)) & fdflags.nonblock) === 0;
}

/** Waits until what was begun at a socket is done. @throws Failure with what it failed with */
export function* settle(host: Host, sockets: Sockets, descriptor: number): Waiting<void> {
  const socket = host.process.descriptions.target(host.process.description(descriptor));
  yield* host.until(socketEvents(socket), () => (sockets.isSettled(descriptor) ? true : undefined));
  sockets.check(descriptor);
}

/** @returns the descriptor of the next connection @throws Failure EAGAIN where it must not be waited for */
export function* acceptNext(host: Host, sockets: Sockets, listener: number): Waiting<number> {
  const socket = host.process.descriptions.target(host.process.description(listener));
  return yield* host.until(socketEvents(socket), () => {
    const made = sockets.accept(listener);
    if (made === undefined && !isPatient(host, listener)) fail(errno.EAGAIN);
    return made;
  });
}

/** A socket that is closed again when what is done with it fails. @returns its descriptor */
function* made(host: Host, sockets: Sockets, begin: (descriptor: number) => void): Waiting<number> {
  const descriptor = sockets.open();
  try {
    begin(descriptor);
    yield* settle(host, sockets, descriptor);
    return descriptor;
  } catch (error) {
    host.process.close(descriptor);
    throw error;
  }
}

/** The addresses of a name. @throws Failure ENOENT when it is not known */
export function* lookUp(host: Host, sockets: Sockets, name: string): Waiting<readonly string[]> {
  const { process } = host;
  const streams = streamsOf(host);
  const descriptor = yield* made(host, sockets, (fresh) => sockets.resolve(fresh, name));
  try {
    const answer = new Uint8Array(mostAnswer);
    let used = 0;
    for (let count = 1; count > 0 && used < answer.length; used += count) {
      count = yield* streams.read(process.description(descriptor), [answer.subarray(used)]);
    }
    // The last one may be cut.
    return new TextDecoder().decode(answer.subarray(0, used)).split('\n').slice(0, -1);
  } finally {
    process.close(descriptor);
  }
}

/** `coracle_1`'s. */
export function coracleSocketCalls(host: Host, ask: Ask) {
  const { memory, process } = host;
  const sockets = new Sockets(process, ask);
  return {
    *connect(address: number, length: number, port: number, result: number): Waiting<void> {
      const name = memory.text(address, length);
      const connected = yield* made(host, sockets, (descriptor) => sockets.connect(descriptor, name, port));
      memory.setWord(result, connected);
    },
    *listen(port: number, backlog: number, result: number): Waiting<void> {
      const listener = yield* made(host, sockets, (descriptor) => sockets.listen(descriptor, port, backlog));
      memory.setWord(result, listener);
    },
    *accept(listener: number, result: number): Waiting<void> {
      memory.setWord(result, yield* acceptNext(host, sockets, listener));
    },
    shutdown: (descriptor: number, how: number) => sockets.shut(descriptor, directionsOf(how)),
    *resolve(address: number, length: number, buffer: number, room: number, result: number): Waiting<void> {
      const name = memory.text(address, length);
      const found = yield* lookUp(host, sockets, name);
      const answer = new TextEncoder().encode(found.map((text) => `${text}\n`).join(''));
      memory.setWord(result, answer.length);
      if (answer.length <= room >>> 0) memory.bytes(buffer, answer.length).set(answer);
    },
  };
}

/** Preview 1's. */
export function socketCalls(host: Host, ask: Ask) {
  const { memory, process } = host;
  const sockets = new Sockets(process, ask);
  const streams = streamsOf(host);
  return {
    /** WasmEdge's first version has no flags. */
    *sock_accept(listener: number, flags: number, result?: number): Waiting<void> {
      const accepted = yield* acceptNext(host, sockets, listener);
      process.descriptions.setFlags(process.description(accepted), result === undefined ? 0 : flags & fdflags.nonblock);
      memory.setWord(result ?? flags, accepted);
    },
    *sock_recv(
      descriptor: number,
      vectors: number,
      count: number,
      flags: number,
      result: number,
      outFlags: number,
    ): Waiting<void> {
      if (flags !== 0) fail(errno.ENOTSUP);
      memory.setWord(result, yield* streams.read(process.description(descriptor), memory.pieces(vectors, count)));
      memory.view.setUint16(outFlags >>> 0, 0, true);
    },
    *sock_send(descriptor: number, vectors: number, count: number, flags: number, result: number): Waiting<void> {
      if (flags !== 0) fail(errno.EINVAL);
      memory.setWord(result, yield* streams.write(process.description(descriptor), memory.pieces(vectors, count)));
    },
    sock_shutdown: (descriptor: number, how: number) => sockets.shut(descriptor, directionsOf(how)),
  };
}
