// `coracle lint` of a thousand files in one process, beside rcjsuen's validator over the same files in one process. No two files
// are the same; all of our rules are on.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dockerfile } from './dockerfiles.ts';
import { cpuGroup, interleave, repetitions, report, title } from './harness.ts';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node');
const count = 1000;

const folder = await mkdtemp(join(tmpdir(), 'coracle-lint-bench-'));
try {
  for (let index = 0; index < count; index++) {
    await mkdir(join(folder, String(index)));
    // Names and versions of the stages differ from file to file.
    const text = dockerfile(50)
      .replaceAll(/stage(\d)/g, `part${index}-$1`)
      .replaceAll('1.', `1.${index}`);
    await writeFile(join(folder, String(index), 'Dockerfile'), text);
  }
  const rival = join(folder, 'rival.cjs');
  await writeFile(rival, rivalScript());
  const contestants = {
    coracle: [join(root, 'runtime/bin/coracle'), 'lint', '--no-fail', '--no-shellcheck', '--format', 'json', folder],
    rcjsuen: [node, rival, folder],
  };
  const subjects = Object.entries(contestants).map(([name, [program = '', ...args]]) => {
    const cpu = cpuGroup(`lint-${name}`);
    return {
      name,
      cpuMs: () => cpu.usedMs(),
      run: async () => {
        const running = promisify(execFile)(program, args, { maxBuffer: 1 << 30 });
        cpu.add(running.child.pid ?? 0);
        await running;
      },
    };
  });
  title(`lint of ${count} different Dockerfiles of 50 lines, one process`);
  const samples = await interleave(subjects, repetitions(5));
  for (const what of ['cpuMs', 'wallMs'] as const) {
    report({
      what: what === 'cpuMs' ? 'CPU' : 'wall',
      ours: samples.get('coracle')?.[what] ?? Number.NaN,
      unit: 'ms',
      rival: 'rcjsuen',
      theirs: samples.get('rcjsuen')?.[what] ?? Number.NaN,
      ratio: 0.5,
    });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Reads every file below a folder and validates it, as a program that used the library would. */
function rivalScript(): string {
  return `const { readdirSync, readFileSync } = require('node:fs');
const { validate } = require(${JSON.stringify(join(root, 'node_modules/dockerfile-utils'))});
let found = 0;
for (const name of readdirSync(process.argv[2])) {
  if (!/^\\d+$/.test(name)) continue;
  found += validate(readFileSync(process.argv[2] + '/' + name + '/Dockerfile', 'utf8')).length;
}
console.log(found);
`;
}
