// The processes of a container as others see them.

import type { ProcessState } from './contract.ts';
import { stateOf } from './signals.ts';
import { at, state, type Table } from './table.ts';

const names = new Map<number, ProcessState['state']>([
  [state.running, 'running'],
  [state.sleeping, 'sleeping'],
  [state.stopped, 'stopped'],
  [state.ended, 'ended'],
]);
const letters = { running: 'R', sleeping: 'S', stopped: 'T', ended: 'Z' } as const;

/** Call it inside the arena. @returns by their pids */
export function processesOf(table: Table): readonly ProcessState[] {
  const decoder = new TextDecoder();
  return [...table.visible()]
    .map((record) => ({
      pid: table.get(record, at.pid),
      parent: table.get(record, at.parent),
      group: table.get(record, at.group),
      argv: table.strings(record).argv.map((word) => decoder.decode(word.subarray(0, -1))),
      uid: table.get(record, at.uid),
      state: names.get(stateOf(table, record)) ?? 'running',
      startedAtMs: table.getDouble(record, at.startedAt),
      cpuNs: BigInt(Math.round(table.getDouble(record, at.cpuMs) * 1_000_000)),
      memoryBytes: table.getDouble(record, at.memory),
    }))
    .toSorted((a, b) => a.pid - b.pid);
}

/** Lines of `coracle_processes`. */
export function listing(table: Table): string {
  const lines = processesOf(table).map((each) =>
    [
      each.pid,
      each.parent,
      each.group,
      each.uid,
      letters[each.state],
      each.cpuNs / 1_000_000n,
      each.memoryBytes,
      Math.round(each.startedAtMs),
      // A tab or a line's end in a word would be taken for another field.
      ...each.argv.map((word) => word.replaceAll(/[\t\n]/g, ' ')),
    ].join('\t'),
  );
  return lines.map((line) => `${line}\n`).join('');
}
