// The whole life of a container of WebAssembly through the API, beside one of Linux in the same engine and a bare `crun run`; and many at
// once.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxRootfs } from '../helpers/busybox-image.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { bareCrun } from './bare-crun.ts';
import { image, importBusybox, startOurs, type Engine } from './engines.ts';
import { interleave, pssMiB, repetitions, report, title } from './harness.ts';

const light = 'coracle/wasi:latest';
const crowd = Number(process.env['BENCH_CROWD'] ?? 100);

async function make(engine: Engine, of: string, command: readonly string[], runtime = ''): Promise<string> {
  const body = { Image: of, Cmd: command, HostConfig: { NetworkMode: 'none', Runtime: runtime } };
  return (JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string }).Id;
}

async function life(engine: Engine, of: string): Promise<void> {
  const id = await make(engine, of, ['true']);
  await engine.call('POST', `/containers/${id}/start`);
  await engine.call('POST', `/containers/${id}/wait`);
  await engine.call('DELETE', `/containers/${id}`);
}

/** What a life's four requests take where nothing is done: less than that no engine of this kind can reach. */
async function fourRequests(engine: Engine): Promise<void> {
  for (let i = 0; i < 4; i++) await engine.call('GET', '/_ping');
}

/** Starts many that idle, all at once. @returns milliseconds until all run */
async function startCrowd(engine: Engine, of: string, runtime = ''): Promise<{ ms: number; ids: readonly string[] }> {
  const ids = await Promise.all(Array.from({ length: crowd }, () => make(engine, of, ['sleep', '600'], runtime)));
  const before = performance.now();
  await Promise.all(ids.map((id) => engine.call('POST', `/containers/${id}/start`)));
  return { ms: performance.now() - before, ids };
}

async function removeCrowd(engine: Engine, ids: readonly string[]): Promise<void> {
  for (const id of ids) await engine.call('DELETE', `/containers/${id}?force=1`);
}

/** A bundle with crun's own default configuration. */
async function bundle(folder: string): Promise<void> {
  const rootfs = join(folder, 'rootfs');
  await mkdir(rootfs);
  await writeFile(join(folder, 'rootfs.tar'), await busyboxRootfs());
  await runOk('tar', ['-xf', join(folder, 'rootfs.tar'), '-C', rootfs]);
  execFileSync('crun', ['spec'], { cwd: folder });
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { process: { terminal: boolean; args: string[] } };
  config.process.terminal = false;
  config.process.args = ['true'];
  writeFileSync(path, JSON.stringify(config));
}

await using engine = await startOurs();
await importBusybox(engine);
await engine.call('POST', '/images/create?fromImage=coracle/wasi&tag=latest');
await using folder = await makeTempFolder();
await bundle(folder.path);
await using crun = bareCrun(folder.path);

/** Lives before the second look: by then V8 has compiled most of what a life needs. */
const warming = 400;
for (const [lives, when] of [
  [0, 'a new engine'],
  [warming, `an engine that has had ${warming} lives`],
] as const) {
  for (let i = 0; i < lives; i++) await life(engine, light);
  title(`create + start + wait + delete through the API, ${when} (medians)`);
  const medians = await interleave(
    [
      { name: 'wasm', run: () => life(engine, light) },
      { name: 'linux', run: () => life(engine, image) },
      { name: 'four requests', run: () => fourRequests(engine) },
      crun,
    ],
    repetitions(30),
  );
  const ours = medians.get('wasm')?.wallMs ?? Number.NaN;
  for (const [rival, ratio] of [
    [crun.name, 0.2],
    ['linux', undefined],
    ['four requests', undefined],
  ] as const) {
    const theirs = medians.get(rival)?.wallMs ?? Number.NaN;
    report({ what: 'a life', ours, theirs, unit: 'ms', rival, ...(ratio === undefined ? {} : { ratio }) });
  }
}

title(`${crowd} started at once`);
const linux = await startCrowd(engine, image);
await removeCrowd(engine, linux.ids);
for (const runtime of ['wasm-light', 'wasm']) {
  const before = pssMiB(engine.pid);
  const wasm = await startCrowd(engine, light, runtime);
  report({
    what: `until all run, ${runtime}`,
    ours: wasm.ms,
    theirs: linux.ms,
    unit: 'ms',
    rival: 'linux',
    ratio: 0.1,
  });
  const each = (pssMiB(engine.pid) - before) / crowd;
  report({ what: `memory of 1,000 that idle, ${runtime}`, ours: each * 1000, unit: 'MiB', limit: 2048 });
  await removeCrowd(engine, wasm.ids);
}
