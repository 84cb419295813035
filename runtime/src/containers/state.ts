// What state a container is in: a union, so that a pid without a running process or an exit code of something that never
// ran cannot be written down. `flatten` gives the view that Docker's booleans are made of.

import { humanDuration } from '../spec/duration.ts';
import { parseTimeNs, zeroTime } from './time.ts';

interface Live {
  readonly pid: number;
  readonly startedAt: string;
  /** Of the run before this one, or zero. */
  readonly finishedAt: string;
}

interface Ended {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly error: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export type State =
  /** Never ran; with an error when a start failed. */
  | { readonly status: 'created'; readonly exitCode: number; readonly error: string }
  | ({ readonly status: 'running' } & Live)
  | ({ readonly status: 'paused' } & Live)
  /** Ended, and waits for its restart policy's next try. */
  | ({ readonly status: 'restarting' } & Ended)
  | ({ readonly status: 'exited' } & Ended)
  /** Its removal failed half-way. */
  | ({ readonly status: 'dead' } & Ended);

export interface FlatState {
  readonly status: State['status'];
  /** Also true while restarting, as Docker counts. */
  readonly running: boolean;
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly error: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export function flatten(state: State): FlatState {
  switch (state.status) {
    case 'created':
      return { ...state, running: false, pid: 0, oomKilled: false, startedAt: zeroTime, finishedAt: zeroTime };
    case 'running':
    case 'paused':
      return { ...state, running: true, exitCode: 0, oomKilled: false, error: '' };
    case 'restarting':
      return { ...state, running: true, pid: 0 };
    case 'exited':
    case 'dead':
      return { ...state, running: false, pid: 0 };
  }
}

/** True when a process runs (also a paused one), not while restarting. */
export function isLive(state: State): boolean {
  return state.status === 'running' || state.status === 'paused';
}

/** `Up 2 minutes (healthy)`, `Exited (7) 11 seconds ago`, `Created` …: the Status column of a list. */
export function statusText(state: State, nowMs: number, health: string | undefined): string {
  const since = (time: string): string => humanDuration(Math.max(0, nowMs - Number(parseTimeNs(time) / 1_000_000n)));
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(state.startedAt)}${healthText(health)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'dead':
      return 'Dead';
  }
}

function healthText(health: string | undefined): string {
  if (health === undefined || health === 'none' || health === '') return '';
  return health === 'starting' ? ' (health: starting)' : ` (${health})`;
}
