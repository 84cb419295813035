// What outlives the daemon, on disk: which process keeps the namespaces, and which one sees to the way out.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTime } from '../host/node/processes.ts';
import { writeAtomic } from '../host/node/write-atomic.ts';
import type { ProcessId, WayOut } from '../spec/rootless.ts';

export interface State {
  readonly holder: ProcessId;
  readonly wayOut: WayOut;
  /** Runs the way out for as long as the holder lives; absent where there is none. */
  readonly follower?: ProcessId;
}

function stateFile(execRoot: string): string {
  return join(execRoot, 'rootless.json');
}

/** @returns undefined when nothing is noted, or not by us */
export function readState(execRoot: string): State | undefined {
  try {
    const state = JSON.parse(readFileSync(stateFile(execRoot), 'utf8')) as Partial<State> | null;
    return typeof state?.holder?.pid === 'number' && state.wayOut !== undefined ? (state as State) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeState(execRoot: string, state: State): Promise<void> {
  await writeAtomic(stateFile(execRoot), `${JSON.stringify(state, null, 2)}\n`, { durable: false });
}

export function removeState(execRoot: string): void {
  rmSync(stateFile(execRoot), { force: true });
}

/** Whether it is still the process that was meant. */
export function lives({ pid, started }: ProcessId): boolean {
  return startTime(pid) === started;
}
