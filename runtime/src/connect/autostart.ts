// Starts our engine when its default socket answers nobody, with a doorman that keeps the socket while the engine sleeps. Two
// command lines at once start one: the first takes a lock file, the others wait for the engine to answer.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineClient } from '../client/client.ts';
import { ConnectionError, isApiError } from '../client/errors.ts';
import { dismiss, isKept, sleeps } from './doorman.ts';

export interface AutostartOptions {
  /** Folder of the socket, the log and the lock. */
  readonly folder: string;
  readonly socket: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The daemon's argument vector without its flags: a Node and the daemon's bundle. */
  readonly program: readonly string[];
  /** Where an engine answers at `socket` when there is one. */
  readonly client: Pick<EngineClient, 'ping' | 'system'>;
  /** Seconds without work after which the engine ends; CORACLE_IDLE_EXIT in `env` goes before it. 0 means never. */
  readonly idleExitS?: number;
}

const patienceMs = 30_000;

/** For a doorman to be there. */
const doorMs = 5000;

/** For an engine to stop its containers and end. */
const endMs = 60_000;

const defaultIdleExitS = 300;

/** How long the socket of an engine that sleeps is kept, unless CORACLE_LISTEN_FOR says otherwise. */
const defaultListenS = 7 * 24 * 3600;

/**
 * Makes sure that an engine answers, starting ours when nothing listens on its socket. One that sleeps is started anew rather
 * than woken: with today's program and settings, and with words when it cannot start.
 * @throws ConnectionError when something is there that does not answer, Error that says why the engine did not come up,
 * with the end of its log
 */
export async function ensureEngine(options: AutostartOptions): Promise<void> {
  try {
    if (sleeps(options.socket)) throw new ConnectionError('the engine sleeps', 'ECONNREFUSED');
    await options.client.ping();
  } catch (error) {
    if (!(error instanceof ConnectionError) || !isNobody(error)) throw error;
    await autostart(options);
    await options.client.ping();
  }
}

/** Nothing listens: no socket, or one that a dead engine left. */
function isNobody(error: ConnectionError): boolean {
  return error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
}

async function answers({ client, socket }: AutostartOptions): Promise<boolean> {
  if (sleeps(socket)) return false;
  try {
    await client.ping(AbortSignal.timeout(patienceMs));
    return true;
  } catch (error) {
    if (error instanceof ConnectionError || (error as Error).name === 'AbortError') return false;
    throw error;
  }
}

/** An engine gives a sign of life before it stands, and may not come to stand: then its log says why. */
async function stands({ client }: AutostartOptions): Promise<boolean> {
  try {
    await client.system.version();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError || isApiError(error, 503)) return false;
    throw error;
  }
}

/**
 * Sees to it that whoever connects to our socket finds an engine, without starting one before that. Nothing happens where one
 * runs or sleeps already, or where none is kept.
 * @throws Error when the folder cannot be written
 */
export async function openDoor(options: AutostartOptions): Promise<void> {
  if (isKept(options.socket)) return;
  mkdirSync(options.folder, { recursive: true, mode: 0o755 });
  // Who waits asks nobody: a doorman that has just come would wake the engine for that.
  using lock = await takeLock(options.folder, Date.now() + patienceMs, () => isKept(options.socket));
  if (!lock.isOurs || isKept(options.socket) || (await answers(options))) return;
  const command = commandOf(options, { isAsleep: true });
  if (command === undefined) return;
  const { ended, release } = await spawnFor(options, command);
  for (const deadline = Date.now() + doorMs; !isKept(options.socket); await delay(2)) {
    const status = ended();
    if (status !== undefined) throw new Error(`nobody keeps ${options.socket} (${status}); see ${logOf(options)}`);
    if (Date.now() > deadline) throw new Error(`nobody keeps ${options.socket} after ${doorMs / 1000} s`);
  }
  release();
}

/**
 * Ends our engine, or who keeps its socket while it sleeps, so that the next start has today's settings. Its containers end as it decides.
 * @throws Error when it does not end
 */
export async function endEngine({ folder, socket }: Pick<AutostartOptions, 'folder' | 'socket'>): Promise<void> {
  if (sleeps(socket) && (await dismiss(socket))) return;
  const file = join(folder, 'coracle.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (!(pid > 0) || isStale(file)) return;
  process.kill(pid, 'SIGTERM');
  for (const deadline = Date.now() + endMs; existsSync(file) && !isStale(file); await delay(20)) {
    if (Date.now() > deadline) throw new Error(`the engine (process ${pid}) has not ended after ${endMs / 1000} s`);
  }
}

async function autostart(options: AutostartOptions): Promise<void> {
  mkdirSync(options.folder, { recursive: true, mode: 0o755 });
  const deadline = Date.now() + patienceMs;
  using lock = await takeLock(options.folder, deadline, () => answers(options));
  // Whoever held the lock before us may have started the engine.
  if (!lock.isOurs || (await answers(options))) return;
  if (!(await dismiss(options.socket)) && (await answers(options))) return;
  const log = logOf(options);
  const logStart = existsSync(log) ? statSync(log).size : 0;
  const command = commandOf(options, { isAsleep: false }) ?? plainCommandOf(options);
  const { ended, release } = await spawnFor(options, command);
  while (Date.now() < deadline) {
    if ((await answers(options)) && (await stands(options))) {
      release();
      return;
    }
    const status = ended();
    if (status !== undefined) throw new Error(`the engine did not start (${status}); ${endOfLog(log, logStart)}`);
    await delay(5);
  }
  throw new Error(`the engine did not answer within ${patienceMs / 1000} s; ${endOfLog(log, logStart)}`);
}

interface Daemon {
  /** How it ended, undefined while it runs. */
  readonly ended: () => string | undefined;
  /** Lets the command line end while the engine runs on. */
  readonly release: () => void;
}

function logOf({ folder }: AutostartOptions): string {
  return join(folder, 'daemon.log');
}

async function spawnFor(options: AutostartOptions, [command = '', ...args]: readonly string[]): Promise<Daemon> {
  const { spawn } = await import('node:child_process');
  const log = openSync(logOf(options), 'a', 0o600);
  // detached: a session of its own, so that neither the terminal's hang-up nor ctrl-c reaches the engine.
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], cwd: '/', env: options.env });
  closeSync(log);
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = signal === null ? `exit status ${code}` : `signal ${signal}`));
  return { ended: () => ended, release: () => child.unref() };
}

/** A doorman and the daemon that it starts; undefined when none is wanted or none was built. */
function commandOf(options: AutostartOptions, { isAsleep }: { readonly isAsleep: boolean }): string[] | undefined {
  const { program, socket, env } = options;
  const listenS = env['CORACLE_LISTEN_FOR'] || String(defaultListenS);
  const helper = join(dirname(program.at(-1) ?? ''), 'coracle-helper');
  const isWanted = Number(listenS) > 0 && Number(idleExitOf(options)) > 0;
  if (!isWanted || !existsSync(helper)) return undefined;
  const doorman = [helper, 'doorman', ...(isAsleep ? ['--asleep'] : []), socket, listenS];
  return [...doorman, ...program, '-H', 'fd://0', ...flagsOf(options)];
}

function plainCommandOf(options: AutostartOptions): string[] {
  return [...options.program, '-H', addressOf(options.socket), ...flagsOf(options)];
}

/** A pipe of Windows has a name of its own kind. */
function addressOf(socket: string): string {
  return socket.startsWith('\\\\.\\pipe\\') ? `npipe://${socket.replaceAll('\\', '/')}` : `unix://${socket}`;
}

function flagsOf(options: AutostartOptions): string[] {
  const extra = (options.env['CORACLE_DAEMON_FLAGS'] ?? '').split(/\s+/).filter((word) => word !== '');
  return ['--idle-exit', idleExitOf(options), ...extra];
}

function idleExitOf({ env, idleExitS }: AutostartOptions): string {
  return env['CORACLE_IDLE_EXIT'] || String(idleExitS ?? defaultIdleExitS);
}

interface Lock extends Disposable {
  /** False when another process did what we would while we waited. */
  readonly isOurs: boolean;
}

/** @param isDone what we would do is done by whoever has the lock */
async function takeLock(folder: string, deadline: number, isDone: () => boolean | Promise<boolean>): Promise<Lock> {
  const path = join(folder, 'start.lock');
  for (;;) {
    try {
      const fd = openSync(path, 'wx', 0o600);
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return { isOurs: true, [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isDone()) return { isOurs: false, [Symbol.dispose]: () => undefined };
    if (isStale(path)) rmSync(path, { force: true });
    else if (Date.now() > deadline)
      throw new Error(`another command has been starting the engine for too long; see ${path}`);
    else await delay(10);
  }
}

/** The holder is gone. An empty file is a holder that has not written its pid yet. */
function isStale(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** @param from where this start's part begins */
function endOfLog(path: string, from: number): string {
  const lines = readFileSync(path).subarray(from).toString().trimEnd().split('\n').slice(-15);
  return `the end of ${path}:\n${lines.join('\n')}`;
}
