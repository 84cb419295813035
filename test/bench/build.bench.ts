// Builds as whole processes, each with its own client: `coracle build`, `docker build` on dockerd's classic builder, and
// `buildah build --layers`. A cached one with many files, an uncached chain of commands, and stages that do not need each other.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary, findDockerCli } from '../helpers/paths.ts';
import { runOk } from '../helpers/run.ts';
import { unmountBelow } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { image, importBusybox, startDockerd, startOurs, type Engine } from './engines.ts';
import { interleave, pssMiB, repetitions, report, title, type Sample, type Subject } from './harness.ts';

/** @param args after `build`, the context last */
type Build = (args: readonly string[]) => Promise<unknown>;

interface Builder {
  readonly name: string;
  readonly build: Build;
  readonly cpuMs?: () => number;
}

function coracle(engine: Engine): Builder {
  const env = clientEnvironment(engine.host);
  const build: Build = async (args) => runOk(coracleBinary, ['build', ...args], { env, timeoutMs: 300_000 });
  return { name: 'ours', build, cpuMs: () => engine.cpu.usedMs() };
}

function docker(engine: Engine, name: string): Builder {
  const env = { ...clientEnvironment(engine.host), DOCKER_BUILDKIT: '0' };
  const cli = findDockerCli() ?? 'docker';
  const build: Build = async (args) => runOk(cli, ['build', ...args], { env, timeoutMs: 300_000 });
  return { name, build, cpuMs: () => engine.cpu.usedMs() };
}

/** @returns undefined where it is not installed */
async function buildah(folder: string): Promise<Builder | undefined> {
  if (!existsSync('/usr/bin/buildah')) return undefined;
  await mkdir(folder);
  const archive = join(folder, 'image.tar');
  await writeFile(archive, await busyboxArchive(image));
  await writeFile(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(join(folder, 'registries.conf'), '');
  // Its own defaults ask for more than a host without CAP_SYS_RESOURCE may give.
  const limits = 'default_ulimits=["nofile=20000:20000","nproc=20000:20000"]';
  await writeFile(join(folder, 'containers.conf'), `[containers]\n${limits}\n[network]\nnetwork_backend="netavark"\n`);
  const env = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
  };
  const roots = ['--root', join(folder, 'data'), '--runroot', join(folder, 'run'), '--storage-driver', 'overlay'];
  const policy = ['--signature-policy', join(folder, 'policy.json')];
  await runOk('buildah', [...roots, 'pull', ...policy, `docker-archive:${archive}`], { env });
  const flags = ['--layers', '--runtime', 'crun', '--pull-never', ...policy];
  return {
    name: 'buildah',
    build: async (args) => runOk('buildah', [...roots, 'build', ...flags, ...args], { env, timeoutMs: 300_000 }),
  };
}

const from = `FROM ${image}`;
const isolatedStages = (stage: string): string =>
  `${from} AS ${stage}\n${'RUN sleep 1\n'.repeat(5)}RUN touch /${stage}\n`;

async function writeContext(folder: string): Promise<void> {
  for (let index = 0; index < 50; index++) {
    const below = join(folder, `src/d${index}`);
    await mkdir(below, { recursive: true });
    for (let file = 0; file < 100; file++)
      await writeFile(join(below, `f${file}.js`), `${index}.${file}\n`.repeat(200));
  }
  const steps = 'WORKDIR /app\nENV NODE_ENV=production\nCOPY src /app/src\nRUN true\nRUN echo 1\nRUN echo 2\n';
  await writeFile(join(folder, 'cached'), `${from}\n${steps}LABEL a=b\nUSER 1000\nCMD ["sh"]\n`);
  const small = join(folder, '../small');
  await mkdir(small);
  await writeFile(join(small, 'chain'), `${from}\n${'RUN true\n'.repeat(10)}`);
  await writeFile(
    join(small, 'stages'),
    `${isolatedStages('a')}${isolatedStages('b')}${from}\nCOPY --from=a /a /\nCOPY --from=b /b /\n`,
  );
}

/** Tells ours beside each of the others, which has a bar of its own. */
function compare(what: string, medians: ReadonlyMap<string, Sample>, bars: Readonly<Record<string, number>>): void {
  const ours = medians.get('ours');
  if (ours === undefined) return;
  for (const [name, { wallMs, cpuMs }] of medians) {
    if (name === 'ours') continue;
    const ratio = bars[name];
    const bar = ratio === undefined ? {} : { ratio };
    report({ what, ours: ours.wallMs, unit: 'ms', rival: name, theirs: wallMs, ...bar });
    if (cpuMs > 0) report({ what: "  the engine's CPU", ours: ours.cpuMs, unit: 'ms', rival: name, theirs: cpuMs });
  }
}

// crun of Debian refuses this layout; our engine hides it by itself, buildah does not.
spawnSync('umount', ['/sys/fs/cgroup/unified'], { stdio: 'ignore' });
await using folder = await makeTempFolder();
// buildah leaves its store mounted.
await using mounts = new AsyncDisposableStack();
mounts.defer(async () => unmountBelow(folder.path));
const context = join(folder.path, 'context');
await mkdir(context);
await writeContext(context);
const small = join(folder.path, 'small');
await using ours = await startOurs();
await using dockerd = await startDockerd();
for (const engine of dockerd === undefined ? [ours] : [ours, dockerd]) await importBusybox(engine);
const fromBuildah = await buildah(join(folder.path, 'buildah'));
const rivals = [dockerd === undefined ? undefined : docker(dockerd, 'dockerd'), fromBuildah];
const builders: readonly Builder[] = [coracle(ours), ...rivals.filter((each) => each !== undefined)];

const subject = ({ name, build, cpuMs }: Builder, args: readonly string[]): Subject => ({
  name,
  run: async () => build(args),
  ...(cpuMs === undefined ? {} : { cpuMs }),
});

title('ten steps, all in the cache, and a context of 5,000 files (medians)');
const cached = ['-t', 'localhost/cached', '-f', join(context, 'cached'), context];
for (const { build } of builders) await build(cached);
// Ours once more through the client that dockerd has.
const all = [...builders, docker(ours, 'ours by docker')];
const medians = await interleave(
  all.map((each) => subject(each, cached)),
  repetitions(10),
);
compare('cached, 5,000 files', medians, { dockerd: 0.25, buildah: 0.5 });

title('ten RUN true, nothing in the cache (medians)');
const chain = ['--no-cache', '-t', 'localhost/chain', '-f', join(small, 'chain'), small];
compare(
  'ten RUN true',
  await interleave(
    builders.map((each) => subject(each, chain)),
    repetitions(3),
  ),
  { dockerd: 0.3 },
);

title('two stages of five sleep 1 each (once)');
const stages = ['--no-cache', '-t', 'localhost/stages', '-f', join(small, 'stages'), small];
const once = new Map<string, Sample>();
for (const { name, build } of builders) {
  const before = performance.now();
  await build(stages);
  once.set(name, { wallMs: performance.now() - before, cpuMs: 0 });
}
compare('two stages at the same time', once, {});
report({
  what: 'two stages beside one (5,000 ms)',
  ours: once.get('ours')?.wallMs ?? Number.NaN,
  unit: 'ms',
  limit: 6000,
});
report({ what: "the engine's memory at the end", ours: pssMiB(ours.pid), unit: 'MiB', limit: 200 });
await dockerd?.[Symbol.asyncDispose]();
await ours[Symbol.asyncDispose]();
await mounts.disposeAsync();
await folder[Symbol.asyncDispose]();
process.exit();
