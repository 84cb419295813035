// The process that keeps the engine's namespaces while daemons come and go: found again, or made.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startTime } from '../host/node/processes.ts';
import { runningShims } from '../host/node/shims.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import type { ProcessId } from '../spec/rootless.ts';
import { mapArguments, rangesOf, readSubids, subidFiles, type User } from './subids.ts';

export interface KeepOptions {
  /** Path of the native program. */
  readonly helper: string;
  readonly execRoot: string;
  /** Writes down who it is. Before that it does not outlive us: a holder that nobody knows would stay for ever. */
  readonly note: (holder: ProcessId) => Promise<void>;
}

export interface HolderOptions extends KeepOptions {
  readonly user: User;
  /** Paths of the programs that give the user their ids. */
  readonly newuidmap: string;
  readonly newgidmap: string;
  /** Show no control groups inside: they are not ours, or of a kind that runtimes refuse. */
  readonly hideCgroups: boolean;
}

/** @throws EngineError unavailable with the call that the kernel refused, forbidden when the user does not get their ids */
export async function makeHolder(options: HolderOptions): Promise<ProcessId> {
  return startHolder(options, options.hideCgroups ? ['--hide-cgroups'] : [], (pid) => giveIds(pid, options));
}

export interface Adoption {
  readonly holder?: ProcessId;
  /** Why the namespaces of containers that run could not be taken. */
  readonly refusal?: string;
}

/** What keeps it from being made may pass: memory, or processes that a user may have. */
const attempts = 3;
const pauseMs = 200;

/** A holder for the namespaces of containers whose own has died; neither it nor a refusal when no container runs in any. */
export async function adoptNamespaces(options: KeepOptions): Promise<Adoption> {
  let refusal: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    refusal = undefined;
    for (const pid of runningShims(options.execRoot)) {
      try {
        return { holder: await startHolder(options, ['--join', String(pid)], () => Promise.resolve()) };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Else it ended meanwhile.
        if (runningShims(options.execRoot).includes(pid)) refusal = error.message;
      }
    }
    if (refusal === undefined) return {};
    await delay(pauseMs);
  }
  return refusal === undefined ? {} : { refusal };
}

/** How many containers run in other namespaces than the holder's. */
export function countBeside(execRoot: string, holder: ProcessId): number {
  const own = namespaceOf(holder.pid);
  return runningShims(execRoot).filter((pid) => namespaceOf(pid) !== own).length;
}

/** Of users; '' when it is not shown to us. */
function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return '';
  }
}

async function startHolder(
  { helper, execRoot, note }: KeepOptions,
  flags: readonly string[],
  prepare: (pid: number) => Promise<void>,
): Promise<ProcessId> {
  const child = spawn(helper, ['hold', execRoot, ...flags], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'], cwd: '/' });
  await once(child, 'spawn');
  // What ends early is told by its lines, or by their lack.
  const go = child.stdio[3] as Writable;
  go.on('error', () => undefined);
  using ends = new DisposableStack();
  // A holder that still waits ends with this.
  ends.defer(() => go.destroy());
  ends.defer(() => child.stdout?.destroy());
  let pid = 0;
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const [word, number = '', ...rest] = line.split(' ');
    if (word === 'made') {
      pid = Number(number);
      await prepare(pid);
      go.write('\n');
    } else if (word === 'ready') {
      const holder = { pid, started: startTime(pid) ?? '' };
      await note(holder);
      await once(go.end('\n'), 'finish');
      return holder;
    } else {
      throw new EngineError('unavailable', `the kernel refused namespaces: ${rest.join(' ')}`);
    }
  }
  throw new EngineError('unavailable', 'the process that keeps the namespaces ended while it was made');
}

async function giveIds(pid: number, { user, newuidmap, newgidmap }: HolderOptions): Promise<void> {
  const give = async (program: string, own: number, file: string): Promise<void> => {
    const args = [String(pid), ...mapArguments(own, rangesOf(readSubids(file), user))];
    try {
      await promisify(execFile)(program, args);
    } catch (cause) {
      const said = (cause as { readonly stderr?: string }).stderr?.trim() || messageOf(cause);
      throw new EngineError('forbidden', `the ids of ${file} could not be used: ${said}`, { cause });
    }
  };
  await Promise.all([give(newuidmap, user.uid, subidFiles.uids), give(newgidmap, user.gid, subidFiles.gids)]);
}
