// What a container prints, through attach and through logs, against the same producer in a bare pipe of this process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { image, startDockerd, startOurs, importBusybox, type Engine } from './engines.ts';
import { median, repetitions, report, title } from './harness.ts';

const sizeMiB = 256;
const zeros = ['dd', 'if=/dev/zero', 'bs=1M', `count=${sizeMiB}`];
const line = 'x'.repeat(79);
const textMiB = 80;
// Of a file of 16384 lines, many times: what is measured is to be the engine, not how fast `yes` prints.
const text = ['sh', '-c', `yes ${line} | head -n 16384 >lines; cat${' lines'.repeat(textMiB / 1.25)}`];

async function drain(stream: NodeJS.ReadableStream): Promise<number> {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await once(stream, 'end');
  return bytes;
}

/** @returns MB/s of the producer alone, read by this process */
async function barePipe(command: readonly string[], mebibytes: number): Promise<number> {
  const [program = '', ...args] = command;
  const before = performance.now();
  const child = spawn('/bin/busybox', [program, ...args], { cwd: folder.path, stdio: ['ignore', 'pipe', 'ignore'] });
  await drain(child.stdout);
  return rate(mebibytes, before);
}

function rate(mebibytes: number, before: number): number {
  return (mebibytes * 1.048576) / ((performance.now() - before) / 1000);
}

async function create(engine: Engine, command: readonly string[], driver: string): Promise<string> {
  const body = {
    Image: image,
    Cmd: command,
    HostConfig: { NetworkMode: 'none', LogConfig: { Type: driver, Config: {} } },
  };
  return (JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string }).Id;
}

/** Attaches first, so that the time is that of the output and a start. @returns MB/s */
async function attached(
  engine: Engine,
  command: readonly string[],
  driver: string,
  mebibytes: number,
): Promise<number> {
  const id = await create(engine, command, driver);
  const outgoing = request({
    socketPath: engine.host.replace(/^unix:\/\//, ''),
    path: `/containers/${id}/attach?stream=1&stdout=1`,
    method: 'POST',
    headers: { connection: 'Upgrade', upgrade: 'tcp' },
  });
  const upgraded = once(outgoing, 'upgrade');
  outgoing.end();
  const [, socket] = (await upgraded) as [IncomingMessage, Socket];
  const drained = drain(socket);
  await engine.call('POST', `/containers/${id}/start`);
  const before = performance.now();
  await drained;
  const speed = rate(mebibytes, before);
  await engine.call('DELETE', `/containers/${id}?force=1`);
  return speed;
}

/** Reads the log of a container that has ended. @returns MB/s */
async function logged(engine: Engine, command: readonly string[], driver: string, mebibytes: number): Promise<number> {
  const id = await create(engine, command, driver);
  await engine.call('POST', `/containers/${id}/start`);
  await engine.call('POST', `/containers/${id}/wait`);
  const socketPath = engine.host.replace(/^unix:\/\//, '');
  const outgoing = request({ socketPath, path: `/containers/${id}/logs?stdout=1` });
  const before = performance.now();
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  await drain(incoming);
  const speed = rate(mebibytes, before);
  await engine.call('DELETE', `/containers/${id}?force=1`);
  return speed;
}

/** Medians of several runs in turn; the first of each is a warm-up. */
async function medians(measures: Readonly<Record<string, () => Promise<number>>>): Promise<Record<string, number>> {
  const samples: Record<string, number[]> = {};
  for (let round = 0; round <= repetitions(5); round++) {
    for (const [name, measure] of Object.entries(measures)) {
      const value = await measure();
      if (round > 0) (samples[name] ??= []).push(value);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

await using folder = await makeTempFolder();
await using ours = await startOurs();
await importBusybox(ours);
await using dockerd = await startDockerd();
if (dockerd !== undefined) await importBusybox(dockerd);

title(`${sizeMiB} MiB of zeros to one attached client (medians)`);
const bytes = await medians({
  pipe: async () => barePipe(zeros, sizeMiB),
  none: async () => attached(ours, zeros, 'none', sizeMiB),
  local: async () => attached(ours, zeros, 'local', sizeMiB),
});
const pipe = { unit: 'MB/s', rival: 'bare pipe', moreIsBetter: true };
report({ what: 'log driver none', ours: bytes['none'] ?? 0, theirs: bytes['pipe'] ?? 0, ratio: 0.7, ...pipe });
report({ what: 'log driver local', ours: bytes['local'] ?? 0, theirs: bytes['pipe'] ?? 0, ratio: 0.5, ...pipe });

title(`${textMiB} MiB of text lines (medians)`);
const lines = await medians({
  pipe: async () => barePipe(text, textMiB),
  attach: async () => attached(ours, text, 'json-file', textMiB),
  logs: async () => logged(ours, text, 'json-file', textMiB),
  local: async () => logged(ours, text, 'local', textMiB),
  ...(dockerd === undefined
    ? {}
    : {
        theirAttach: async () => attached(dockerd, text, 'json-file', textMiB),
        theirLogs: async () => logged(dockerd, text, 'json-file', textMiB),
      }),
});
const rival = { unit: 'MB/s', rival: 'dockerd', moreIsBetter: true };
report({ what: 'attach, json-file', ours: lines['attach'] ?? 0, theirs: lines['pipe'] ?? 0, ...pipe });
report({
  what: 'attach, json-file',
  ours: lines['attach'] ?? 0,
  theirs: lines['theirAttach'] ?? Number.NaN,
  ratio: 5,
  ...rival,
});
report({
  what: 'logs, json-file',
  ours: lines['logs'] ?? 0,
  theirs: lines['theirLogs'] ?? Number.NaN,
  ratio: 5,
  ...rival,
});
report({ what: 'logs, local', ours: lines['local'] ?? 0, theirs: lines['pipe'] ?? 0, ...pipe });
await dockerd?.[Symbol.asyncDispose]();
await ours[Symbol.asyncDispose]();
await folder[Symbol.asyncDispose]();
process.exit();
