// 120 MB of files from this machine as an image: pull from a registry on loopback, load, save, import; and the engine's memory.

import { lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from '../helpers/run.ts';
import { startRegistry } from '../helpers/registry.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { startDockerd, startOurs, type Engine } from './engines.ts';
import { interleave, repetitions, report, title, type Subject } from './harness.ts';
import { collectFiles, peakMiB, transfer, writeArchive } from './image-files.ts';

await using folder = await makeTempFolder();
async function archiveOf(files: readonly string[], times: number): Promise<string> {
  const path = join(folder.path, `rootfs-${times}.tar`);
  await writeArchive(path, files, times);
  return path;
}

const files = await collectFiles(120e6);
const rootfs = await archiveOf(files, 1);
const megabytes = (await lstat(rootfs)).size / 1e6;

await using registry = await startRegistry();
await using ours = await startOurs({ insecureRegistry: registry.address });
await using dockerd = await startDockerd({ insecureRegistry: registry.address });
const engines = dockerd === undefined ? [ours] : [ours, dockerd];
const idleMiB = peakMiB(ours);
const pulled = `${registry.address}/big/image`;

for (const engine of engines)
  await transfer(engine, 'POST', '/images/create?fromSrc=-&repo=big&tag=1', { from: rootfs });
const archive = join(folder.path, 'archive.tar');
const first = engines.at(-1) ?? ours;
await transfer(first, 'GET', '/images/big:1/get', { to: archive });
await runOk(
  'skopeo',
  [
    'copy',
    '--quiet',
    '--insecure-policy',
    '--dest-tls-verify=false',
    `docker-archive:${archive}`,
    `docker://${pulled}:1`,
  ],
  {
    timeoutMs: 300_000,
  },
);

const remove = (engine: Engine, name: string) => async (): Promise<unknown> =>
  engine.call('DELETE', `/images/${name}?force=1`).catch(() => undefined);
for (const engine of engines) await remove(engine, 'big:1')();

const steps: readonly { readonly what: string; subject: (engine: Engine) => Omit<Subject, 'name' | 'cpuMs'> }[] = [
  {
    what: 'import',
    subject: (engine) => ({
      run: async () => transfer(engine, 'POST', '/images/create?fromSrc=-&repo=big&tag=1', { from: rootfs }),
      tidy: remove(engine, 'big:1'),
    }),
  },
  {
    what: 'pull',
    subject: (engine) => ({
      run: async () => transfer(engine, 'POST', `/images/create?fromImage=${encodeURIComponent(pulled)}&tag=1`, {}),
      tidy: remove(engine, `${pulled}:1`),
    }),
  },
  {
    what: 'load',
    subject: (engine) => ({
      run: async () => transfer(engine, 'POST', '/images/load', { from: archive }),
      tidy: remove(engine, 'big:1'),
    }),
  },
];

title(`an image of ${megabytes.toFixed(0)} MB (medians)`);
async function compare(what: string, subjects: Subject[]): Promise<void> {
  const medians = await interleave(subjects, repetitions(5));
  const own = medians.get('ours');
  const theirs = medians.get('dockerd') ?? { wallMs: Number.NaN, cpuMs: Number.NaN };
  if (own === undefined) return;
  const speed = (ms: number): number => megabytes / (ms / 1000);
  const rival = { rival: 'dockerd' };
  report({
    what,
    ours: speed(own.wallMs),
    theirs: speed(theirs.wallMs),
    unit: 'MB/s',
    ratio: 2.5,
    moreIsBetter: true,
    ...rival,
  });
  report({ what: '  CPU', ours: own.cpuMs, theirs: theirs.cpuMs, unit: 'ms', ...rival });
}

const named = (engine: Engine, rest: Omit<Subject, 'name' | 'cpuMs'>): Subject => ({
  name: engine.name,
  cpuMs: () => engine.cpu.usedMs(),
  ...rest,
});
for (const { what, subject } of steps)
  await compare(
    what,
    engines.map((engine) => named(engine, subject(engine))),
  );
for (const engine of engines) await transfer(engine, 'POST', '/images/load', { from: archive });
const saved = join(folder.path, 'saved.tar');
await compare(
  'save',
  engines.map((engine) =>
    named(engine, {
      run: async () => transfer(engine, 'GET', '/images/big:1/get', { to: saved }),
      tidy: async () => rm(saved),
    }),
  ),
);
report({ what: 'growth of memory over all of this', ours: peakMiB(ours) - idleMiB, unit: 'MiB', limit: 100 });

/** Memory at most while one archive is imported. */
async function peakOfImport(from: string): Promise<number> {
  // A new peak begins.
  await writeFile(`/proc/${ours.pid}/clear_refs`, '5');
  await transfer(ours, 'POST', '/images/create?fromSrc=-&repo=peak&tag=1', { from });
  const peak = peakMiB(ours);
  await remove(ours, 'peak:1')();
  return peak;
}
const small = await peakOfImport(rootfs);
report({
  what: 'peak of memory, import of five times as much',
  ours: await peakOfImport(await archiveOf(files, 5)),
  theirs: small,
  unit: 'MiB',
  rival: 'of once',
});
await dockerd?.[Symbol.asyncDispose]();
await ours[Symbol.asyncDispose]();
await registry[Symbol.asyncDispose]();
await folder[Symbol.asyncDispose]();
process.exit();
