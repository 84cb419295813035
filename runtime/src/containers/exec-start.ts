// Exec start: once for each exec, with a client at its stdio or detached. With a client every failure after this point is a
// line of text on its stdout, as Docker has it: the connection has been taken over by then. The process starts when its output
// is first asked for, so that nothing comes together with the reply's head.

import type { Bytes } from '../host/host.ts';
import type { SandboxStdio, StartFailure } from '../runners/runner.ts';
import type { AttachSession, ExecStartOptions } from '../spec/engine/containers.ts';
import { isEngineError, isKind, messageOf } from '../spec/errors.ts';
import { frame, FrameReader, streamNumber } from '../spec/stream/multiplex.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { conflict } from './errors.ts';
import { endExec, type Exec, execSpec, findExec, runningSandbox, watchExec } from './exec.ts';
import { publish, type Room } from './room.ts';
import { Session } from './session.ts';

/** @throws EngineError notFound, conflict when the container does not run; when detached also what the start itself says */
export async function execStart(room: Room, id: string, options: ExecStartOptions): Promise<AttachSession | undefined> {
  const exec = findExec(room, id);
  runningSandbox(exec.container);
  if (options.detach) {
    claim(exec);
    await run(room, exec, options, undefined);
    return undefined;
  }
  const tty = exec.request.Tty ?? false;
  // The client reads what it asked for in the start, whatever the exec was made with.
  const raw = options.tty;
  try {
    claim(exec);
  } catch (error) {
    if (!isKind(error, 'conflict')) throw error;
    return textSession(raw, `${error.message}\r\n`);
  }
  const session: Session = new Session({
    tty,
    rawOutput: raw,
    stdin: exec.request.AttachStdin ?? false,
    detachKeys: parseDetachKeys(exec.request.DetachKeys ?? ''),
    endsInput: !tty,
    linger: () => room.host.clock.sleep(500, { ref: false }),
    begin: async () => {
      try {
        await run(room, exec, options, session);
        return undefined;
      } catch (error) {
        return said(raw, `${messageOf(error)}\r\n`);
      }
    },
    onDetach: () => publish(room, exec.container, 'exec_detach', { execID: exec.id }),
    signal: options.signal,
  });
  return session;
}

function claim(exec: Exec): void {
  if (exec.status === 'exited') throw conflict(`exec command ${exec.id} has already run`);
  if (exec.status !== 'created') throw conflict(`exec command ${exec.id} is already running`);
  exec.status = 'starting';
}

async function run(room: Room, exec: Exec, options: ExecStartOptions, session: Session | undefined): Promise<void> {
  const { request, container } = exec;
  publish(room, container, `exec_start: ${exec.argv.join(' ')}`, { execID: exec.id });
  try {
    const process = await runningSandbox(container).exec(execSpec(exec, options.consoleSize));
    if (session !== undefined) {
      const tty = request.Tty ?? false;
      const stdio = await process.attach({
        stdin: request.AttachStdin ?? false,
        stdout: request.AttachStdout ?? false,
        stderr: (request.AttachStderr ?? false) && !tty,
        outputFd: options.tty === tty ? options.outputFd : undefined,
      });
      session.connect(options.tty === tty ? stdio : { ...detached(stdio), output: reshaped(stdio.output, tty) });
    }
    const { pid } = await process.run();
    watchExec(room, exec, process, pid);
  } catch (error) {
    endExec(room, exec, exitCodeOf(error));
    exec.started.resolve();
    throw error;
  }
}

/** The calls of a connection without its output. */
function detached(stdio: SandboxStdio): Omit<SandboxStdio, 'output'> {
  return {
    write: (chunk) => stdio.write(chunk),
    endInput: () => stdio.endInput(),
    close: () => stdio.close(),
  };
}

/** A terminal's output in frames of stdout; or the stdout of frames without them. */
async function* reshaped(output: Bytes, isRaw: boolean): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new FrameReader();
  for await (const chunk of output) {
    if (isRaw) yield frame(streamNumber.stdout, chunk);
    else for (const { stream, bytes } of reader.push(chunk)) if (stream === streamNumber.stdout) yield bytes;
  }
}

function exitCodeOf(error: unknown): number {
  const cause = isEngineError(error) ? (error.cause as Partial<StartFailure> | undefined) : undefined;
  return typeof cause?.exitCode === 'number' ? cause.exitCode : 126;
}

function said(tty: boolean, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return tty ? bytes : frame(streamNumber.stdout, bytes);
}

/** A session that says one thing and ends. */
function textSession(tty: boolean, text: string): AttachSession {
  return {
    tty,
    output: (async function* () {
      yield said(tty, text);
    })(),
    write: () => Promise.resolve(),
    endInput: () => Promise.resolve(),
    close: () => undefined,
  };
}
