// `coracle copy` against skopeo: the same 120 MB image of six layers between the same registry, layouts and archives, in turns; wall time, and CPU
// time of the program itself.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { LayoutWriter } from '../transfer/lab.ts';
import { interleave, repetitions, report, title, type Subject } from './harness.ts';

const layers = 6;
const layerBytes = 20_000_000;

await using folder = await makeTempFolder();
const at = (name: string) => join(folder.path, name);

const address = `127.0.0.1:${await freePort()}`;
const config = {
  version: '0.1',
  log: { level: 'error' },
  storage: { filesystem: { rootdirectory: at('registry') }, delete: { enabled: true } },
  http: { addr: address },
};
await writeFile(at('registry.yml'), JSON.stringify(config));
const registry = spawn('docker-registry', ['serve', at('registry.yml')], { stdio: 'ignore' });
const ended = once(registry, 'exit');
await until('the registry answers', async () => (await fetch(`http://${address}/v2/`)).status === 200);

/** Of bytes that cannot be compressed: what is measured is the way. */
const writer = new LayoutWriter(at('image'));
await writer.name(
  await writer.image(
    'amd64',
    Array.from({ length: layers }, () => layerBytes),
  ),
  'x',
);
const small = new LayoutWriter(at('small'));
await small.name(await small.image('amd64', [1000]), 'x');

const skopeoFlags = ['copy', '--quiet', '--insecure-policy', '--preserve-digests'];
const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
interface Tool {
  readonly name: string;
  readonly copy: (from: string, to: string, preserve?: boolean) => Promise<unknown>;
}
/** CPU time of what was started, by the shell's own count. */
const used = new Map<string, number>();
async function counted(name: string, command: readonly string[]): Promise<void> {
  const { stderr } = await runOk('/usr/bin/time', ['-f', 'cpu %U %S', ...command], { timeoutMs: 600_000 });
  const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  used.set(name, (used.get(name) ?? 0) + (Number(user) + Number(system)) * 1000);
}
const ours: Tool = { name: 'ours', copy: (from, to) => counted('ours', [coracleBinary, 'copy', from, to]) };
const theirs: Tool = {
  name: 'skopeo',
  copy: (from, to, preserve = true) =>
    counted('skopeo', ['skopeo', ...skopeoFlags.slice(0, preserve ? undefined : -1), ...plain, from, to]),
};

const inRegistry = `docker://${address}/bench/image:1`;
await ours.copy(`oci:${at('image')}:x`, inRegistry);
await ours.copy(`oci:${at('small')}:x`, `docker://${address}/bench/small:1`);

interface Way {
  readonly what: string;
  readonly from: string;
  /** @param count another for each run */
  readonly to: (tool: string, count: number) => string;
  /** Docker's archives have other documents than those that were copied. */
  readonly changes?: boolean;
}

async function compare({ what, from, to, changes = false }: Way, count: number): Promise<void> {
  const subjects = [ours, theirs].map((tool): Subject => {
    let turn = 0;
    return {
      name: tool.name,
      cpuMs: () => used.get(tool.name) ?? 0,
      run: () => tool.copy(from, to(tool.name, turn), !changes),
      async tidy() {
        for (const name of ['layout', 'archive.tar'])
          await rm(at(`${tool.name}-${name}`), { recursive: true, force: true });
        // What is pushed is not there the next time.
        for (const name of ['pushed', 'docker']) {
          await rm(at(`registry/docker/registry/v2/repositories/${name}`), { recursive: true, force: true });
        }
        turn += 1;
      },
    };
  });
  const medians = await interleave(subjects, count);
  const [own, other] = ['ours', 'skopeo'].map((name) => medians.get(name));
  if (own === undefined || other === undefined) throw new Error('nothing was measured');
  report({ what, ours: own.wallMs, theirs: other.wallMs, rival: 'skopeo', unit: 'ms', ratio: 1 });
  report({ what: '  CPU', ours: own.cpuMs, theirs: other.cpuMs, rival: 'skopeo', unit: 'ms' });
}

title(`copy: an image of ${(layers * layerBytes) / 1e6} MB in ${layers} layers (medians of wall time)`);
const count = repetitions(5);
await compare({ what: 'registry to layout', from: inRegistry, to: (tool) => `oci:${at(`${tool}-layout`)}:x` }, count);
await compare(
  {
    what: 'layout to registry',
    from: `oci:${at('image')}:x`,
    to: (_tool, turn) => `docker://${address}/pushed/${turn}:1`,
  },
  count,
);
// By another name of the registry: to its own, blobs would not be copied at all.
const other = address.replace('127.0.0.1', 'localhost');
await compare(
  { what: 'registry to registry', from: inRegistry, to: (_tool, turn) => `docker://${other}/pushed/${turn}:1` },
  count,
);
await compare(
  { what: 'registry to oci-archive', from: inRegistry, to: (tool) => `oci-archive:${at(`${tool}-archive.tar`)}:x` },
  count,
);
await compare(
  { what: 'layout to layout', from: `oci:${at('image')}:x`, to: (tool) => `oci:${at(`${tool}-layout`)}:x` },
  count,
);
await compare(
  {
    what: 'small image, registry to layout',
    from: `docker://${address}/bench/small:1`,
    to: (tool) => `oci:${at(`${tool}-layout`)}:x`,
  },
  count,
);

/** An image in layers that are not packed, as podman and dockers of old save them; half of it can be compressed away. */
async function dockerArchive(): Promise<string> {
  const names = Array.from({ length: layers }, (_, index) => `${index}.tar`);
  const layer = (name: string) =>
    `mkdir files; head -c 7000000 /dev/urandom | od -x >files/file; tar cf ${name} -C files .; rm -r files`;
  const script = ['set -e', `mkdir ${at('packing')}`, `cd ${at('packing')}`, ...names.map(layer), 'sha256sum *.tar'];
  const { stdout } = await runOk('sh', ['-c', script.join('\n')]);
  const diffIds = stdout
    .trim()
    .split('\n')
    .map((line) => `sha256:${line.split(' ')[0] ?? ''}`);
  const about = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } };
  await writeFile(at('packing/config.json'), JSON.stringify(about));
  const entry = { Config: 'config.json', RepoTags: ['text:1'], Layers: names };
  await writeFile(at('packing/manifest.json'), JSON.stringify([entry]));
  await runOk('tar', ['cf', at('text.tar'), '-C', at('packing'), 'config.json', 'manifest.json', ...names]);
  return `docker-archive:${at('text.tar')}:text:1`;
}

await compare(
  {
    what: 'registry to docker-archive',
    from: inRegistry,
    to: (tool) => `docker-archive:${at(`${tool}-archive.tar`)}:x:1`,
    changes: true,
  },
  count,
);
const archive = await dockerArchive();
await compare(
  {
    what: 'docker-archive to registry (skopeo packs)',
    from: archive,
    to: (_tool, turn) => `docker://${address}/docker/${turn}:1`,
    changes: true,
  },
  Math.min(count, 3),
);

registry.kill('SIGTERM');
await ended;
