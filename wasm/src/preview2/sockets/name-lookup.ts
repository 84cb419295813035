// wasi:sockets/ip-name-lookup: names are looked up by the engine.

import { streamsOf } from '../../preview1/streams.ts';
import type { Sockets } from '../../preview1/sockets.ts';
import { errno, fail } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor } from '../descriptor-streams.ts';
import { Pollable } from '../streams.ts';
import { parseAddress, type IpAddress } from './addresses.ts';
import { networkCode, refuseWith } from './codes.ts';

const mostBytes = 65_536;

export class ResolveAddressStream {
  readonly #calls: Calls;
  readonly #sockets: Sockets;
  /** A socket that the addresses come from. */
  readonly #descriptor: number;
  #left: IpAddress[] | undefined;

  /** Begins to look a name up; an address is its own. Inside the arena. @throws Failure */
  constructor(calls: Calls, sockets: Sockets, name: string) {
    this.#calls = calls;
    this.#sockets = sockets;
    this.#descriptor = sockets.open();
    const address = parseAddress(name.replaceAll(/[\[\]]/gv, ''));
    if (address !== undefined) this.#left = [address];
    else sockets.resolve(this.#descriptor, name);
  }

  /** All of them, once they are there; undefined before. Inside the arena. @throws Failure */
  static answer(stream: ResolveAddressStream): readonly IpAddress[] | undefined {
    if (stream.#left === undefined && !stream.#sockets.isSettled(stream.#descriptor)) return undefined;
    return (stream.#left ??= stream.#answer());
  }

  resolveNextAddress(): IpAddress | undefined {
    return this.#calls.inside(() => {
      this.#left ??= this.#answer();
      return this.#left.shift();
    }, networkCode);
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => this.#left !== undefined || this.#sockets.isSettled(this.#descriptor));
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => closeDescriptor(this.#calls, this.#descriptor));
  }

  #answer(): IpAddress[] {
    if (!this.#sockets.isSettled(this.#descriptor)) refuseWith('would-block');
    this.#sockets.check(this.#descriptor);
    const { waiter } = this.#calls;
    const streams = streamsOf(waiter);
    const description = waiter.process.description(this.#descriptor);
    const bytes = new Uint8Array(mostBytes);
    let length = 0;
    for (;;) {
      const count = waiter.finish(streams.read(description, [bytes.subarray(length)]));
      if (count === 0) break;
      length += count;
    }
    const lines = new TextDecoder().decode(bytes.subarray(0, length)).split('\n');
    const addresses = lines.flatMap((line) => parseAddress(line) ?? []);
    return addresses.length > 0 ? addresses : fail(errno.ENOENT);
  }
}
