// What names mean to a container: containers on the user-defined networks it is in, by name, alias, short id, host name or
// `name.network`, and their addresses backwards. Everything else is asked elsewhere, or nowhere from an internal network.

import { contains, formatAddress, parseReverseName, type Address } from '../spec/address.ts';
import { subnetsOf, type NetworkRecord } from './record.ts';

/** Seconds; as dockerd. */
const ttl = 600;

export interface DnsRecord {
  readonly type: 'A' | 'AAAA' | 'PTR';
  readonly data: string;
  readonly ttl: number;
}

export type DnsReply =
  /** An empty list says: the name is there, without a record of this type. */
  | { readonly kind: 'answer'; readonly records: readonly DnsRecord[] }
  | { readonly kind: 'missing' }
  /** Ask these servers; none of them: failure. */
  | { readonly kind: 'forward'; readonly servers: readonly string[] };

export interface DnsQuestion {
  readonly containerId: string;
  /** Without the last dot, as the client wrote it. */
  readonly name: string;
  /** `A`, `AAAA`, `PTR`, … */
  readonly type: string;
}

/** One container's place in one network. */
export interface DnsEntry {
  readonly network: NetworkRecord;
  readonly names: readonly string[];
  readonly addresses: readonly Address[];
}

export interface DnsMember {
  /** Its user-defined networks. */
  readonly entries: readonly DnsEntry[];
  /** Names that only this container knows others by (links): alias -> name or id. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Servers that other names are forwarded to. */
  readonly servers: readonly string[];
  /** False when it is in internal networks only: then nothing is forwarded. */
  readonly reachesOut: boolean;
}

export class DnsZone {
  readonly #members = new Map<string, DnsMember>();
  /** Network id -> its entries, with the container's id. */
  readonly #networks = new Map<string, Map<string, DnsEntry>>();
  #turn = 0;

  set(containerId: string, member: DnsMember): void {
    this.delete(containerId);
    this.#members.set(containerId, member);
    for (const entry of member.entries) {
      const entries = this.#networks.get(entry.network.id) ?? new Map<string, DnsEntry>();
      this.#networks.set(entry.network.id, entries.set(containerId, entry));
    }
  }

  delete(containerId: string): void {
    for (const entry of this.#members.get(containerId)?.entries ?? []) {
      const entries = this.#networks.get(entry.network.id);
      entries?.delete(containerId);
      if (entries?.size === 0) this.#networks.delete(entry.network.id);
    }
    this.#members.delete(containerId);
  }

  resolve(question: DnsQuestion): DnsReply {
    const member = this.#members.get(question.containerId);
    if (member === undefined) return { kind: 'missing' };
    const name = question.name.toLowerCase();
    const address = parseReverseName(name);
    if (address !== undefined) return this.#backwards(member, address, question.type);
    const found = this.#lookup(member, name);
    if (found === undefined) return outside(member);
    const family = question.type === 'A' ? 4 : question.type === 'AAAA' ? 6 : undefined;
    const records = found
      .filter((entry) => entry.family === family)
      .map((entry) => ({
        type: entry.family === 4 ? ('A' as const) : ('AAAA' as const),
        data: formatAddress(entry),
        ttl,
      }));
    return { kind: 'answer', records: this.#rotated(records) };
  }

  /** @returns undefined when nobody has the name */
  #lookup(member: DnsMember, name: string): readonly Address[] | undefined {
    const link = member.aliases.get(name)?.toLowerCase();
    const found = member.entries.flatMap((own) =>
      [...(this.#networks.get(own.network.id) ?? [])].filter(([id, entry]) =>
        // A link may name its container by id.
        link === undefined
          ? isCalled(entry, name)
          : isCalled(entry, link) || (/^[0-9a-f]{12,64}$/.test(link) && id.startsWith(link)),
      ),
    );
    return found.length === 0 ? undefined : found.flatMap(([, entry]) => entry.addresses);
  }

  #backwards(member: DnsMember, address: Address, type: string): DnsReply {
    for (const own of member.entries) {
      for (const entry of this.#networks.get(own.network.id)?.values() ?? []) {
        const has = entry.addresses.some(({ family, value }) => family === address.family && value === address.value);
        if (!has) continue;
        const data = `${entry.names[0] ?? ''}.${entry.network.name}`;
        return { kind: 'answer', records: type === 'PTR' ? [{ type: 'PTR', data, ttl }] : [] };
      }
      if (subnetsOf(own.network).some(({ subnet }) => contains(subnet, address))) return { kind: 'missing' };
    }
    return outside(member);
  }

  /** Each answer begins one further, so that those who share an alias share the work. */
  #rotated(records: readonly DnsRecord[]): readonly DnsRecord[] {
    if (records.length < 2) return records;
    this.#turn = (this.#turn + 1) % 0x7fffffff;
    const at = this.#turn % records.length;
    return [...records.slice(at), ...records.slice(0, at)];
  }
}

function isCalled(entry: DnsEntry, target: string): boolean {
  const network = `.${entry.network.name.toLowerCase()}`;
  return entry.names.some((name) => {
    const own = name.toLowerCase();
    return own === target || own + network === target;
  });
}

function outside(member: DnsMember): DnsReply {
  return member.reachesOut ? { kind: 'forward', servers: member.servers } : { kind: 'missing' };
}

/** The sockets behind the embedded server; implemented by the host. */
export interface DnsSockets {
  /**
   * Listens on the unix socket that shims relay to (framing: `host/shim.ts`) and answers each query by `resolve`,
   * forwarding what it says.
   */
  serve(socketPath: string, resolve: (question: DnsQuestion) => DnsReply): Promise<AsyncDisposable>;
}
