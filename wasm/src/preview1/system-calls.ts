// Calls on the process itself, time and chance, and waiting for several things at once.

import { sizeOf } from '../mounts/places.ts';
import { errno, fail, Failure } from '../wasi/errno.ts';
import { wallMicroseconds } from '../wasi/wall-clock.ts';
import { clockId, eventType, subclockflags } from './abi.ts';
import { opened } from './descriptions.ts';
import type { Host } from './host.ts';
import { Exit } from './process.ts';
import { streamsOf } from './streams.ts';
import type { Waiting } from './waiting.ts';

const eventBytes = 32;
/** More than a program has descriptors. */
const mostSubscriptions = 4096;
/** A browser gives no more at once. */
const mostRandom = 65_536;

export function systemCalls(host: Host) {
  const { process, memory } = host;
  const { subscription } = host.layout;
  const { space, descriptions } = process;
  const streams = streamsOf(host);

  function putStrings(texts: readonly Uint8Array[], pointers: number, buffer: number): void {
    let address = buffer;
    for (const [index, text] of texts.entries()) {
      memory.setWord(pointers + index * 4, address);
      memory.bytes(address, text.length).set(text);
      address += text.length;
    }
  }

  function putSizes(texts: readonly Uint8Array[], count: number, bytes: number): void {
    memory.setWord(count, texts.length);
    memory.setWord(
      bytes,
      texts.reduce((sum, text) => sum + text.length, 0),
    );
  }

  /** Nanoseconds. @throws Failure EINVAL for a clock that there is not */
  function now(clock: number): bigint {
    if (clock === clockId.realtime) return BigInt(wallMicroseconds()) * 1000n;
    if (clock > clockId.threadCpu) fail(errno.EINVAL);
    return BigInt(Math.round(performance.now() * 1_000_000));
  }

  interface Event {
    readonly userdata: bigint;
    readonly type: number;
    readonly error: number;
    readonly bytes: number;
  }

  /** What a subscription has to tell now; undefined while it waits. */
  function eventOf(
    address: number,
    began: { readonly real: bigint; readonly steady: bigint },
  ): Event | { readonly in: bigint } | undefined {
    const { view } = memory;
    const userdata = view.getBigUint64(address, true);
    const type = view.getUint8(address + 8);
    if (type === eventType.clock) {
      const clock = view.getUint32(address + subscription.clock, true);
      const isAbsolute = (view.getUint16(address + subscription.flags, true) & subclockflags.absolute) !== 0;
      const start = clock === clockId.realtime ? began.real : began.steady;
      const due = view.getBigUint64(address + subscription.timeout, true) + (isAbsolute ? 0n : start);
      const left = due - now(clock);
      return left <= 0n ? { userdata, type, error: 0, bytes: 0 } : { in: left };
    }
    if (type !== eventType.read && type !== eventType.write) fail(errno.EINVAL);
    try {
      const bytes = readiness(view.getUint32(address + subscription.descriptor, true), type);
      return bytes === undefined ? undefined : { userdata, type, error: 0, bytes };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { userdata, type, error: error.errno, bytes: 0 };
    }
  }

  /** Bytes that can be read, or 1 where something can be written; undefined where it would wait. */
  function readiness(descriptor: number, type: number): number | undefined {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) === opened.inode) {
      return Math.max(0, sizeOf(space, descriptions.fileOf(description)) - descriptions.place(description));
    }
    if (type === eventType.read) return streams.readable(description);
    return streams.isWritable(description) ? 1 : undefined;
  }

  return {
    args_get: (pointers: number, buffer: number) => putStrings(process.argv, pointers, buffer),
    args_sizes_get: (count: number, bytes: number) => putSizes(process.argv, count, bytes),
    environ_get: (pointers: number, buffer: number) => putStrings(process.env, pointers, buffer),
    environ_sizes_get: (count: number, bytes: number) => putSizes(process.env, count, bytes),
    clock_res_get: (clock: number, result: number) => {
      if (clock > clockId.threadCpu) fail(errno.EINVAL);
      memory.view.setBigUint64(result, 1000n, true);
    },
    clock_time_get: (clock: number, _precision: bigint, result: number) =>
      memory.view.setBigUint64(result, now(clock), true),
    random_get: (address: number, length: number) => {
      const bytes = memory.bytes(address, length);
      const piece = new Uint8Array(Math.min(bytes.length, mostRandom));
      host.outside(() => {
        for (let done = 0; done < bytes.length; done += mostRandom) {
          const part = piece.subarray(0, Math.min(mostRandom, bytes.length - done));
          crypto.getRandomValues(part);
          bytes.set(part, done);
        }
      });
    },
    proc_exit: (code: number) => {
      throw new Exit(code & 0xff);
    },
    proc_raise: (signal: number) => host.gate.raise(signal),
    sched_yield: () => undefined,
    *poll_oneoff(subscriptions: number, events: number, count: number, result: number): Waiting<void> {
      if (count === 0 || count >>> 0 > mostSubscriptions) fail(errno.EINVAL);
      memory.bytes(subscriptions, count * subscription.bytes);
      memory.bytes(events, count * eventBytes);
      const began = { real: now(clockId.realtime), steady: now(clockId.monotonic) };
      const ready = yield* host.untilAny(() => {
        const all = Array.from({ length: count }, (_, index) =>
          eventOf(subscriptions + index * subscription.bytes, began),
        );
        const told = all.filter((event) => event !== undefined && 'userdata' in event);
        const times = all.flatMap((event) =>
          event !== undefined && 'in' in event ? [Number(event.in) / 1_000_000] : [],
        );
        return told.length > 0 ? { answer: told } : { timeoutMs: Math.min(Infinity, ...times) };
      });
      const { view } = memory;
      for (const [index, event] of ready.entries()) {
        const address = events + index * eventBytes;
        memory.bytes(address, eventBytes).fill(0);
        view.setBigUint64(address, event.userdata, true);
        view.setUint16(address + 8, event.error, true);
        view.setUint8(address + 10, event.type);
        view.setBigUint64(address + 16, BigInt(event.bytes), true);
      }
      memory.setWord(result, ready.length);
    },
  };
}
