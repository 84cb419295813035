// The first run of a program in a daemon that has just begun, whose image was run before, beside further runs in the same daemon.
// What is made of a component is kept on disk. Compiled code is not: V8 in Node gives none out.

import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasPrograms, programsFolder } from '../../.ci/programs-for-wasm.mjs';
import { dockerArchive } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { guest } from '../wasm/preview1/guest.ts';
import { component } from '../wasm/preview2/component.ts';
import { median, repetitions, report, title } from './harness.ts';

const image = 'bench-cold:1';
const python = 'python-3.11.3.wasm';
const programs = [
  { name: 'a small module', argv: ['/opt/small.wasm'] },
  { name: 'a component', argv: ['/opt/component.wasm', 'nothing'] },
  ...(hasPrograms() ? [{ name: 'Python, 20 MB', argv: [`/opt/${python}`, '-c', '1'] }] : []),
];
/** In one daemon, after its first. */
const warmRuns = 5;

async function archive(): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const root = join(folder.path, 'root');
  await mkdir(join(root, 'opt'), { recursive: true });
  await writeFile(join(root, 'opt/small.wasm'), await guest('talk'));
  await writeFile(join(root, 'opt/component.wasm'), await component('talk'));
  if (hasPrograms()) {
    await cp(join(programsFolder(), 'programs', python), join(root, 'opt', python));
    await cp(join(programsFolder(), 'python-3.11.3'), root, { recursive: true });
  }
  for (const { argv } of programs) await chmod(join(root, argv[0] ?? ''), 0o755);
  const layer = execFileSync('tar', ['-C', root, '-cf', '-', '.'], { maxBuffer: 2 ** 29 });
  const config = { Cmd: ['/opt/small.wasm'], Env: ['PYTHONHOME=/usr/local'] };
  return await dockerArchive(image, [layer], config, { os: 'wasi', architecture: 'wasm' });
}

async function call(daemon: TempDaemon, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await ask(daemon.socket, path, { method, body });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.body}`);
  return answer.body;
}

/** @returns milliseconds from `start` to the end of `wait` */
async function life(daemon: TempDaemon, argv: readonly string[]): Promise<number> {
  const body = { Image: image, Entrypoint: argv, HostConfig: { NetworkMode: 'none' } };
  const { Id: id } = JSON.parse(await call(daemon, 'POST', '/containers/create', body)) as { Id: string };
  const before = performance.now();
  await call(daemon, 'POST', `/containers/${id}/start`);
  const ended = JSON.parse(await call(daemon, 'POST', `/containers/${id}/wait`)) as { StatusCode: number };
  const ms = performance.now() - before;
  if (ended.StatusCode !== 0) throw new Error(`${argv.join(' ')} ended with ${ended.StatusCode}`);
  await call(daemon, 'DELETE', `/containers/${id}`);
  return ms;
}

await using daemon = await startDaemon({ args: ['--mode', 'wasm'] });
await call(daemon, 'POST', '/images/load', await archive());

const firsts = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
const laters = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
for (const { argv } of programs) await life(daemon, argv);
for (let round = 0; round < repetitions(5); round++) {
  for (const { name, argv } of programs) {
    await daemon.end('SIGTERM');
    await daemon.start();
    firsts.get(name)?.push(await life(daemon, argv));
    for (let run = 0; run < warmRuns; run++) laters.get(name)?.push(await life(daemon, argv));
  }
}

title('The first run in a new daemon, of an image that was run before, beside later ones (medians, wall)');
for (const { name } of programs) {
  report({
    what: name,
    ours: median(firsts.get(name) ?? []),
    unit: 'ms',
    rival: 'warm',
    theirs: median(laters.get(name) ?? []),
    ratio: 1,
  });
}
