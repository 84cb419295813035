// What the tree of registries shows: the rows of what is connected, and below each what is asked for when it is opened. Loaded with the
// first look at something that is connected.

import { l10n } from '../l10n.ts';
import type { Connections } from '../registries/connections.ts';
import { faultOf } from '../registries/faults.ts';
import type { List } from '../registries/list.ts';
import type { Providers } from '../registries/providers.ts';
import type { Registries } from '../registries/registries.ts';
import type { RegistryTarget, ShownRegistry } from '../registries/targets.ts';
import {
  detailRows,
  faultRows,
  missingRow,
  moreRow,
  nothingRow,
  registryRows,
  repositoryRows,
  tagRows,
} from './registry-rows.ts';
import type { Row } from './rows.ts';

export interface RegistryTreeDeps {
  readonly registries: Registries;
  readonly connections: Connections;
  readonly providers: Providers;
}

export class RegistryTree {
  readonly #deps: RegistryTreeDeps;

  constructor(deps: RegistryTreeDeps) {
    this.#deps = deps;
  }

  async roots(): Promise<readonly Row[]> {
    return [...registryRows(await this.#deps.registries.registries()), ...this.#missing()];
  }

  /** Providers that failed, or whose extension is not there. */
  #missing(): Row[] {
    const { connections, providers, registries } = this.#deps;
    return connections.all.flatMap(({ kind, name }) => {
      if (kind !== 'provider') return [];
      const provider = providers.find(name);
      const fault = registries.faults.get(name);
      if (provider !== undefined && fault === undefined) return [];
      return [missingRow(name, provider?.label, fault)];
    });
  }

  /** @param filter of repositories; empty: all */
  async below(row: Row, filter: string): Promise<readonly Row[]> {
    const { registryTarget: target } = row;
    if (target === undefined) return [];
    try {
      return await this.#rows(row, target, filter);
    } catch (error) {
      return faultRows(row, faultOf(error, target.registry, target.kind === 'registry'));
    }
  }

  async #rows(row: Row, target: RegistryTarget, filter: string): Promise<readonly Row[]> {
    const { registries } = this.#deps;
    switch (target.kind) {
      case 'registry':
        return await this.#repositories(row, target.registry, filter);
      case 'repository': {
        const list = await registries.tags(target.registry, target.repository);
        const rows = tagRows(row, target, list.names);
        // A part may have none that an image can have, and another follow.
        const isEmpty = rows.length === 0 && !list.hasMore;
        return isEmpty ? [nothingRow(row, l10n.t('There are no tags.'))] : withMore(row, rows, list);
      }
      case 'tag':
        return detailRows(row, target, await registries.details(target.registry, target.repository, target.tag));
      case 'manifest':
        return [];
    }
  }

  async #repositories(row: Row, registry: ShownRegistry, filter: string): Promise<readonly Row[]> {
    const list = await this.#deps.registries.repositories(registry);
    const named = this.#deps.connections.namedIn(registry.kind, registry.connection);
    const rows = repositoryRows(row, registry, { names: list.names, named, filter });
    const faults = list.fault === undefined ? [] : faultRows(row, faultOf(list.fault, registry, true));
    if (rows.length > 0 || faults.length > 0) return [...withMore(row, rows, list), ...faults];
    const remedies = registry.user === undefined ? (['name', 'login'] as const) : (['name'] as const);
    const message = filter === '' ? l10n.t('No repository is known here.') : l10n.t('No repository fits the filter.');
    return [...withMore(row, [nothingRow(row, message)], list), ...faultRows(row, { message, remedies }).slice(1)];
  }

  /** Asks for the next part of a list. */
  async more(target: RegistryTarget | undefined): Promise<void> {
    const { registries } = this.#deps;
    if (target?.kind === 'registry') await (await registries.repositories(target.registry)).more();
    else if (target?.kind === 'repository') await (await registries.tags(target.registry, target.repository)).more();
  }
}

function withMore(parent: Row, rows: readonly Row[], list: List): readonly Row[] {
  return list.hasMore ? [...rows, moreRow(parent)] : rows;
}
