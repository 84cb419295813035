// A program that only computes: in a container's process, and in V8 with nothing of ours around it; the same compiled module for both.

import { compileModule } from '../../wasm/src/processes/modules.ts';
import { FileSystem } from '../../wasm/src/files/file-system.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { makePipe } from '../../wasm/src/memory/pipe.ts';
import { Namespace } from '../../wasm/src/mounts/namespace.ts';
import { Descriptions } from '../../wasm/src/preview1/descriptions.ts';
import { Process } from '../../wasm/src/preview1/process.ts';
import { run } from '../../wasm/src/preview1/run.ts';
import { guest } from '../wasm/preview1/guest.ts';
import { interleave, repetitions, report, title } from './harness.ts';

const bytes = new Uint8Array(await guest('compute'));
/** As a container with `--memory` has it. */
const limited = compileModule(bytes, 64 * 2 ** 20);
const plain = new WebAssembly.Module(bytes);

function ours(): void {
  const arena = Arena.create({ limit: 2 ** 28, isShared: true });
  const space = Namespace.of(FileSystem.create(arena, 1));
  arena.enter();
  const descriptions = new Descriptions(space);
  const [input, output] = [makePipe(arena, 4096), makePipe(arena, 4096)];
  const stdio = [
    descriptions.openPipe(input, 'readers'),
    descriptions.openPipe(output, 'writers'),
    descriptions.openPipe(output, 'writers'),
  ] as const;
  const program = Process.create(space, { argv: ['compute'], env: [], stdio });
  arena.leave();
  const code = run(limited, program);
  if (code !== 0) throw new Error(`the program ended with ${code}`);
}

class Ended extends Error {}

/** The least that its C library wants: answers without anything behind them. */
function bare(): void {
  const view = () => new DataView((instance.exports['memory'] as WebAssembly.Memory).buffer);
  const calls: Record<string, (...values: number[]) => number> = {
    fd_write: (_file, pieces = 0, count = 0, written = 0) => {
      let sum = 0;
      for (let index = 0; index < count; index++) sum += view().getUint32(pieces + index * 8 + 4, true);
      view().setUint32(written, sum, true);
      return 0;
    },
    proc_exit: () => {
      throw new Ended();
    },
  };
  const none = () => 52;
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(plain).map(({ name }) => [name, calls[name] ?? none] as const),
  );
  const instance = new WebAssembly.Instance(plain, { wasi_snapshot_preview1: imports });
  try {
    (instance.exports['_start'] as () => void)();
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

title('A program that only computes, in turns with the same module in plain V8');
const samples = await interleave(
  [
    { name: 'coracle', cpuMs, run: () => Promise.resolve(ours()) },
    { name: 'V8', cpuMs, run: () => Promise.resolve(bare()) },
  ],
  repetitions(40),
);
for (const what of ['cpuMs', 'wallMs'] as const) {
  report({
    what: what === 'cpuMs' ? 'CPU' : 'wall',
    ours: samples.get('coracle')?.[what] ?? Number.NaN,
    unit: 'ms',
    rival: 'V8',
    theirs: samples.get('V8')?.[what] ?? Number.NaN,
    ratio: 1.05,
  });
}
