// An image of 120 MB in six layers, ours against dockerd and Podman: pulled whole and where all layers but one are there, pushed,
// loaded, saved; what of it the machine itself bounds; and the daemon's memory over all of it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Registry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { type Descriptor, descriptor, ociManifest } from '../registry-server/in-process.ts';
import { type Engine, startDockerd, startOurs, startPodman } from './engines.ts';
import { interleave, repetitions, report, type Sample, type Subject, title } from './harness.ts';
import { collectFiles, peakMiB, transfer, writeArchive } from './image-files.ts';

const layerCount = 6;
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

await using stack = new AsyncDisposableStack();
const folder = stack.use(await makeTempFolder());

interface MadeLayer {
  readonly tar: string;
  readonly packed: string;
  readonly size: number;
  readonly diffId: string;
  readonly descriptor: Descriptor;
}

async function makeLayer(name: string, files: readonly string[]): Promise<MadeLayer> {
  const tar = join(folder.path, `${name}.tar`);
  await writeArchive(tar, files);
  const plain = readFileSync(tar);
  const bytes = gzipSync(plain);
  await writeFile(`${tar}.gz`, bytes);
  const made = descriptor('application/vnd.oci.image.layer.v1.tar+gzip', bytes);
  return { tar, packed: `${tar}.gz`, size: plain.length, diffId: sha256(plain), descriptor: made };
}

/** An image in a folder of skopeo's. @returns its path */
async function makeImage(name: string, layers: readonly MadeLayer[]): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path);
  const diffIds = layers.map(({ diffId }) => diffId);
  const about = { os: 'linux', architecture: 'amd64', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } };
  const configBytes = Buffer.from(JSON.stringify(about));
  const config = descriptor('application/vnd.oci.image.config.v1+json', configBytes);
  const hexOf = (digest: string) => digest.slice('sha256:'.length);
  await writeFile(join(path, hexOf(config.digest)), configBytes);
  for (const layer of layers) {
    await writeFile(join(path, hexOf(layer.descriptor.digest)), readFileSync(layer.packed));
  }
  await writeFile(join(path, 'version'), 'Directory Transport Version: 1.1\n');
  const parts = layers.map((layer) => layer.descriptor);
  const manifest = { schemaVersion: 2, mediaType: ociManifest, config, layers: parts };
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
  return path;
}

/** One more than an image has: the last two are what two images differ in. */
const made = layerCount + 1;
const files = await collectFiles((120e6 * made) / layerCount);
const layers = await Promise.all(
  Array.from({ length: made }, (_, at) =>
    makeLayer(
      `layer-${at}`,
      files.filter((_file, index) => index % made === at),
    ),
  ),
);
const first = layers.slice(0, layerCount);
const megabytes = first.reduce((sum, { size }) => sum + size, 0) / 1e6;
const topMegabytes = (layers.at(-1)?.size ?? 0) / 1e6;

const registry = stack.use(await startRegistry());
const copyFlags = ['copy', '--quiet', '--insecure-policy', '--preserve-digests', '--dest-tls-verify=false'];
const copy = (path: string, name: string) =>
  runOk('skopeo', [...copyFlags, `dir:${path}`, `docker://${registry.address}/${name}`]);
await copy(await makeImage('whole', first), 'six/layers:1');
await copy(await makeImage('other-top', [...layers.slice(0, layerCount - 1), ...layers.slice(-1)]), 'six/layers:2');
const name = `${registry.address}/six/layers`;

const engines: Engine[] = [];
for (const start of [startOurs, startDockerd, startPodman]) {
  const engine: Engine | undefined = await start({ insecureRegistry: '127.0.0.1' });
  if (engine !== undefined) engines.push(stack.use(engine));
}
const [ours] = engines;
if (ours === undefined) throw new Error('no engine of ours');
const count = repetitions(5);

const pull = (engine: Engine, tag: string) =>
  transfer(engine, 'POST', `/images/create?fromImage=${encodeURIComponent(name)}&tag=${tag}`);
const remove = (engine: Engine, image: string) => engine.call('DELETE', `/images/${image}?force=1`);

/** One row for each rival. @param ratios wanted of each, by its name */
function tell(
  what: string,
  size: number,
  medians: Map<string, Sample>,
  ratios: Readonly<Record<string, number>>,
): void {
  const own = medians.get('ours');
  const speed = ({ wallMs }: Sample) => size / (wallMs / 1000);
  for (const [rival, theirs] of medians) {
    if (own === undefined || rival === 'ours') continue;
    const ratio = ratios[rival];
    report({
      what,
      rival,
      ours: speed(own),
      theirs: speed(theirs),
      unit: 'MB/s',
      moreIsBetter: true,
      ...(ratio === undefined ? {} : { ratio }),
    });
    report({ what: '  CPU', rival, ours: own.cpuMs, theirs: theirs.cpuMs, unit: 'ms' });
  }
}

async function compare(
  what: string,
  size: number,
  ratios: Readonly<Record<string, number>>,
  subject: (engine: Engine) => Pick<Subject, 'run' | 'tidy'>,
): Promise<void> {
  const named = engines.map((engine) => ({ name: engine.name, cpuMs: () => engine.cpu.usedMs(), ...subject(engine) }));
  tell(what, size, await interleave(named, count), ratios);
}

/** To a registry that has nothing of it, since one that has it is sent nothing. */
class Pushes {
  readonly #engine: Engine;
  #target: Registry | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get #name(): string {
    return `${this.#target?.address}/six/layers`;
  }

  async prepare(): Promise<void> {
    this.#target = await startRegistry();
    await this.#engine.call('POST', `/images/${name}:1/tag?repo=${encodeURIComponent(this.#name)}&tag=1`);
  }

  async push(): Promise<void> {
    await transfer(this.#engine, 'POST', `/images/${this.#name}/push?tag=1`);
  }

  async end(): Promise<void> {
    await remove(this.#engine, `${this.#name}:1`);
    await this.#target?.[Symbol.asyncDispose]();
  }
}

title(`an image of ${megabytes.toFixed(0)} MB in ${layerCount} layers (medians)`);
await compare('pull', megabytes, { dockerd: 2.5, podman: 1.5 }, (engine) => ({
  run: () => pull(engine, '1'),
  tidy: () => remove(engine, `${name}:1`),
}));
for (const engine of engines) await pull(engine, '1');
const fetched = (await pull(ours, '2')).match(/"Pull complete"/g)?.length ?? 0;
await remove(ours, `${name}:2`);
await compare('pull, all layers but one are there', topMegabytes, { dockerd: 2.5, podman: 1.5 }, (engine) => ({
  run: () => pull(engine, '2'),
  tidy: () => remove(engine, `${name}:2`),
}));
report({ what: '  layers fetched for it', ours: fetched, unit: '', limit: 1 });

async function comparePushes(what: string): Promise<void> {
  const pushes = new Map(engines.map((engine) => [engine, new Pushes(engine)]));
  for (const each of pushes.values()) await each.prepare();
  await compare(what, megabytes, { dockerd: 2.5, podman: 1.5 }, (engine) => {
    const each = pushes.get(engine);
    return {
      run: async () => each?.push(),
      async tidy() {
        await each?.end();
        await each?.prepare();
      },
    };
  });
  for (const each of pushes.values()) await each.end();
}
await comparePushes('push');

const saved = (engine: Engine) => join(folder.path, `saved-${engine.name}.tar`);
const save = (engine: Engine, to: string) =>
  transfer(engine, 'GET', `/images/get?names=${encodeURIComponent(`${name}:1`)}`, { to });
await compare('save', megabytes, { dockerd: 2.5 }, (engine) => ({
  run: () => save(engine, saved(engine)),
  tidy: () => rm(saved(engine)),
}));
// Of one engine, so that all load the same.
const archive = join(folder.path, 'archive.tar');
await save(engines[1] ?? ours, archive);
for (const engine of engines) await remove(engine, `${name}:1`);
await compare('load', megabytes, { dockerd: 2.5 }, (engine) => ({
  run: () => transfer(engine, 'POST', '/images/load', { from: archive }),
  tidy: () => remove(engine, `${name}:1`),
}));
// Its layers are plain, as those of an image that was built here.
for (const engine of engines) await transfer(engine, 'POST', '/images/load', { from: archive });
await comparePushes('push of what is not packed');
report({ what: 'memory at most, over all of this', ours: peakMiB(ours), unit: 'MiB', limit: 200 });

/** What the machine takes for parts of it, in processes of its own tools. */
const tools: readonly (readonly [what: string, command: string])[] = [
  ['gzip -dc of the layers', `gzip -dc ${first.map(({ packed }) => packed).join(' ')} >/dev/null`],
  ['sha256sum of the plain layers', `sha256sum ${first.map(({ tar }) => tar).join(' ')}`],
  [
    'tar -x of the plain layers',
    `mkdir -p "$0/out"; for tar in ${first.map(({ tar }) => tar).join(' ')}; do tar -xf $tar -C "$0/out"; done`,
  ],
  ['dd and fsync of the plain layers', `cat ${first.map(({ tar }) => tar).join(' ')} | dd of="$0/dd" bs=1M conv=fsync`],
];
title('of this, the parts alone');
const alone = await interleave(
  tools.map(([what, command]) => ({
    name: what,
    run: () => runOk('sh', ['-c', command, folder.path], { timeoutMs: 300_000 }),
    tidy: () => rm(join(folder.path, 'out'), { recursive: true, force: true }),
  })),
  count,
);
for (const [what, { wallMs }] of alone) report({ what, ours: megabytes / (wallMs / 1000), unit: 'MB/s' });
await stack.disposeAsync();
process.exit();
