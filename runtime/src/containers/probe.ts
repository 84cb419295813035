// One run of a health check: an exec whose output is kept up to 4096 bytes, killed when it takes too long.

import type { Sandbox, SandboxProcess } from '../runners/runner.ts';
import type { HealthcheckResult } from '../spec/api/containers.ts';
import { messageOf } from '../spec/errors.ts';
import { FrameReader } from '../spec/stream/multiplex.ts';
import type { Container } from './container.ts';
import { endExec, execSpec, register, watchExec } from './exec.ts';
import { publish, type Room, timestamp } from './room.ts';
import { SIGKILL } from './signals.ts';

const largestOutput = 4096;

/** Never rejects: a probe that cannot start is a failed one. */
export async function probe(
  room: Room,
  container: Container,
  sandbox: Sandbox,
  command: readonly string[],
  timeoutMs: number,
): Promise<HealthcheckResult> {
  const start = timestamp(room);
  const exec = register(room, container, { Cmd: command, AttachStdout: true, AttachStderr: true }, command);
  const words = command.join(' ');
  publish(room, container, `exec_create: ${words}`, { execID: exec.id });
  publish(room, container, `exec_start: ${words}`, { execID: exec.id });
  try {
    const process = await sandbox.exec(execSpec(exec, undefined));
    const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
    const output = collect(stdio.output);
    const { pid } = await process.run();
    watchExec(room, exec, process, pid);
    const inTime = await endsWithin(room, process, timeoutMs);
    const exit = await process.exited;
    // A child may hold the output open after the probe itself has ended.
    const text = await Promise.race([
      output.done,
      room.host.clock.sleep(100, { ref: false }).then(() => output.text()),
    ]);
    stdio.close();
    const late = `Health check exceeded timeout (${goDuration(timeoutMs)})${text === '' ? '' : `: ${text}`}`;
    return { Start: start, End: timestamp(room), ExitCode: inTime ? exit.code : -1, Output: inTime ? text : late };
  } catch (error) {
    if (exec.status !== 'exited') endExec(room, exec, -1);
    return { Start: start, End: timestamp(room), ExitCode: -1, Output: messageOf(error) };
  }
}

async function endsWithin(room: Room, process: SandboxProcess, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = room.host.clock.sleep(timeoutMs, { signal: timer.signal, ref: false }).then(
    () => true,
    () => false,
  );
  const timedOut = await Promise.race([process.exited.then(() => false), late]);
  timer.abort();
  if (timedOut) await process.signal(SIGKILL);
  return !timedOut;
}

function collect(frames: AsyncIterable<Uint8Array>): { readonly done: Promise<string>; readonly text: () => string } {
  const decoder = new TextDecoder();
  const reader = new FrameReader();
  let text = '';
  let truncated = false;
  const shown = (): string => (truncated ? `${text}...` : text);
  const done = (async () => {
    try {
      for await (const chunk of frames) {
        for (const { bytes } of reader.push(chunk)) {
          if (text.length >= largestOutput) truncated = true;
          else text += decoder.decode(bytes, { stream: true });
        }
        if (text.length > largestOutput) {
          text = text.slice(0, largestOutput);
          truncated = true;
        }
      }
    } catch {
      // The connection ended with the process; what came counts.
    }
    return shown();
  })();
  return { done, text: shown };
}

/** 1500 -> `1.5s`, 200 -> `200ms`, 90000 -> `1m30s`. */
function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return `${minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
