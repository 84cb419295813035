// A further process in a running container, from its creation to its inspect after the end. Execs live in memory only, as
// with Docker: a new daemon knows those that still run, and their results until five minutes after the end.

import type { ExecSpec, Sandbox, SandboxProcess } from '../runners/runner.ts';
import { resolveUser } from '../runners/users.ts';
import type { ExecCreateRequest } from '../spec/engine/containers.ts';
import { EngineError } from '../spec/errors.ts';
import { randomId } from '../spec/ids.ts';
import type { Container } from './container.ts';
import { readAccounts } from './accounts.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { invalid, isPausedForExec, isRestarting, noSuchExec, notRunning } from './errors.ts';
import { publish, type Room } from './room.ts';
import { environmentOf, mergeEnvironment } from './sandbox-spec.ts';

export interface Exec {
  readonly id: string;
  readonly container: Container;
  readonly request: ExecCreateRequest;
  readonly argv: readonly string[];
  status: 'created' | 'starting' | 'running' | 'exited';
  pid: number;
  exitCode: number | null;
  endedAtMs: number;
  process: SandboxProcess | undefined;
  /** Settles when it runs, or has failed to. */
  readonly started: PromiseWithResolvers<void>;
}

const keptMs = 5 * 60_000;

/** @throws EngineError conflict when the container does not run or is paused, invalidParameter for no command or user */
export async function execCreate(
  room: Room,
  ref: string,
  request: ExecCreateRequest,
): Promise<{ readonly Id: string }> {
  const container = room.store.find(ref);
  await room.queue.idle(container.id);
  runningSandbox(container);
  const argv = request.Cmd ?? [];
  if (argv.length === 0) throw invalid('No exec command specified');
  if (argv.some((word) => word.includes('\0'))) throw invalid('invalid exec command: contains a NUL');
  parseDetachKeys(request.DetachKeys ?? '');
  const user = request.User ?? '';
  if (user !== '' && !/^\d+(:\d+)?$/.test(user)) resolveUser(user, [], await readAccounts(room, container));
  const exec = register(room, container, request, argv);
  publish(room, container, `exec_create: ${argv.join(' ')}`, { execID: exec.id });
  return { Id: exec.id };
}

/** Makes the exec known without any check or event. */
export function register(
  room: Room,
  container: Container,
  request: ExecCreateRequest,
  argv: readonly string[],
  id = randomId((size) => room.host.random(size)),
): Exec {
  forgetOld(room);
  const exec: Exec = {
    id,
    container,
    request,
    argv,
    status: 'created',
    pid: 0,
    exitCode: null,
    endedAtMs: 0,
    process: undefined,
    started: Promise.withResolvers<void>(),
  };
  room.execs.set(exec.id, exec);
  container.execIds.add(exec.id);
  return exec;
}

/** @throws EngineError conflict in the words that Docker has for each state */
export function runningSandbox(container: Container): Sandbox {
  const { status } = container.state;
  if (status === 'paused') throw isPausedForExec(container.name);
  if (status === 'restarting') throw isRestarting(container.id);
  if (status !== 'running' || container.sandbox === undefined) throw notRunning(container.id);
  return container.sandbox;
}

/** @throws EngineError notFound `No such exec instance: x` */
export function findExec(room: Room, id: string): Exec {
  const exec = room.execs.get(id);
  if (exec === undefined || room.store.get(exec.container.id) === undefined) throw noSuchExec(id);
  return exec;
}

export function execInspect(room: Room, id: string): unknown {
  const exec = findExec(room, id);
  const { request, argv } = exec;
  const [entrypoint = '', ...args] = argv;
  return {
    ID: exec.id,
    Running: exec.status === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: request.Tty ?? false,
      entrypoint,
      arguments: args,
      privileged: request.Privileged ?? false,
      ...((request.User ?? '') === '' ? {} : { user: request.User }),
    },
    OpenStdin: request.AttachStdin ?? false,
    OpenStderr: request.AttachStderr ?? false,
    OpenStdout: request.AttachStdout ?? false,
    CanRemove: false,
    ContainerID: exec.container.id,
    DetachKeys: request.DetachKeys ?? '',
    Pid: exec.pid,
  };
}

/** What the runner needs to know about it. */
export function execSpec(exec: Exec, consoleSize: ExecSpec['consoleSize']): ExecSpec {
  const { request, container, argv } = exec;
  const { config } = container.record;
  const [entrypoint = '', ...args] = argv;
  const tty = request.Tty ?? false;
  const user = request.User || config.User || '';
  const asked = request.ConsoleSize;
  const size =
    consoleSize ??
    (asked !== undefined && asked !== null && asked.length === 2
      ? { rows: asked[0] ?? 0, columns: asked[1] ?? 0 }
      : undefined);
  return {
    execId: exec.id,
    process: { tty, entrypoint, arguments: args, privileged: request.Privileged ?? false, user },
    argv,
    env: mergeEnvironment(environmentOf(container, [], tty), request.Env ?? []),
    workingDir: request.WorkingDir || config.WorkingDir || '/',
    user,
    privileged: request.Privileged ?? false,
    terminal: tty,
    stdin: request.AttachStdin ?? false,
    ...(tty && size !== undefined && size.rows > 0 ? { consoleSize: size } : {}),
  };
}

/** Follows a running process to its end. */
export function watchExec(room: Room, exec: Exec, process: SandboxProcess, pid: number): void {
  exec.process = process;
  exec.status = 'running';
  exec.pid = pid;
  exec.started.resolve();
  void process.exited.then((exit) => {
    endExec(room, exec, exit.code);
    publish(room, exec.container, 'exec_die', { execID: exec.id, exitCode: String(exit.code) });
  });
}

export function endExec(room: Room, exec: Exec, exitCode: number): void {
  exec.status = 'exited';
  exec.exitCode = exitCode;
  exec.endedAtMs = room.host.clock.now();
  exec.container.execIds.delete(exec.id);
}

/** @throws EngineError notFound, conflict, or system when it does not get going within ten seconds */
export async function execResize(room: Room, id: string, rows: number, columns: number): Promise<void> {
  const exec = findExec(room, id);
  runningSandbox(exec.container);
  const timer = new AbortController();
  const late = room.host.clock.sleep(10_000, { signal: timer.signal, ref: false }).then(
    () => true,
    () => false,
  );
  const timedOut = await Promise.race([exec.started.promise.then(() => false), late]);
  timer.abort();
  if (timedOut) throw new EngineError('system', 'timeout waiting for exec session ready');
  if (exec.status !== 'running' || exec.process === undefined) throw notRunning(exec.id);
  await exec.process.resize(rows, columns);
}

function forgetOld(room: Room): void {
  const before = room.host.clock.now() - keptMs;
  for (const [id, exec] of room.execs) {
    if (exec.status !== 'exited') continue;
    // In order of creation, so that the first one that is young ends the search for most.
    if (exec.endedAtMs > before) break;
    room.execs.delete(id);
  }
}
