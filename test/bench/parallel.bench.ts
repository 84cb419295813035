// Fifty containers on the bridge started eight at once and removed again, while another client pings.

import { setTimeout as sleep } from 'node:timers/promises';
import { image, startAll, type Engine } from './engines.ts';
import { quantile, repetitions, report, title } from './harness.ts';

const count = repetitions(50);

async function eightAtOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const queue = [...items];
  const before = performance.now();
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return performance.now() - before;
}

/** Pings every 5 ms until told to stop. @returns how long each answer took */
async function ping(engine: Engine, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const before = performance.now();
    await engine.call('GET', '/_ping');
    times.push(performance.now() - before);
    await sleep(5);
  }
  return times;
}

interface Figures {
  readonly startMs: number;
  readonly removeMs: number;
  readonly startCpuMs: number;
  readonly pingMs: number;
}

async function measure(engine: Engine): Promise<Figures> {
  const stop = new AbortController();
  const pings = ping(engine, stop.signal);
  const ids: string[] = [];
  const cpuBefore = engine.cpu.usedMs();
  const startMs = await eightAtOnce(
    Array.from({ length: count }, (_, index) => index),
    async () => {
      const body = { Image: image, Cmd: ['sleep', '6000'] };
      const { Id } = JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string };
      await engine.call('POST', `/containers/${Id}/start`);
      ids.push(Id);
    },
  );
  const startCpuMs = engine.cpu.usedMs() - cpuBefore;
  const removeMs = await eightAtOnce(ids, async (id) => engine.call('DELETE', `/containers/${id}?force=1`));
  stop.abort();
  return { startMs, removeMs, startCpuMs, pingMs: quantile(await pings, 0.99) };
}

const { all, stack } = await startAll();
await using engines = stack;
title(`${count} containers on the bridge, eight at once`);
const figures = new Map<string, Figures>();
for (const engine of all) figures.set(engine.name, await measure(engine));
const ours = figures.get('ours');
const ratios: Readonly<Record<string, number>> = { dockerd: 0.12, podman: 0.3 };
if (ours !== undefined) {
  for (const [rival, theirs] of figures) {
    if (rival === 'ours') continue;
    const ratio = ratios[rival];
    const target = ratio === undefined ? {} : { ratio };
    report({ what: 'start of all', ours: ours.startMs, theirs: theirs.startMs, unit: 'ms', rival, ...target });
    report({ what: '  CPU', ours: ours.startCpuMs, theirs: theirs.startCpuMs, unit: 'ms', rival });
    report({ what: 'removal of all', ours: ours.removeMs, theirs: theirs.removeMs, unit: 'ms', rival, ...target });
  }
  report({ what: 'p99 of _ping meanwhile', ours: ours.pingMs, unit: 'ms', limit: 100 });
}
await engines.disposeAsync();
process.exit();
