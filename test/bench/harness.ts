// Measuring side by side: subjects take turns in one run, so that a noisy machine is noisy for all of them; medians; wall time
// and the CPU time of their control groups. Prints our figure, the rival's, the ratio and what we want it to be.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Subject {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** CPU milliseconds that it has used so far. */
  readonly cpuMs?: () => number;
  /** After each run; its wall time is not measured. */
  readonly tidy?: () => Promise<unknown>;
}

/** How often each subject is measured: BENCH_N when given. */
export function repetitions(usual: number): number {
  return Number(process.env['BENCH_N'] ?? usual);
}

/** Runs in one go, so that an engine bears the rest of its own last one and nobody else's. */
const block = 10;

/** Runs the subjects in turn, a block each, `count` times in all after a block to warm up. @returns the medians */
export async function interleave(subjects: readonly Subject[], count: number): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]));
  const blocks = Math.ceil(count / block);
  for (let round = -1; round < blocks; round++) {
    for (const subject of subjects) {
      const measured = await runBlock(subject, Math.min(block, count));
      if (round >= 0) samples.get(subject.name)?.push(...measured);
    }
  }
  return new Map(
    [...samples].map(([name, all]) => [
      name,
      { wallMs: median(all.map(({ wallMs }) => wallMs)), cpuMs: median(all.map(({ cpuMs }) => cpuMs)) },
    ]),
  );
}

async function runBlock({ run, cpuMs, tidy }: Subject, count: number): Promise<Sample[]> {
  const walls: number[] = [];
  const cpuBefore = cpuMs?.() ?? 0;
  for (let i = 0; i < count; i++) {
    const before = performance.now();
    await run();
    walls.push(performance.now() - before);
    await tidy?.();
  }
  await settle(cpuMs);
  const cpu = ((cpuMs?.() ?? 0) - cpuBefore) / count;
  return walls.map((wallMs) => ({ wallMs, cpuMs: cpu }));
}

/** What an engine still does after its answers counts as its own CPU time, and does not slow down whoever is next. */
async function settle(cpuMs: Subject['cpuMs']): Promise<void> {
  for (let round = 0, before = cpuMs?.() ?? 0; round < 20; round++) {
    await sleep(40);
    const now = cpuMs?.() ?? 0;
    if (now - before < 0.5) return;
    before = now;
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param at 0 to 1 */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export function title(text: string): void {
  console.log(`\n${text}`);
}

export interface Comparison {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  readonly rival?: string;
  readonly theirs?: number;
  /** What ours / theirs should be at most, or at least when more is better. */
  readonly ratio?: number;
  /** What our figure should be at most, without a rival. */
  readonly limit?: number;
  readonly moreIsBetter?: boolean;
}

/** One line: ours, the rival's, ratio, target, and whether it is met. */
export function report(row: Comparison): void {
  const sign = row.moreIsBetter === true ? '>=' : '<=';
  const holds = (value: number, target: number): string => {
    const isMet = row.moreIsBetter === true ? value >= target : value <= target;
    return `${sign} ${target}  ${isMet ? 'met' : 'MISSED'}`;
  };
  const parts = [row.what.padEnd(44), `${figure(row.ours)} ${row.unit}`.padStart(14)];
  if (row.theirs !== undefined) {
    const ratio = row.ours / row.theirs;
    parts.push(`${row.rival ?? ''} ${figure(row.theirs)}`.padStart(20), `x ${figure(ratio)}`.padStart(9));
    if (row.ratio !== undefined) parts.push(holds(ratio, row.ratio));
  }
  if (row.limit !== undefined) parts.push(holds(row.ours, row.limit));
  console.log(`  ${parts.join('  ')}`);
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A control group whose CPU time is counted, with all that is started in it. */
export interface CpuGroup extends Disposable {
  /** Moves a process into it; its children follow. */
  add(pid: number): void;
  usedMs(): number;
}

const cpuacct = '/sys/fs/cgroup/cpuacct';

/** @param extra other groups (absolute, as in cgroupsPath) whose time counts as well, such as those of an engine's containers */
export function cpuGroup(name: string, extra: readonly string[] = []): CpuGroup {
  const isV1 = existsSync(join(cpuacct, 'cpuacct.usage'));
  const base = isV1 ? cpuacct : '/sys/fs/cgroup';
  const folder = join(base, `bench-${process.pid}-${name}`);
  const groups = [folder, ...extra.map((path) => join(base, path))];
  // Made beforehand, so that the time of what ran and went below them stays counted.
  for (const group of groups) mkdirSync(group, { recursive: true });
  return {
    add(pid) {
      try {
        writeFileSync(join(folder, 'cgroup.procs'), String(pid));
      } catch (error) {
        // ESRCH: it has ended meanwhile, as a runtime asked for its version does.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    usedMs: () => groups.reduce((sum, group) => sum + usedMs(group, isV1), 0),
    [Symbol.dispose]() {
      try {
        rmdirSync(folder);
      } catch {
        // A process of a rival is still in it; the folder goes with the machine.
      }
    },
  };
}

function usedMs(group: string, isV1: boolean): number {
  if (!existsSync(group)) return 0;
  if (isV1) return Number(readFileSync(join(group, 'cpuacct.usage'), 'utf8')) / 1e6;
  return Number(/usage_usec (\d+)/.exec(readFileSync(join(group, 'cpu.stat'), 'utf8'))?.[1] ?? 0) / 1e3;
}

/** Proportional set size of a process in MiB. */
export function pssMiB(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** CPU milliseconds of living processes, as their kernel counts them in ticks of 10 ms. */
export function processCpuMs(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    // The name in parentheses may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}
