// Which host ports our containers hold, and which are free to give. Random ports go round the ephemeral range, so that one
// just given back is not given again soon.

import { EngineError } from '../spec/errors.ts';
import type { Files } from '../host/host.ts';
import { textOf } from './text-of.ts';
import { parseAddress } from '../spec/address.ts';
import type { WantedPort } from './port-plan.ts';

export interface HeldPort {
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly hostPort: number;
  /** Name of the container, for the error of whoever comes second. */
  readonly owner: string;
}

export interface ReservedPort extends WantedPort {
  readonly hostPort: number;
  /** The addresses bound, one or both families' `0.0.0.0` and `::`. */
  readonly hostIps: readonly string[];
}

/** dockerd's range where the kernel does not tell one. */
const fallbackRange: readonly [number, number] = [49153, 65535];

export class HostPorts {
  readonly #files: Pick<Files, 'readText'>;
  readonly #random: (size: number) => Uint8Array;
  readonly #held = new Map<string, HeldPort[]>();
  #range: readonly [number, number] | undefined;
  #next = 0;

  constructor(files: Pick<Files, 'readText'>, random: (size: number) => Uint8Array) {
    this.#files = files;
    this.#random = random;
  }

  /**
   * Takes a host port for every wanted one, all or none.
   * @param avoid ports (`tcp/8080`) found taken by others at an earlier try
   * @throws EngineError system in Docker's words, without the name of the endpoint
   */
  async reserve(
    wanted: readonly WantedPort[],
    where: { readonly owner: string; readonly hasIPv6: boolean; readonly avoid: ReadonlySet<string> },
  ): Promise<readonly ReservedPort[]> {
    const busy = wanted.some((port) => port.from !== port.to || port.from === 0) ? await this.#listening() : new Set();
    const range = await this.#ephemeral();
    const reserved: ReservedPort[] = [];
    try {
      for (const port of wanted) {
        const hostIps = port.hostIp === '' ? ['0.0.0.0', ...(where.hasIPv6 ? ['::'] : [])] : [port.hostIp];
        const isFree = (candidate: number) =>
          !where.avoid.has(`${port.protocol}/${candidate}`) &&
          !busy.has(`${port.protocol}/${candidate}`) &&
          this.#holder(port.protocol, hostIps, candidate) === undefined;
        const hostPort = this.#choose(port, hostIps, range, isFree);
        reserved.push({ ...port, hostPort, hostIps });
        this.hold(hostIps.map((hostIp) => ({ protocol: port.protocol, hostIp, hostPort, owner: where.owner })));
      }
    } catch (error) {
      this.release(reserved);
      throw error;
    }
    return reserved;
  }

  hold(ports: readonly HeldPort[]): void {
    for (const port of ports) {
      const key = `${port.protocol}/${port.hostPort}`;
      this.#held.set(key, [...(this.#held.get(key) ?? []), port]);
    }
  }

  release(ports: readonly ReservedPort[]): void {
    for (const port of ports) {
      const key = `${port.protocol}/${port.hostPort}`;
      const left = (this.#held.get(key) ?? []).filter((held) => !port.hostIps.includes(held.hostIp));
      if (left.length === 0) this.#held.delete(key);
      else this.#held.set(key, left);
    }
  }

  #choose(
    port: WantedPort,
    hostIps: readonly string[],
    range: readonly [number, number],
    isFree: (candidate: number) => boolean,
  ): number {
    if (port.from === 0) return this.#nextFree(port, range, isFree);
    if (port.from === port.to) {
      // Whether another process listens there is told by the attempt itself.
      const holder = this.#holder(port.protocol, hostIps, port.from);
      if (holder === undefined) return port.from;
      throw new EngineError(
        'system',
        `Bind for ${withPort(holder.hostIp, port.from)} failed: port is already allocated (held by container ${holder.owner})`,
      );
    }
    for (let candidate = port.from; candidate <= port.to; candidate += 1) if (isFree(candidate)) return candidate;
    throw new EngineError('system', `all ports of ${port.from}-${port.to}/${port.protocol} are allocated`);
  }

  #nextFree(port: WantedPort, range: readonly [number, number], isFree: (candidate: number) => boolean): number {
    const [first, last] = range;
    for (let tried = first; tried <= last; tried += 1) {
      const candidate = this.#next;
      this.#next = candidate >= last ? first : candidate + 1;
      if (isFree(candidate)) return candidate;
    }
    throw new EngineError('system', `all ports are allocated: no ${port.protocol} port of ${first}-${last} is free`);
  }

  #holder(protocol: string, hostIps: readonly string[], hostPort: number): HeldPort | undefined {
    return this.#held
      .get(`${protocol}/${hostPort}`)
      ?.find((held) => hostIps.some((hostIp) => collide(held.hostIp, hostIp)));
  }

  async #ephemeral(): Promise<readonly [number, number]> {
    if (this.#range !== undefined) return this.#range;
    const text = await textOf(this.#files, '/proc/sys/net/ipv4/ip_local_port_range');
    const [first, last] = text.trim().split(/\s+/).map(Number);
    const range =
      first !== undefined && last !== undefined && first > 0 && last >= first
        ? ([first, last] as const)
        : fallbackRange;
    const [high = 0, low = 0] = this.#random(2);
    this.#next = range[0] + ((high * 256 + low) % (range[1] - range[0] + 1));
    this.#range = range;
    return range;
  }

  /** Ports (`tcp/8080`) that anything in the daemon's network namespace listens on. */
  async #listening(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const protocol of ['tcp', 'udp']) {
      for (const suffix of ['', '6']) {
        const text = await textOf(this.#files, `/proc/net/${protocol}${suffix}`);
        for (const port of listeningPorts(text, protocol)) found.add(`${protocol}/${port}`);
      }
    }
    return found;
  }
}

/** Ports that a table of /proc/net shows others may send to unasked. */
function* listeningPorts(table: string, protocol: string): Generator<number> {
  const state = protocol === 'tcp' ? '0A' : '07';
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    if (fields[3] === state && !Number.isNaN(port)) yield port;
  }
}

/** `0.0.0.0:80` or `[::]:80` */
export function withPort(hostIp: string, port: number): string {
  return hostIp.includes(':') ? `[${hostIp}]:${port}` : `${hostIp}:${port}`;
}

function collide(a: string, b: string): boolean {
  if (parseAddress(a)?.family !== parseAddress(b)?.family) return false;
  return a === b || ['0.0.0.0', '::'].some((wildcard) => a === wildcard || b === wildcard);
}
