// A program that does much with files: on our file system, which has layers and is shared by threads, and by Node's own WASI in a
// real directory, which has neither.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { FileSystem } from '../../wasm/src/files/file-system.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { makePipe } from '../../wasm/src/memory/pipe.ts';
import { Namespace } from '../../wasm/src/mounts/namespace.ts';
import { Descriptions } from '../../wasm/src/preview1/descriptions.ts';
import { Process } from '../../wasm/src/preview1/process.ts';
import { run } from '../../wasm/src/preview1/run.ts';
import { guest } from '../wasm/preview1/guest.ts';
import { interleave, repetitions, report, title } from './harness.ts';

const module = new WebAssembly.Module(await guest('many-files'));

function ours(): void {
  const arena = Arena.create({ limit: 2 ** 30, isShared: true });
  const layer = FileSystem.create(Arena.create({ limit: 2 ** 20, isShared: true }), 1);
  const files = FileSystem.create(arena, 2, { layers: [layer] });
  const space = Namespace.of(files);
  arena.enter();
  const descriptions = new Descriptions(space);
  const [input, output] = [makePipe(arena, 4096), makePipe(arena, 4096)];
  const stdio = [
    descriptions.openPipe(input, 'readers'),
    descriptions.openPipe(output, 'writers'),
    descriptions.openPipe(output, 'writers'),
  ] as const;
  const program = Process.create(space, { argv: ['many-files'], env: [], stdio });
  arena.leave();
  const code = run(module, program);
  if (code !== 0) throw new Error(`the program ended with ${code}`);
}

// In memory where there is such a directory: the fastest that it can have.
const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coracle-wasm-bench-'));

function nodes(): void {
  const wasi = new WASI({ version: 'preview1', args: ['many-files'], preopens: { '/': folder }, returnOnExit: true });
  const instance = new WebAssembly.Instance(module, wasi.getImportObject() as WebAssembly.Imports);
  const code = wasi.start(instance);
  if (code !== 0) throw new Error(`the program ended with ${code}`);
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

try {
  title('10,000 files of 4 KiB: made, written, looked at, read, listed, removed');
  const samples = await interleave(
    [
      { name: 'coracle', cpuMs, run: () => Promise.resolve(ours()) },
      { name: 'node', cpuMs, run: () => Promise.resolve(nodes()) },
    ],
    repetitions(10),
  );
  for (const what of ['cpuMs', 'wallMs'] as const) {
    report({
      what: what === 'cpuMs' ? 'CPU' : 'wall',
      ours: samples.get('coracle')?.[what] ?? Number.NaN,
      unit: 'ms',
      rival: "Node's WASI",
      theirs: samples.get('node')?.[what] ?? Number.NaN,
      ratio: 1.5,
    });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
