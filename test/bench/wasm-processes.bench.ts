// Processes of WebAssembly in the engine, without its API: a program from nothing to its end, the shell and what it starts, bytes through pipes,
// and the end of a program that only computes. Threads and modules are warm, as in an engine that has run the program before.

import { makeHost } from '../wasm/processes/container.ts';
import { WasiContainer } from '../wasm/guests/wasi-container.ts';
import { interleave, median, repetitions, report, title } from './harness.ts';

// Nothing else keeps this process while its threads work.
const hold = setInterval(() => undefined, 60_000);
const host = makeHost({ kernel: 'usual' });
host.warm();

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** A container of its own for each. */
async function once(argv: readonly string[]): Promise<void> {
  await using container = await WasiContainer.create(host);
  const { program } = await container.program(argv);
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
}

/** @param before what makes the files of `script`, which takes its own time */
async function secondsOf(script: string, before = 'true'): Promise<number> {
  await using container = await WasiContainer.create(host);
  await done(container, before);
  const start = performance.now();
  await done(container, script);
  return (performance.now() - start) / 1000;
}

async function done(container: WasiContainer, script: string): Promise<void> {
  const { code, errors } = await container.sh(script);
  if (code !== 0) throw new Error(errors);
}

/** Milliseconds from the signal until the container has its end. */
async function killMs(): Promise<number> {
  await using container = await WasiContainer.create(host);
  const running = await container.program(['sh', '-c', 'echo looping; while :; do :; done']);
  await running.shows('looping');
  const before = performance.now();
  running.program.signal(9);
  await running.program.exited;
  return performance.now() - before;
}

try {
  title('a container made, a program started, its end');
  const samples = await interleave(
    [
      { name: 'echo', cpuMs, run: () => once(['echo', 'hello']) },
      { name: 'sh', cpuMs, run: () => once(['sh', '-c', 'true']) },
      { name: 'spawn', cpuMs, run: () => once(['sh', '-c', '/bin/true; /bin/true']) },
    ],
    repetitions(200),
  );
  const rows = [
    ['echo hello', 'echo', 1],
    ['sh -c true', 'sh', 3],
    ['sh -c with two programs, one after the other', 'spawn', 6],
  ] as const;
  for (const [what, name, limit] of rows) {
    report({ what, ours: samples.get(name)?.wallMs ?? Number.NaN, unit: 'ms', limit });
    report({ what: '  CPU', ours: samples.get(name)?.cpuMs ?? Number.NaN, unit: 'ms' });
  }

  title('100 MB through a pipe of the shell');
  for (const [what, script, before] of [
    ['cat | grep | wc', 'cat big | grep x | wc -l', 'yes some words on a line | head -c 100000000 > big'],
    ['head | wc', 'head -c 100000000 /dev/zero | wc -c'],
    ['head | cat | wc', 'head -c 100000000 /dev/zero | cat | wc -c'],
  ] as const) {
    const seconds: number[] = [];
    for (let i = 0; i < 5; i++) seconds.push(await secondsOf(script, before));
    report({ what: `${what}, first run`, ours: 100 / (seconds[0] ?? Number.NaN), unit: 'MB/s', moreIsBetter: true });
    report({ what, ours: 100 / median(seconds.slice(1)), unit: 'MB/s', moreIsBetter: true, limit: 200 });
  }

  title('a program that only computes is killed');
  const kills: number[] = [];
  for (let i = 0; i < repetitions(20); i++) kills.push(await killMs());
  report({ what: 'until the container has ended', ours: median(kills), unit: 'ms', limit: 100 });
} finally {
  await host[Symbol.asyncDispose]();
  clearInterval(hold);
}
