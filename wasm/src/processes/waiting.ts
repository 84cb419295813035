// Waiting for children, as waitpid(2).

import type { Host } from '../preview1/host.ts';
import type { Waiting } from '../preview1/waiting.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { ProcessGate } from './gate.ts';
import { at, flag, type Table } from './table.ts';

const option = { noHang: 1, stopped: 2, continued: 8 } as const;
const continuedStatus = 0xffff;

export interface Waited {
  /** 0: nothing has happened yet. */
  readonly pid: number;
  readonly status: number;
}

/** @throws Failure ECHILD, EINTR, EINVAL */
export function* waitFor({ table, record }: ProcessGate, host: Host, which: number, options: number): Waiting<Waited> {
  if ((options & ~(option.noHang | option.stopped | option.continued)) !== 0) fail(errno.EINVAL);
  table.mark(record, flag.spawns);
  return yield* host.until(record + at.events, () => {
    const waited = look(table, record, which, options);
    return waited ?? ((options & option.noHang) === 0 ? undefined : { pid: 0, status: 0 });
  });
}

function look(table: Table, record: number, which: number, options: number): Waited | undefined {
  let hasChild = false;
  for (const child of table.visible()) {
    if (!isMeant(table, record, child, which)) continue;
    hasChild = true;
    const pid = table.get(child, at.pid);
    if (table.hasEnded(child)) {
      const status = table.get(child, at.status);
      table.remove(child);
      return { pid, status };
    }
    const status = table.get(child, at.report);
    const wanted = status === continuedStatus ? option.continued : option.stopped;
    if (status === 0 || (options & wanted) === 0) continue;
    table.set(child, at.report, 0);
    return { pid, status };
  }
  if (!hasChild) fail(errno.ECHILD);
  return undefined;
}

function isMeant(table: Table, record: number, child: number, which: number): boolean {
  if (table.get(child, at.parent) !== table.get(record, at.pid)) return false;
  if (which > 0) return table.get(child, at.pid) === which;
  if (which === -1) return true;
  return table.get(child, at.group) === (which === 0 ? table.get(record, at.group) : -which);
}
