// What all containers of an engine share, and what a container takes of it.

import type { MadeYields } from '../binary/kept-yields.ts';
import type { NamespaceDeps } from '../mounts/open.ts';
import { suspendingFault } from '../preview1/suspending.ts';
import { UnsupportedComponent, type ComponentParts, type ComponentSource } from '../preview2/parts.ts';
import type { Berths } from '../threads/berth.ts';
import type { Docks } from '../threads/docks.ts';
import type { ThreadPool } from '../threads/pool.ts';
import type { Habits } from './habits.ts';
import type { Machine } from './messages.ts';
import type { ModuleCache } from './module-cache.ts';

/** What all containers of an engine share. */
export interface Shared extends NamespaceDeps {
  readonly threads: ThreadPool;
  /** Threads that several processes have. */
  readonly docks: Docks;
  /** This thread, for what is in memory that others cannot have. */
  readonly here: Docks;
  readonly modules: ModuleCache;
  readonly habits: Habits;
  readonly machine: Machine;
  /** Absent: they are refused. */
  readonly components?: ComponentSource | undefined;
  /** Keeps modules that take turns for threads of the next engine (`ThreadHost.keptYields`). Absent: each engine makes its own. */
  readonly keepYields?: ((made: MadeYields) => void) | undefined;
  /** Something that should not happen, in words. */
  readonly onBroken: (words: string) => void;
}

/** Where the processes of a container take turns. @param isShared whether its memory is: what is not can be worked on by this thread only */
export function berthsFor({ docks, here }: Shared, isShared: boolean): Berths {
  return isShared ? docks.open() : here.open();
}

/** What a component is made of, or in words why it cannot be run. @param isShared whether the memory of its container is */
export async function partsOf(
  { components, onBroken }: Shared,
  bytes: Uint8Array,
  isShared: boolean,
): Promise<ComponentParts | string> {
  const fault = isShared ? undefined : suspendingFault();
  if (fault !== undefined) return `exec format error: ${fault}`;
  if (components === undefined) return 'exec format error: this engine runs no components of WebAssembly';
  try {
    return await components.partsOf(bytes, !isShared);
  } catch (error) {
    if (!(error instanceof UnsupportedComponent)) onBroken(String(error));
    return `exec format error: ${error instanceof Error ? error.message : 'the component cannot be taken apart'}`;
  }
}
