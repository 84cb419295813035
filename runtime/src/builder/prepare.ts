// What each kind of operation depends on, and how it is done.

import type { Host } from '../host/host.ts';
import type { StepCache } from './cache/step-cache.ts';
import type {
  BuildImages,
  ConfigOperation,
  CopyOperation,
  LayerRef,
  Operation,
  RunOperation,
  Snapshot,
  StepRunner,
} from './contract.ts';
import { type Copy, openCopy } from './copy/copy.ts';
import type { CopyInputs } from './copy/inputs.ts';
import { resolveOwner } from './copy/owner.ts';
import type { Keys } from './keys.ts';
import { mountInputs } from './mounts/mount-inputs.ts';
import { type MountDeps, prepareMounts } from './mounts/prepare-mounts.ts';
import type { Origins } from './origins.ts';
import type { StepContext, StepWork } from './solve.ts';
import { openSnapshot } from './steps/snapshot-tree.ts';
import type { StepContainers } from './steps/step-containers.ts';
import { folderLayer } from './workdir.ts';

export interface PrepareDeps {
  readonly host: Host;
  /** Of this build, for files that come and go. */
  readonly folder: string;
  readonly sourceDateEpoch: number | undefined;
  readonly cache: Pick<StepCache, 'knownDigest' | 'learnDigest'>;
  readonly images: BuildImages;
  readonly containers: StepContainers;
  readonly keys: Keys;
  readonly origins: Origins;
  readonly mounts: MountDeps;
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
      return await runWork(deps, operation, below, context);
    case 'copy':
      return await copyWork(deps, operation, below, context);
  }
}

const nothing: StepWork = { inputs: undefined, make: () => Promise.resolve(undefined) };

async function runWork(
  deps: PrepareDeps,
  operation: RunOperation,
  below: Snapshot,
  context: StepContext,
): Promise<StepWork> {
  const { keys, steps, output, extraHosts } = deps;
  const { signal, resultOf } = context;
  const mounted = await mountInputs(deps, operation, resultOf);
  return {
    inputs: keys.run(operation, below, mounted?.digest, extraHosts),
    ...(mounted === undefined ? {} : { files: () => Promise.resolve(mounted.files) }),
    make: async () => {
      await using prepared = await prepareMounts(deps.mounts, operation, { signal, resultOf });
      return await steps.run({
        snapshot: below,
        operation,
        mounts: prepared.mounts,
        env: prepared.env,
        output: (stream, bytes) => output(operation.index, stream, bytes),
        signal,
      });
    },
  };
}

async function copyWork(
  deps: PrepareDeps,
  operation: CopyOperation,
  below: Snapshot,
  { signal, resultOf }: StepContext,
): Promise<StepWork> {
  const { host, folder, origins, keys, images, cache, sourceDateEpoch } = deps;
  const held = new AsyncDisposableStack();
  let opening: Promise<Copy> | undefined;
  let reading: Promise<CopyInputs> | undefined;
  const copy = (): Promise<Copy> => (opening ??= open());
  const read = (): Promise<CopyInputs> => (reading ??= copy().then((opened) => opened.inputs()));
  const open = async (): Promise<Copy> => {
    const hasPaths = operation.sources.some(({ kind }) => kind === 'path');
    const source = hasPaths ? await origins.source(operation.from, resultOf) : undefined;
    return held.use(
      await openCopy(operation, { host, source, folder, signal, sourceDateEpoch, sshAgent: () => agentOf(deps) }),
    );
  };
  try {
    const name = await memoOf(deps, operation, resultOf);
    const digest = (name === undefined ? undefined : cache.knownDigest(name)) ?? (await read()).digest;
    if (name !== undefined) cache.learnDigest(name, digest);
    return {
      inputs: keys.copy(operation, below, digest),
      files: async () => (await read()).files(),
      make: async () => {
        const opened = await copy();
        if (below.layers.length === 0) return await images.addLayer([], opened.layer(undefined), signal);
        await using root = await openSnapshot(deps, below);
        return await images.addLayer(below.layers, opened.layer(root.tree), signal);
      },
      held,
    };
  } catch (error) {
    await held.disposeAsync();
    throw error;
  }
}

function agentOf({ mounts }: PrepareDeps): Promise<string | undefined> {
  return mounts.needs.sshAgent('default', { mode: 0o600, uid: 0, gid: 0 });
}

/** What is copied of layers, or of a context that is as it was, and what that comes to, needs to be looked at once only. */
async function memoOf(
  { origins, keys }: PrepareDeps,
  operation: CopyOperation,
  resultOf: StepContext['resultOf'],
): Promise<string | undefined> {
  if (operation.sources.some(({ kind }) => kind === 'http' || kind === 'git')) return undefined;
  const snapshot = origins.snapshot(operation.from, resultOf);
  const from = snapshot === undefined ? await origins.identity(operation.from) : keys.layersOf(snapshot);
  if (from === undefined) return undefined;
  const { sources, exclude, destination, intoDirectory, chown, chmod, link, parents, unpack } = operation;
  const words = [sources, exclude, destination, intoDirectory, chown, chmod, link, parents, unpack];
  return keys.digest(['copy', from, words]);
}

function timeOf({ host, sourceDateEpoch }: PrepareDeps): bigint {
  return sourceDateEpoch === undefined ? host.clock.nowNs() : BigInt(sourceDateEpoch) * 1_000_000_000n;
}

function folderWork(deps: PrepareDeps, operation: ConfigOperation, below: Snapshot, { signal }: StepContext): StepWork {
  const { makesFolder } = operation;
  if (makesFolder === undefined || makesFolder === '/') return nothing;
  const make = async (): Promise<LayerRef | undefined> => {
    await using opened = await openSnapshot(deps, below);
    const owner = await resolveOwner(operation.config.User || '0', opened.tree);
    const tar = await folderLayer(opened.tree, makesFolder, owner, timeOf(deps));
    return tar === undefined ? undefined : await deps.images.addLayer(below.layers, tar, signal);
  };
  return { inputs: deps.keys.folder(operation, below), make };
}
