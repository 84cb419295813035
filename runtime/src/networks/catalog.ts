// All networks there are, and how one is found by what a client calls it.

import { EngineError } from '../spec/errors.ts';
import type { Subnet } from '../spec/address.ts';
import { subnetsOf, type NetworkRecord } from './record.ts';

export class Catalog {
  readonly #records = new Map<string, NetworkRecord>();

  set(record: NetworkRecord): void {
    this.#records.set(record.id, record);
  }

  delete(id: string): void {
    this.#records.delete(id);
  }

  /** In the order in which they were made. */
  all(): readonly NetworkRecord[] {
    return [...this.#records.values()].toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  byId(id: string): NetworkRecord | undefined {
    return this.#records.get(id);
  }

  byName(name: string): NetworkRecord | undefined {
    return this.all().find((record) => record.name === name);
  }

  /**
   * By full id, then name, then a prefix of the id. `default` is the default bridge.
   * @throws EngineError notFound `network x not found`, invalidParameter when a prefix is ambiguous
   */
  find(ref: string): NetworkRecord {
    const exact = this.#records.get(ref) ?? this.byName(ref === 'default' ? 'bridge' : ref);
    if (exact !== undefined) return exact;
    const found = ref === '' ? [] : this.all().filter((record) => record.id.startsWith(ref));
    const [first] = found;
    if (found.length > 1) {
      throw new EngineError(
        'invalidParameter',
        `network ${ref} is ambiguous (${found.length} matches found based on ID prefix)`,
      );
    }
    if (first === undefined) throw new EngineError('notFound', `network ${ref} not found`);
    return first;
  }

  subnets(): readonly Subnet[] {
    return this.all().flatMap((record) => subnetsOf(record).map(({ subnet }) => subnet));
  }
}
