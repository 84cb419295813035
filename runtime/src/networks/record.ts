// A network as it is kept: one JSON document each in `<data-root>/networks`, written atomically.

import { EngineError, messageOf } from '../spec/errors.ts';
import { isFullId, type NetworkId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import type { IPAMConfig } from '../spec/api/networks.ts';
import type { Files } from '../host/host.ts';
import { parseAddress, parseSubnet, type Address, type Family, type Subnet } from '../spec/address.ts';

export interface NetworkRecord {
  readonly id: NetworkId;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: 'bridge' | 'host' | 'null';
  readonly enableIPv4: boolean;
  readonly enableIPv6: boolean;
  readonly internal: boolean;
  readonly attachable: boolean;
  /** Subnets as inspect shows them: those asked for, and those that were picked. */
  readonly ipam: readonly IPAMConfig[];
  readonly ipamOptions: Readonly<Record<string, string>> | null;
  /** True when the client named the subnets: only then may it choose addresses in them. */
  readonly hasOwnSubnets: boolean;
  /** The bridge was there before the network, and outlives it. */
  readonly foreignBridge: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** One subnet of a network, read. */
export interface NetworkSubnet {
  readonly family: Family;
  readonly subnet: Subnet;
  readonly range: Subnet;
  readonly gateway: Address | undefined;
  readonly auxiliary: readonly Address[];
}

export function isPredefined(record: Pick<NetworkRecord, 'name'>): boolean {
  return ['bridge', 'host', 'none'].includes(record.name);
}

/** The record's subnets as numbers. */
export function subnetsOf(record: Pick<NetworkRecord, 'ipam'>): readonly NetworkSubnet[] {
  return record.ipam.flatMap((config) => {
    const subnet = parseSubnet(config.Subnet ?? '');
    if (subnet === undefined) return [];
    return [
      {
        family: subnet.family,
        subnet,
        range: parseSubnet(config.IPRange ?? '') ?? subnet,
        gateway: parseAddress(config.Gateway ?? ''),
        auxiliary: Object.values(config.AuxiliaryAddresses ?? {})
          .map((text) => parseAddress(text))
          .filter((address) => address !== undefined),
      },
    ];
  });
}

export class NetworkStore {
  readonly #files: Files;
  readonly #root: string;
  readonly #logger: Logger;

  constructor(files: Files, root: string, logger: Logger) {
    this.#files = files;
    this.#root = root;
    this.#logger = logger;
  }

  async load(): Promise<readonly NetworkRecord[]> {
    await this.#files.makeDirectory(this.#root, { recursive: true, mode: 0o700 });
    const records: NetworkRecord[] = [];
    for (const file of await this.#files.list(this.#root)) {
      const id = file.replace(/\.json$/, '');
      // Anything else is a temporary file that a writer left behind.
      if (!isFullId(id)) await this.#files.remove(`${this.#root}/${file}`);
      else records.push(...(await this.#read(id)));
    }
    return records;
  }

  async save(record: NetworkRecord): Promise<void> {
    await this.#files.writeAtomic(`${this.#root}/${record.id}.json`, JSON.stringify(record), { mode: 0o600 });
  }

  async remove(id: NetworkId): Promise<void> {
    await this.#files.remove(`${this.#root}/${id}.json`);
  }

  async #read(id: string): Promise<readonly NetworkRecord[]> {
    try {
      const record = JSON.parse(await this.#files.readText(`${this.#root}/${id}.json`)) as NetworkRecord;
      if (record.id !== id) throw new EngineError('dataLoss', 'the document is of another network');
      return [record];
    } catch (error) {
      this.#logger.warn('network cannot be read, left out', { network: id, reason: messageOf(error) });
      return [];
    }
  }
}
