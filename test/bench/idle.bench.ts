// An engine with nothing to do: time to its first answer, memory, CPU; and what each running container adds.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { nodeBinary } from '../helpers/paths.ts';
import { descendants, image, startDockerd, startOurs, importBusybox, type Engine } from './engines.ts';
import { median, processCpuMs, pssMiB, repetitions, report, title } from './harness.ts';

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** Memory of the engine's own processes; containers and what holds them are left out. */
function engineMemory(engine: Engine): number {
  const own = descendants(engine.pid).filter((pid) => !/shim|sleep/.test(commandOf(pid)));
  return own.reduce((sum, pid) => sum + pssMiB(pid), 0);
}

/** The memory of the processes that hold containers, told by their name. */
function shimMemory(): number {
  const { stdout } = spawnSync('pgrep', ['shim'], { encoding: 'utf8' });
  const pids = stdout.split('\n').filter(Boolean).map(Number);
  return pids.reduce((sum, pid) => sum + pssMiB(pid), 0);
}

async function bareNode(): Promise<number> {
  const script = "require('node:http').createServer(() => {}).listen(0, () => console.log('x'))";
  const child = spawn(nodeBinary, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const memory = pssMiB(child.pid ?? 0);
  child.kill();
  return memory;
}

async function perContainer(engine: Engine, count: number): Promise<number> {
  const before = engineMemory(engine) + shimMemory();
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const body = { Image: image, Cmd: ['sleep', '6000'], HostConfig: { NetworkMode: 'none' } };
    const { Id } = JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string };
    await engine.call('POST', `/containers/${Id}/start`);
    ids.push(Id);
  }
  const each = (engineMemory(engine) + shimMemory() - before) / count;
  for (const id of ids) await engine.call('DELETE', `/containers/${id}?force=1`);
  return each;
}

interface Figures {
  readonly firstPingMs: number;
  readonly memory: number;
  readonly idleCpuMs: number;
  readonly each: number;
}

async function measure(start: () => Promise<Engine | undefined>): Promise<Figures | undefined> {
  const pings: number[] = [];
  for (let round = 0; round < repetitions(5); round++) {
    await using engine = await start();
    if (engine === undefined) return undefined;
    pings.push(engine.firstPingMs);
  }
  await using engine = await start();
  if (engine === undefined) return undefined;
  await importBusybox(engine);
  await sleep(2000);
  const cpuBefore = processCpuMs(descendants(engine.pid));
  await sleep(10_000);
  const idleCpuMs = processCpuMs(descendants(engine.pid)) - cpuBefore;
  const memory = engineMemory(engine);
  const each = await perContainer(engine, 20);
  await engine[Symbol.asyncDispose]();
  return { firstPingMs: median(pings), memory, idleCpuMs, each };
}

title('an idle engine');
const ours = await measure(startOurs);
const dockerd = await measure(startDockerd);
if (ours !== undefined) {
  const rival = 'dockerd';
  const theirs = dockerd ?? { firstPingMs: Number.NaN, memory: Number.NaN, idleCpuMs: Number.NaN, each: Number.NaN };
  report({ what: 'first answer', ours: ours.firstPingMs, theirs: theirs.firstPingMs, unit: 'ms', rival, ratio: 0.25 });
  report({ what: 'memory (PSS)', ours: ours.memory, theirs: theirs.memory, unit: 'MiB', rival, limit: 80 });
  report({ what: 'memory (PSS)', ours: ours.memory, theirs: await bareNode(), unit: 'MiB', rival: 'bare Node' });
  report({ what: 'CPU in ten idle seconds', ours: ours.idleCpuMs, theirs: theirs.idleCpuMs, unit: 'ms', rival });
  report({
    what: 'memory per running container',
    ours: ours.each,
    theirs: theirs.each,
    unit: 'MiB',
    rival,
    limit: 0.4,
  });
}
process.exit();
