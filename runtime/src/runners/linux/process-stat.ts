// What /proc tells of one process: its state, its times, its memory, its children.

import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  /** One letter: R, S, D, T (stopped), t (traced), Z (zombie), X (dead) … */
  readonly state: string;
  /** Processor time in ticks of 10 ms, that of its children included once it has waited for them. */
  readonly userTicks: number;
  readonly kernelTicks: number;
  readonly threads: number;
  /** Resident memory in pages. */
  readonly residentPages: number;
}

/** undefined when it has gone. */
export function readProcess(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name may contain anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index - 3] ?? 0);
  return {
    pid,
    state: fields[0] ?? '',
    userTicks: number(14) + number(16),
    kernelTicks: number(15) + number(17),
    threads: number(20),
    residentPages: number(24),
  };
}

/** Pids of the children, of all its threads. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readText(`/proc/${pid}/task/${thread}/children`);
      return text === undefined ? [] : text.split(' ').filter(Boolean).map(Number);
    });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Bytes in memory; what several of them share counts for each. */
export function residentBytes(processes: readonly ProcessStat[]): number {
  return sum(processes.map(({ residentPages }) => residentPages)) * pageSize();
}

/** Processes and their threads. */
export function taskCount(processes: readonly ProcessStat[]): number {
  return sum(processes.map(({ threads }) => threads));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

let pageBytes: number | undefined;

/** Bytes of a page of memory. */
function pageSize(): number {
  pageBytes ??=
    Number(/^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1] ?? '4') * 1024;
  return pageBytes;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}
