// What the verbs of registries stand on: what is connected, who the user is there, and the engine for what is pulled.

import type { Connections } from '../../registries/connections.ts';
import type { MachineLogIns } from '../../registries/machine-log-ins.ts';
import type { Providers } from '../../registries/providers.ts';
import type { Registries } from '../../registries/registries.ts';
import { referenceOf, type RegistryTarget, repositoryName } from '../../registries/targets.ts';
import type { Ui } from '../../ui/ui.ts';
import type { VerbContext } from '../verb.ts';

export interface RegistryHost {
  readonly ui: Ui;
  readonly connections: Connections;
  readonly logIns: MachineLogIns;
  readonly providers: Providers;
  registries(): Promise<Registries>;
  /** With the engine, started when it sleeps. @returns undefined when there is none, which the user was told */
  context(): Promise<VerbContext | undefined>;
  /** Told after something was connected or disconnected, or somebody has logged in or out. */
  changed(): Promise<void>;
}

export interface RegistryVerb<K extends RegistryTarget['kind'] = RegistryTarget['kind']> {
  readonly id: string;
  /** What it acts on, always a row that was clicked; empty for a verb that needs none. */
  readonly kinds: readonly K[];
  /** Runs or makes something, which an untrusted workspace does not allow. */
  readonly needsTrust?: boolean;
  run(host: RegistryHost, targets: readonly Extract<RegistryTarget, { readonly kind: K }>[]): Promise<void>;
}

/** One about whichever kinds, in a table of them. Handed only what its `kinds` say. */
export interface AnyRegistryVerb extends Pick<RegistryVerb, 'id' | 'kinds' | 'needsTrust'> {
  run(host: RegistryHost, targets: readonly RegistryTarget[]): Promise<void>;
}

/** For messages and confirmations. */
export function nameOf(target: RegistryTarget): string {
  if (target.kind === 'registry') return target.registry.label;
  if (target.kind === 'repository') return repositoryName(target.registry.domain, target.repository);
  return referenceOf(target);
}
