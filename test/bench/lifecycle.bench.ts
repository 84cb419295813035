// The whole life of a container through the API: create, start, wait, delete of `busybox true` with the default seccomp
// profile, against dockerd, the Podman service and a bare `crun run` of a bundle that is ready.

import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { busyboxRootfs } from '../helpers/busybox-image.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { bareCrun } from './bare-crun.ts';
import { image, startAll, type Engine } from './engines.ts';
import { interleave, repetitions, report, title, type Sample, type Subject } from './harness.ts';

async function life(engine: Engine, networkMode: string): Promise<void> {
  const body = { Image: image, Cmd: ['true'], HostConfig: { NetworkMode: networkMode } };
  const { Id } = JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string };
  await engine.call('POST', `/containers/${Id}/start`);
  await engine.call('POST', `/containers/${Id}/wait`);
  await engine.call('DELETE', `/containers/${Id}`);
}

/** `crun run` of the configuration that our engine itself gave to crun, without engine. */
async function crunOf(ours: Engine, folder: string): Promise<Subject & AsyncDisposable> {
  const rootfs = join(folder, 'rootfs');
  await mkdir(rootfs);
  await writeFile(join(folder, 'rootfs.tar'), await busyboxRootfs());
  await runOk('tar', ['-xf', join(folder, 'rootfs.tar'), '-C', rootfs]);
  const body = { Image: image, Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none' } };
  const { Id } = JSON.parse(await ours.call('POST', '/containers/create', body)) as { Id: string };
  await ours.call('POST', `/containers/${Id}/start`);
  const config = JSON.parse(await readFile(await bundleConfig(ours, Id), 'utf8')) as {
    process: { args: string[]; terminal?: boolean };
    root: { path: string };
    mounts: { source?: string }[];
    linux: { cgroupsPath: string; namespaces: { type: string; path?: string }[] };
  };
  await ours.call('DELETE', `/containers/${Id}?force=1`);
  config.process.args = ['true'];
  config.root.path = rootfs;
  config.mounts = config.mounts.filter(({ source }) => source?.startsWith('/') !== true);
  config.linux.cgroupsPath = '/bench-crun/one';
  config.linux.namespaces = config.linux.namespaces.map(({ type }) => ({ type }));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return bareCrun(folder, 'bench-crun');
}

/** Where our engine keeps the bundle of a running container. */
async function bundleConfig(ours: Engine, id: string): Promise<string> {
  const onTmpfs = readdirSync('/run').filter((name) => name.startsWith('cor-'));
  const roots = [join(dirname(ours.host.replace('unix://', '')), 'run'), ...onTmpfs.map((name) => join('/run', name))];
  for (const root of roots) {
    const config = join(root, 'c', id.slice(0, 16), 'config.json');
    if (existsSync(config)) return config;
  }
  throw new Error(`no bundle of ${id} on ${ours.host}`);
}

const { all, stack } = await startAll();
await using _engines = stack;
const [ours] = all;
if (ours === undefined) throw new Error('our engine did not start');
await using folder = await makeTempFolder();
await using crun = await crunOf(ours, folder.path);
const targets: Readonly<Record<string, number>> = { dockerd: 0.1, podman: 0.2 };

/** Lives before the second look at ours alone: by then V8 has compiled most of what a life needs. */
const warming = 200;

const subject = (engine: Engine, mode: string): Subject => ({
  name: engine.name,
  run: () => life(engine, mode),
  cpuMs: () => engine.cpu.usedMs(),
});

function compare(medians: ReadonlyMap<string, Sample>): void {
  const own = medians.get('ours');
  for (const [name, theirs] of medians) {
    if (own === undefined || name === 'ours') continue;
    const ratio = targets[name];
    const rival = { rival: name, ...(ratio === undefined ? {} : { ratio }) };
    report({ what: 'wall time', ours: own.wallMs, theirs: theirs.wallMs, unit: 'ms', ...rival });
    report({
      what: 'CPU time',
      ours: own.cpuMs,
      theirs: theirs.cpuMs,
      unit: 'ms',
      ...rival,
      ...(name === crun.name ? { ratio: 2 } : {}),
    });
  }
}

for (const mode of ['none', 'bridge']) {
  title(`create + start + wait + delete of busybox true, network ${mode} (medians)`);
  compare(await interleave([...all.map((engine) => subject(engine, mode)), crun], repetitions(30)));
}
for (let i = 0; i < warming; i++) await life(ours, 'bridge');
for (const mode of ['none', 'bridge']) {
  title(`the same of an engine that has had ${warming} lives more, network ${mode} (medians)`);
  compare(await interleave([subject(ours, mode), crun], repetitions(30)));
}
