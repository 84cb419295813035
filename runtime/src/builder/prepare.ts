// What each kind of operation depends on, and how it is done.

import type { Host } from '../host/host.ts';
import { EngineError } from '../spec/errors.ts';
import type {
  BuildImages,
  ConfigOperation,
  LayerRef,
  Operation,
  RunOperation,
  Snapshot,
  StepRunner,
} from './contract.ts';
import type { Keys } from './keys.ts';
import type { StepContext, StepWork } from './solve.ts';
import { openSnapshot } from './steps/snapshot-tree.ts';
import type { StepContainers } from './steps/step-containers.ts';
import { folderLayer } from './workdir.ts';

export interface PrepareDeps {
  readonly host: Pick<Host, 'clock'>;
  readonly images: BuildImages;
  readonly containers: StepContainers;
  readonly keys: Keys;
  readonly steps: StepRunner;
  /** `host:address` that every command finds in its /etc/hosts. */
  readonly extraHosts: readonly string[];
  readonly output: (step: number, stream: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void> | undefined;
}

export async function prepareStep(
  deps: PrepareDeps,
  operation: Operation,
  below: Snapshot,
  context: StepContext,
): Promise<StepWork> {
  switch (operation.kind) {
    case 'from':
      return nothing;
    case 'config':
      return folderWork(deps, operation, below, context);
    case 'run':
      return await Promise.resolve(runWork(deps, operation, below, context));
    case 'copy':
      throw new EngineError('notImplemented', 'COPY and ADD are not supported yet');
  }
}

const nothing: StepWork = { inputs: undefined, make: () => Promise.resolve(undefined) };

function runWork(deps: PrepareDeps, operation: RunOperation, below: Snapshot, { signal }: StepContext): StepWork {
  const { keys, steps, output, extraHosts } = deps;
  return {
    inputs: keys.run(operation, below, undefined, extraHosts),
    make: () =>
      steps.run({
        snapshot: below,
        operation,
        mountPaths: [],
        output: (stream, bytes) => output(operation.index, stream, bytes),
        signal,
      }),
  };
}

function folderWork(deps: PrepareDeps, operation: ConfigOperation, below: Snapshot, { signal }: StepContext): StepWork {
  const { makesFolder } = operation;
  if (makesFolder === undefined || makesFolder === '/') return nothing;
  const make = async (): Promise<LayerRef | undefined> => {
    await using opened = await openSnapshot(deps, below);
    const owner = { uid: 0, gid: 0 };
    const tar = await folderLayer(opened.tree, makesFolder, owner, deps.host.clock.nowNs());
    return tar === undefined ? undefined : await deps.images.addLayer(below.layers, tar, signal);
  };
  return { inputs: deps.keys.folder(operation, below), make };
}
