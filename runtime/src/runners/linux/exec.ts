// A further process in a running container: its process.json, its shim, and the execs that are found again after a restart
// of the daemon.

import type { Kernel } from '../../host/kernel.ts';
import { messageType } from '../../host/shim.ts';
import { isKind } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type { ExecSpec } from '../runner.ts';
import { killProcess } from './kill-process.ts';
import { LazyExec } from './lazy-exec.ts';
import type { RuntimeProcess, RuntimeSpec } from './oci-runtime-spec.ts';
import type { HostFacts } from './probe.ts';
import { readAccountFiles, treeOfProcess } from './root-files.ts';
import { RunFolder } from './run-folder.ts';
import type { Runtime } from './runtimes.ts';
import { connectShim, ShimControl } from './shim-connection.ts';
import { ShimProcess } from './shim-process.ts';
import { serializeSpec } from './serialize.ts';
import { capabilitySets } from './spec-builder.ts';
import { requireUser, resolveUser, type ProcessUser } from '../users.ts';

export interface ExecContext {
  readonly id: string;
  readonly pid: number;
  readonly kernel: Kernel;
  readonly facts: HostFacts;
  readonly runtime: Runtime;
  readonly execRoot: string;
  readonly spec: RuntimeSpec;
  readonly hostConfig: HostConfig;
}

/**
 * A process that has no shim before somebody attaches to it or runs it: clients create execs that they never start.
 * @throws EngineError invalidParameter when the user is not there
 */
export async function createExec(spec: ExecSpec, context: ExecContext): Promise<LazyExec> {
  const user = await userOf(spec, context);
  return new LazyExec(() => startExec(spec, user, context), `exec ${spec.execId}`);
}

/** Makes the shim; nothing runs until `run`. On failure nothing is left. */
async function startExec(spec: ExecSpec, user: ProcessUser, context: ExecContext): Promise<ShimProcess> {
  const { id, runtime, kernel, execRoot } = context;
  const folder = RunFolder.ofExec(execRoot, spec.execId);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => void folder.remove());
  folder.make(id, spec.execId);
  const document = processOf(spec, user, context);
  folder.write(folder.process, serializeSpec(document));
  const { pid } = await kernel.startShim({
    kind: 'exec',
    directory: folder.path,
    socket: folder.socket,
    argv: await runtime.execArgv(folder, id, spec.terminal),
    env: [],
    terminal: spec.terminal,
    stdin: spec.stdin,
    stdinOnce: spec.stdin,
    holdProgram: runtime.sizesLate && document.consoleSize !== undefined,
    log: { driver: 'none', path: '', maxSize: 0, maxFiles: 0 },
    cgroups: [],
    deleteArgv: [],
    removePaths: [],
    ...(runtime.hidePath === undefined ? {} : { hidePath: runtime.hidePath }),
  });
  undo.defer(() => killProcess(pid));
  const control = new ShimControl(await connectShim(folder.socket));
  undo.move();
  return watch(folder, spec.execId, { control, argv: spec.argv, size: document.consoleSize });
}

/** Finds execs of a container that earlier daemons began: those that run and those that left an exit. */
export async function restoreExecs(execRoot: string, id: string): Promise<ReadonlyMap<string, ShimProcess>> {
  const found = new Map<string, ShimProcess>();
  for (const { folder, ids } of RunFolder.list(execRoot, 'e')) {
    const [container, execId] = ids;
    if (container !== id || execId === undefined) continue;
    const process = await restoreExec(folder, execId);
    if (process !== undefined) found.set(execId, process);
  }
  return found;
}

async function restoreExec(folder: RunFolder, execId: string): Promise<ShimProcess | undefined> {
  const exit = folder.readExit();
  if (exit !== undefined) {
    folder.remove();
    return new ShimProcess({
      kind: 'exec',
      folder,
      argv: [],
      lost: () => undefined,
      title: `exec ${execId}`,
      state: { exit },
    });
  }
  const pid = folder.readPid();
  try {
    const control = new ShimControl(await connectShim(folder.socket));
    if (pid === undefined) {
      // It was never started, and nobody is left who could.
      control.close();
      killShim(folder);
      folder.remove();
      return undefined;
    }
    const process = watch(folder, execId, { control, argv: [], state: { pid } });
    control.send(messageType.watch);
    return process;
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    folder.remove();
    return undefined;
  }
}

/** Ends a shim that is known to listen at its socket. */
export function killShim(folder: RunFolder): void {
  const pid = folder.readShimPid();
  if (pid !== undefined) killProcess(pid);
}

interface WatchOptions {
  readonly control: ShimControl;
  readonly argv: readonly string[];
  readonly size?: RuntimeProcess['consoleSize'] | undefined;
  readonly state?: { readonly pid: number };
}

function watch(folder: RunFolder, execId: string, options: WatchOptions): ShimProcess {
  const lost = () => {
    const pid = folder.readPid();
    if (pid !== undefined) killProcess(pid);
  };
  const process = new ShimProcess({ ...options, kind: 'exec', folder, lost, title: `exec ${execId}` });
  void process.exited.then(() => folder.remove());
  return process;
}

async function userOf(spec: ExecSpec, context: ExecContext): Promise<ProcessUser> {
  if (spec.user === '') return context.spec.process.user;
  const files = await readAccountFiles(`/proc/${context.pid}/root`, () => treeOfProcess(context.kernel, context.pid));
  const user = resolveUser(spec.user, context.hostConfig.GroupAdd ?? [], files);
  requireUser(user, context.facts);
  return user;
}

function processOf(spec: ExecSpec, user: ProcessUser, context: ExecContext): RuntimeProcess {
  const base = context.spec.process;
  const size = spec.consoleSize;
  const { consoleSize: _, ...common } = base;
  return {
    ...common,
    terminal: spec.terminal,
    ...(spec.terminal && size !== undefined && size.rows > 0
      ? { consoleSize: { height: size.rows, width: size.columns } }
      : {}),
    user,
    args: spec.argv,
    env: spec.env,
    cwd: spec.workingDir || '/',
    capabilities: spec.privileged ? capabilitySets(context.facts.capabilities) : base.capabilities,
  };
}
