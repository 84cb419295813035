// Components: how long they take to start, and what their calls cost beside those of preview 1.

import { nodeRealms } from '../../runtime/src/host/node/realm.ts';
import { FileSystem } from '../../wasm/src/files/file-system.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { closeEnd, makePipe } from '../../wasm/src/memory/pipe.ts';
import { Namespace } from '../../wasm/src/mounts/namespace.ts';
import { Descriptions } from '../../wasm/src/preview1/descriptions.ts';
import { Process } from '../../wasm/src/preview1/process.ts';
import { run } from '../../wasm/src/preview1/run.ts';
import type { CompiledComponent } from '../../wasm/src/preview2/parts.ts';
import { runComponent } from '../../wasm/src/preview2/run.ts';
import { transpile } from '../../wasm/src/preview2/transpile.ts';
import { guest } from '../wasm/preview1/guest.ts';
import { compileCores, component } from '../wasm/preview2/component.ts';
import { interleave, repetitions, report, title, type Sample } from './harness.ts';

function makeProcess(argv: readonly string[]): Process {
  const arena = Arena.create({ limit: 2 ** 30, isShared: true });
  const space = Namespace.of(FileSystem.create(arena, 1));
  arena.enter();
  const [input, output] = [makePipe(arena, 4096), makePipe(arena, 4096)];
  const descriptions = new Descriptions(space);
  // No input comes.
  closeEnd(arena, input, 'writers');
  const stdio = [
    descriptions.openPipe(input, 'readers'),
    descriptions.openPipe(output, 'writers'),
    descriptions.openPipe(output, 'writers'),
  ] as const;
  const made = Process.create(space, { argv, env: [], stdio });
  arena.leave();
  return made;
}

const makeRealm = nodeRealms();

async function ours(program: CompiledComponent, ...argv: string[]): Promise<void> {
  const code = await runComponent(program, makeProcess(['program', ...argv]), { makeRealm });
  if (code !== 0) throw new Error(`the component ended with ${String(code)}`);
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function compare(samples: Map<string, Sample>, ours: string, rival: string, ratio: number): void {
  for (const what of ['cpuMs', 'wallMs'] as const) {
    report({
      what: what === 'cpuMs' ? `${ours}, CPU` : `${ours}, wall`,
      ours: samples.get(ours)?.[what] ?? Number.NaN,
      unit: 'ms',
      rival,
      theirs: samples.get(rival)?.[what] ?? Number.NaN,
      ratio,
    });
  }
}

title('A component: started and ended, beside a command of preview 1');
const talk = compileCores(await transpile(await component('talk')));
const small = new WebAssembly.Module(await guest('talk'));
const starts = await interleave(
  [
    { name: 'start', cpuMs, run: async () => await ours(talk, 'nothing') },
    { name: 'preview 1', cpuMs, run: () => Promise.resolve(run(small, makeProcess(['talk']))) },
  ],
  repetitions(20),
);
compare(starts, 'start', 'preview 1', 20);

title('10,000 files of 4 KiB: made, written, looked at, read, listed, removed');
const files = compileCores(await transpile(await component('files')));
const module = new WebAssembly.Module(await guest('many-files'));
const work = await interleave(
  [
    { name: 'component', cpuMs, run: async () => await ours(files, 'much') },
    { name: 'preview 1', cpuMs, run: () => Promise.resolve(run(module, makeProcess(['many-files']))) },
  ],
  repetitions(5),
);
compare(work, 'component', 'preview 1', 6);
