// The peak of the engine's memory while it builds what is large, 60,000 files and 300 MB, by every way that a context comes and a
// result goes; an engine of its own for each. A part of a way's name as an argument chooses it.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasClients, suites } from '../../.ci/buildx.mjs';
import { buildClients } from '../helpers/build-clients.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary, findDockerCli } from '../helpers/paths.ts';
import { startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { image, importBusybox, startOurs } from './engines.ts';
import { pssMiB, report, title } from './harness.ts';

const smallFiles = 60_000;
const filesPerFolder = 100;
const largeFiles = 12;
/** A busy machine takes minutes for one of them. */
const timeoutMs = 1_500_000;

interface Way {
  readonly what: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Files of 1 KiB that differ, and some of 20 MiB that cannot be packed. */
async function writeContext(folder: string): Promise<void> {
  for (let first = 0; first < smallFiles; first += filesPerFolder) {
    const below = join(folder, `src/d${first}`);
    await mkdir(below, { recursive: true });
    const numbers = Array.from({ length: filesPerFolder }, (_, number) => first + number);
    await Promise.all(numbers.map((number) => writeFile(join(below, `f${number}.js`), contentOf(number))));
  }
  for (let file = 0; file < largeFiles; file++) {
    await writeFile(join(folder, `large-${file}`), randomBytes(20 * 2 ** 20));
  }
  await writeFile(join(folder, 'Dockerfile'), `FROM ${image}\nCOPY . /app\n`);
}

function contentOf(number: number): string {
  return `${number} `.repeat(1024).slice(0, 1024);
}

/** The largest proportional set size that is seen every 20 ms while something goes on, in MiB. */
async function peakWhile(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      peak = Math.max(peak, pssMiB(pid));
      await sleep(20);
    }
  };
  const looking = look();
  try {
    await work();
  } finally {
    isOver = true;
    await looking;
  }
  return peak;
}

/** @param config a folder of ours for the client's plugins @returns none where setup could not bring buildx */
async function buildxWays(config: string, context: string, name: string): Promise<readonly Way[]> {
  // The older ones push once more by the engine's API, which has no push.
  const suite = suites.at(-1) ?? '';
  if (!hasClients(suite)) return [];
  const plugins = join(config, 'cli-plugins');
  await mkdir(plugins, { recursive: true });
  await copyFile(join(buildClients(suite), 'cli-plugins/docker-buildx'), join(plugins, 'docker-buildx'));
  const build = [join(buildClients(suite), 'docker'), 'buildx', 'build'];
  const env = { DOCKER_CONFIG: config };
  return [
    { what: 'docker buildx build', command: [...build, '-t', 'large', context], env },
    { what: 'docker buildx build --push', command: [...build, '-t', name, '--push', context], env },
  ];
}

await using folder = await makeTempFolder();
const context = join(folder.path, 'context');
await mkdir(context);
await writeContext(context);
await using registry = await startRegistry();
const name = `${registry.address}/large:1`;
const coracle = [coracleBinary, 'build'];
const docker = [findDockerCli() ?? 'docker', 'build'];
const ways: readonly Way[] = [
  { what: 'coracle build', command: [...coracle, '-t', 'large', context] },
  { what: 'coracle build --push', command: [...coracle, '-t', name, '--push', context] },
  { what: 'docker build, classic', command: [...docker, '-t', 'large', context], env: { DOCKER_BUILDKIT: '0' } },
  ...(await buildxWays(join(folder.path, 'docker'), context, name)),
];
const chosen = process.argv.slice(2);
title(`peak of the engine's memory: ${smallFiles} files and 300 MB`);
for (const { what, command, env = {} } of ways) {
  if (chosen.length > 0 && !chosen.some((part) => what.includes(part))) continue;
  await using ours = await startOurs({ insecureRegistry: registry.address });
  await importBusybox(ours);
  const [program = '', ...args] = command;
  const build = async () => runOk(program, args, { env: { ...clientEnvironment(ours.host), ...env }, timeoutMs });
  report({ what, ours: await peakWhile(ours.pid, build), unit: 'MiB', limit: 200 });
}
await registry[Symbol.asyncDispose]();
await folder[Symbol.asyncDispose]();
process.exit();
