// What a name means to a container: its own hosts file, then the engine's names of its networks, then the outside where it reaches that.

import { NetworkFailure } from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import { parseAddress } from '../../../spec/address.ts';
import type { HostSockets } from './host-sockets.ts';

/** What the networks room says to a question; `networks/dns-zone.ts` has the meaning. */
export type ResolveName = (question: {
  readonly containerId: string;
  readonly name: string;
  readonly type: 'A' | 'AAAA';
}) =>
  | { readonly kind: 'answer'; readonly records: readonly { readonly type: string; readonly data: string }[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forward'; readonly servers: readonly string[] };

/** The host has few threads that look names up, and needs them for its files as well. */
const mostLookups = 2;
const mostWaiting = 256;
const lookupMs = 10_000;

export interface Asking {
  readonly containerId: string;
  /** The text of its /etc/hosts as it is now. */
  hosts(): Promise<string>;
  /** Name servers that it was given. */
  readonly servers: readonly string[];
  readonly reachesOut: boolean;
}

export class Names {
  /** Set once the networks room serves names. */
  resolve: ResolveName | undefined;
  readonly #sockets: HostSockets | undefined;
  readonly #waiting: (() => void)[] = [];
  #lookups = 0;

  constructor(sockets: HostSockets | undefined) {
    this.#sockets = sockets;
  }

  /** @returns IPv4 before IPv6; none when nobody knows it @throws NetworkFailure EAGAIN when too many ask at once */
  async addresses(name: string, asking: Asking, signal: AbortSignal): Promise<readonly string[]> {
    const wanted = name.toLowerCase().replace(/\.$/, '');
    if (wanted === 'localhost' || wanted.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const written = hostsOf(await asking.hosts(), wanted);
    if (written.length > 0) return written;
    const replies = (['A', 'AAAA'] as const).map((type) =>
      this.resolve?.({ containerId: asking.containerId, name: wanted, type }),
    );
    const answered = replies.filter((reply) => reply?.kind === 'answer');
    if (answered.length > 0) return answered.flatMap(({ records }) => records.map(({ data }) => data));
    if (!asking.reachesOut) return [];
    const forward = replies.find((reply) => reply?.kind === 'forward');
    const servers = asking.servers.length > 0 ? asking.servers : (forward?.servers ?? []);
    return this.#outside(wanted, servers, signal);
  }

  async #outside(name: string, servers: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    if (this.#sockets === undefined) return [];
    if (this.#lookups >= mostLookups) {
      if (this.#waiting.length >= mostWaiting) throw new NetworkFailure(errno.EAGAIN, 'too many names are looked up');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#lookups += 1;
    try {
      signal.throwIfAborted();
      const found = await this.#sockets.lookup(name, servers, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(lookupMs)]),
      });
      return found.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
    } finally {
      this.#lookups -= 1;
      this.#waiting.shift()?.();
    }
  }
}

/** The addresses of a name in a hosts file. */
export function hostsOf(text: string, name: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    return names.some((own) => own.toLowerCase() === name) && parseAddress(address) !== undefined ? [address] : [];
  });
}
