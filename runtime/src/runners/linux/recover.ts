// What an earlier daemon left in the exec-root: shims that still run, exits they wrote, and the remains of what died half-made.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Kernel } from '../../host/kernel.ts';
import { messageType } from '../../host/shim.ts';
import { isKind } from '../../spec/errors.ts';
import type { SandboxExit } from '../runner.ts';
import { endGroup } from './end-group.ts';
import { killShim, restoreExecs } from './exec.ts';
import type { RuntimeSpec } from './oci-runtime-spec.ts';
import type { ProcessGroup } from './process-group.ts';
import { RunFolder } from './run-folder.ts';
import { connectShim, ShimControl } from './shim-connection.ts';
import type { ShimProcess } from './shim-process.ts';

export interface Recovered {
  readonly spec: RuntimeSpec;
  readonly control?: ShimControl;
  readonly state: { readonly pid: number } | { readonly exit: SandboxExit };
  readonly execs: ReadonlyMap<string, ShimProcess>;
}

/** Looks for a container. @returns undefined when it never ran or nothing is known of its end */
export async function restoreContainer(
  folder: RunFolder,
  execRoot: string,
  id: string,
): Promise<Recovered | undefined> {
  const spec = readDocument(folder);
  if (spec === undefined) return undefined;
  const pid = folder.readPid();
  const exit = folder.readExit();
  const control = exit === undefined ? await findShim(folder) : undefined;
  if (exit === undefined && (control === undefined || pid === undefined)) {
    control?.close();
    return pid === undefined ? undefined : await lostContainer(folder, { spec, execRoot, id });
  }
  const execs = await restoreExecs(execRoot, id);
  if (exit !== undefined) return { spec, state: { exit }, execs };
  if (control === undefined || pid === undefined) return undefined;
  // The answer to `watch` comes once the caller listens.
  control.send(messageType.watch);
  return { spec, control, state: { pid }, execs };
}

/** The shim is gone and has left no exit: it was killed. The exit may have been written since we looked. */
async function lostContainer(
  folder: RunFolder,
  { spec, execRoot, id }: { readonly spec: RuntimeSpec; readonly execRoot: string; readonly id: string },
): Promise<Recovered> {
  const killed = { code: 137, oomKilled: false, finishedAtNs: BigInt(Date.now()) * 1_000_000n };
  return { spec, state: { exit: folder.readExit() ?? killed }, execs: await restoreExecs(execRoot, id) };
}

async function findShim(folder: RunFolder): Promise<ShimControl | undefined> {
  try {
    return new ShimControl(await connectShim(folder.socket));
  } catch (error) {
    if (isKind(error, 'unavailable')) return undefined;
    throw error;
  }
}

export interface PurgeContext {
  readonly id: string;
  readonly execRoot: string;
  readonly kernel: Kernel;
  /** What is to be ended. @param document undefined when none tells about it */
  readonly groupOf: (document: RuntimeSpec | undefined) => ProcessGroup;
  readonly statePaths: readonly string[];
}

/** Ends and removes everything of a container that no sandbox of this daemon holds. Idempotent. */
export async function purgeContainer(folder: RunFolder, context: PurgeContext): Promise<void> {
  const { id, execRoot, kernel } = context;
  const group = context.groupOf(readDocument(folder));
  // The processes first, while their shim is there to reap them; what a runtime was just starting afterwards.
  await endGroup(group);
  await endShim(folder);
  await endGroup(group);
  for (const item of RunFolder.list(execRoot, 'e')) {
    if (item.ids[0] !== id) continue;
    await endShim(item.folder);
    item.folder.remove();
  }
  for (const path of context.statePaths) rmSync(path, { recursive: true, force: true });
  await kernel.clearFolder(folder.path);
}

/** Kills a shim; only one that answers at its socket, since its pid may be another's by now. */
async function endShim(folder: RunFolder): Promise<void> {
  const control = await findShim(folder);
  if (control === undefined) return;
  killShim(folder);
  control.close();
}

function readDocument(folder: RunFolder): RuntimeSpec | undefined {
  return existsSync(folder.config) ? (JSON.parse(readFileSync(folder.config, 'utf8')) as RuntimeSpec) : undefined;
}
