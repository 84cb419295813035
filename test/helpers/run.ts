// Runs commands to their end, with their output as text and a time limit.

import { spawn, type SpawnOptions } from 'node:child_process';
import assert from 'node:assert/strict';
import { begin } from './trace.ts';

export interface Finished {
  /** The exit code; 128 + n after signal n is left to the shell, so a signal is -1 here. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Who runs it; default: who runs the test. */
  readonly as?: { readonly uid: number; readonly gid: number };
  /** Default 180 s; then the whole process group is killed and the call rejects. */
  readonly timeoutMs?: number;
}

/** Never rejects for an exit code; rejects when the command cannot be started or takes too long. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'], detached: true };
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  spawnOptions.env = { ...process.env, ...options.env };
  if (options.as !== undefined) Object.assign(spawnOptions, { uid: options.as.uid, gid: options.as.gid });
  using _ = begin(`the end of ${command} ${args.join(' ')}`);
  const child = spawn(command, args, spawnOptions);
  const { stdin, stdout, stderr } = child;
  assert(stdin !== null && stdout !== null && stderr !== null);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => out.push(chunk));
  stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A command that never reads its input ends with EPIPE here, which is its own affair.
  stdin.on('error', () => undefined);
  stdin.end(options.input ?? '');
  const timeoutMs = options.timeoutMs ?? 180_000;
  return await new Promise((resolve, reject) => {
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      reject(new Error(`${command} ${args.join(' ')}: no end after ${timeoutMs} ms\n${text(out)}${text(err)}`));
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout: text(out), stderr: text(err) });
    });
  });
}

/** Like `run`, but anything but success is an error that shows the output. */
export async function runOk(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await run(command, args, options);
  assert.equal(finished.code, 0, `${command} ${args.join(' ')}: ${finished.stdout}${finished.stderr}`);
  return finished;
}
