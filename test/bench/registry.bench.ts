// A registry of one's own against Debian's docker-registry: skopeo pushes and pulls the same 120 MB image of six layers at each in
// turn; and the memory of ours, which may not grow with what goes through it.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { descriptor, ociManifest } from '../registry-server/in-process.ts';
import { interleave, repetitions, report, title, type Subject } from './harness.ts';

const layers = 6;
const layerBytes = 20_000_000;
const megabytes = (layers * layerBytes) / 1e6;

await using folder = await makeTempFolder();

interface Running extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
}

async function started(name: string, command: readonly string[], address: string): Promise<Running> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore' });
  const exit = once(child, 'exit');
  await until(`${name} answers`, async () => (await fetch(`http://${address}/v2/`)).status === 200);
  return {
    name,
    address,
    pid: child.pid ?? -1,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

async function startOurs(): Promise<Running> {
  const address = `127.0.0.1:${await freePort()}`;
  const words = ['registry', 'serve', '--root', join(folder.path, 'ours'), '--listen', address, '--allow-delete'];
  return await started('ours', [coracleBinary, ...words], address);
}

async function startTheirs(): Promise<Running> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder.path, 'theirs') }, delete: { enabled: true } },
    http: { addr: address },
  };
  const path = join(folder.path, 'theirs.yml');
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config));
  return await started('docker-registry', ['docker-registry', 'serve', path], address);
}

/** An image in a folder of skopeo's, of bytes that cannot be compressed and that no registry has. @returns its path */
async function makeImage(name: string, size = layerBytes): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path);
  const put = async (bytes: Buffer, type: string) => {
    const made = descriptor(type, bytes);
    await writeFile(join(path, made.digest.slice('sha256:'.length)), bytes);
    return made;
  };
  const parts = [];
  for (let count = 0; count < layers; count++) {
    parts.push(await put(randomBytes(size), 'application/vnd.oci.image.layer.v1.tar+gzip'));
  }
  const diffIds = parts.map(({ digest }) => digest);
  const about = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } };
  const config = await put(Buffer.from(JSON.stringify(about)), 'application/vnd.oci.image.config.v1+json');
  await writeFile(join(path, 'version'), 'Directory Transport Version: 1.1\n');
  const manifest = { schemaVersion: 2, mediaType: ociManifest, config, layers: parts };
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
  return path;
}

const flags = ['copy', '--quiet', '--insecure-policy', '--preserve-digests'];
const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
const copy = (from: string, to: string) => runOk('skopeo', [...flags, ...plain, from, to], { timeoutMs: 600_000 });

/** CPU milliseconds of a process so far. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // User and system time, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory of a process in MiB: `VmRSS` now, `VmHWM` at most. */
function memoryMiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
}

await using ours = await startOurs();
await using theirs = await startTheirs();
const registries = [ours, theirs];
const idleMiB = memoryMiB(ours.pid, 'VmRSS');
const images = await Promise.all(Array.from({ length: 8 }, (_, at) => makeImage(`image-${at}`)));

/** Each time another image, so that every push sends all; those that were sent before are removed in between. */
function pusher(registry: Running): Subject {
  let count = 0;
  const name = () => `docker://${registry.address}/bench/app${count}:1`;
  return {
    name: registry.name,
    cpuMs: () => cpuMs(registry.pid),
    run: () => copy(`dir:${images[count % images.length] ?? ''}`, name()),
    async tidy() {
      if (count < images.length - 1) count += 1;
      else throw new Error('more pushes than images');
    },
  };
}

function puller(registry: Running): Subject {
  const target = join(folder.path, `pulled-${registry.name}`);
  return {
    name: registry.name,
    cpuMs: () => cpuMs(registry.pid),
    run: () => copy(`docker://${registry.address}/bench/app0:1`, `dir:${target}`),
    tidy: () => rm(target, { recursive: true }),
  };
}

async function compare(what: string, subject: (registry: Running) => Subject, count: number): Promise<void> {
  const medians = await interleave(registries.map(subject), count);
  const [own, other] = registries.map(({ name }) => medians.get(name));
  if (own === undefined || other === undefined) throw new Error('nothing was measured');
  const rival = { rival: theirs.name };
  const speed = (ms: number) => megabytes / (ms / 1000);
  report({
    ...rival,
    what,
    ours: speed(own.wallMs),
    theirs: speed(other.wallMs),
    unit: 'MB/s',
    ratio: 1,
    moreIsBetter: true,
  });
  report({ ...rival, what: '  CPU of the registry', ours: own.cpuMs, theirs: other.cpuMs, unit: 'ms' });
}

title(`registry: an image of ${megabytes} MB in ${layers} layers by skopeo (medians)`);
// One block to warm up and one that counts.
await compare('push', pusher, Math.min(repetitions(3), 3));
await compare('pull', puller, repetitions(10));
report({
  what: 'memory at most',
  ours: memoryMiB(ours.pid, 'VmHWM'),
  theirs: memoryMiB(theirs.pid, 'VmHWM'),
  rival: theirs.name,
  unit: 'MiB',
});
report({ what: '  when it had just started', ours: idleMiB, unit: 'MiB' });
const beforeMiB = memoryMiB(ours.pid, 'VmHWM');
const large = await makeImage('large', 5 * layerBytes);
await copy(`dir:${large}`, `docker://${ours.address}/bench/large:1`);
await copy(`docker://${ours.address}/bench/large:1`, `dir:${join(folder.path, 'pulled-large')}`);
report({
  what: '  more for an image of five times the size',
  ours: memoryMiB(ours.pid, 'VmHWM') - beforeMiB,
  unit: 'MiB',
  limit: 32,
});
