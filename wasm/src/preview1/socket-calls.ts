// Calls on sockets: those of preview 1, for sockets that are there, and ours to make them (`guests/include/coracle.h`).

import { socketEvents, type Direction } from '../sockets/socket.ts';
import { errno, fail } from '../wasi/errno.ts';
import { fdflags } from './abi.ts';
import type { Host } from './host.ts';
import { Sockets, type Ask } from './sockets.ts';
import { streamsOf } from './streams.ts';

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
export function settle(host: Host, sockets: Sockets, descriptor: number): void {
  const socket = host.process.descriptions.target(host.process.description(descriptor));
  host.until(socketEvents(socket), () => (sockets.isSettled(descriptor) ? true : undefined));
  sockets.check(descriptor);
}

/** @returns the descriptor of the next connection @throws Failure EAGAIN where it must not be waited for */
export function acceptNext(host: Host, sockets: Sockets, listener: number): number {
  const socket = host.process.descriptions.target(host.process.description(listener));
  return host.until(socketEvents(socket), () => {
    const made = sockets.accept(listener);
    if (made === undefined && !isPatient(host, listener)) fail(errno.EAGAIN);
    return made;
  });
}

/** `coracle_1`'s. */
export function coracleSocketCalls(host: Host, ask: Ask) {
  const { memory, process } = host;
  const sockets = new Sockets(process, ask);
  const streams = streamsOf(host);

  /** A socket that is closed again when what is done with it fails. */
  function made(begin: (descriptor: number) => void): number {
    const descriptor = sockets.open();
    try {
      begin(descriptor);
      settle(host, sockets, descriptor);
      return descriptor;
    } catch (error) {
      process.close(descriptor);
      throw error;
    }
  }

  /** To its end. */
  function readAll(descriptor: number): Uint8Array {
    const answer = new Uint8Array(mostAnswer);
    let used = 0;
    for (let count = 1; count > 0 && used < answer.length; used += count) {
      count = streams.read(process.description(descriptor), [answer.subarray(used)]);
    }
    return answer.subarray(0, used);
  }

  return {
    connect: (address: number, length: number, port: number, result: number) => {
      const host = memory.text(address, length);
      memory.setWord(
        result,
        made((descriptor) => sockets.connect(descriptor, host, port)),
      );
    },
    listen: (port: number, backlog: number, result: number) =>
      memory.setWord(
        result,
        made((descriptor) => sockets.listen(descriptor, port, backlog)),
      ),
    accept: (listener: number, result: number) => memory.setWord(result, acceptNext(host, sockets, listener)),
    shutdown: (descriptor: number, how: number) => sockets.shut(descriptor, directionsOf(how)),
    resolve: (address: number, length: number, buffer: number, room: number, result: number) => {
      const name = memory.text(address, length);
      const descriptor = made((fresh) => sockets.resolve(fresh, name));
      try {
        const answer = readAll(descriptor);
        memory.setWord(result, answer.length);
        if (answer.length <= room >>> 0) memory.bytes(buffer, answer.length).set(answer);
      } finally {
        process.close(descriptor);
      }
    },
  };
}

/** Preview 1's. */
export function socketCalls(host: Host, ask: Ask) {
  const { memory, process } = host;
  const sockets = new Sockets(process, ask);
  const streams = streamsOf(host);
  return {
    sock_accept: (listener: number, flags: number, result: number) => {
      const made = acceptNext(host, sockets, listener);
      process.descriptions.setFlags(process.description(made), flags);
      memory.setWord(result, made);
    },
    sock_recv: (
      descriptor: number,
      vectors: number,
      count: number,
      flags: number,
      result: number,
      outFlags: number,
    ) => {
      if (flags !== 0) fail(errno.ENOTSUP);
      memory.setWord(result, streams.read(process.description(descriptor), memory.pieces(vectors, count)));
      memory.view.setUint16(outFlags >>> 0, 0, true);
    },
    sock_send: (descriptor: number, vectors: number, count: number, flags: number, result: number) => {
      if (flags !== 0) fail(errno.EINVAL);
      memory.setWord(result, streams.write(process.description(descriptor), memory.pieces(vectors, count)));
    },
    sock_shutdown: (descriptor: number, how: number) => sockets.shut(descriptor, directionsOf(how)),
  };
}
