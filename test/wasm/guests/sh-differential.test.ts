// Our shell does what dash does. It is compiled for this machine, with Linux's processes in place of Coracle's (system.linux.c), and both run
// the same scripts: those of sh-scripts, and random ones.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder, type TempFolder } from '../../helpers/temp-folder.ts';
import { makeRandom, seed } from '../files/random-calls.ts';
import { ScriptMaker } from './sh-random.ts';

const run = promisify(execFile);
const sources = join(import.meta.dirname, '../../../wasm/guests');
const dash = '/usr/bin/dash';

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

describe('sh beside dash', function () {
  this.timeout(600_000);
  let folder: TempFolder;
  let ours: string;

  before(async function () {
    if (!existsSync('/usr/bin/cc')) skip(this, 'needs a C compiler');
    if (!existsSync(dash)) skip(this, 'needs dash');
    folder = await makeTempFolder();
    ours = join(folder.path, 'sh');
    const names = await readdir(join(sources, 'sh'));
    const files = names.filter((name) => name.endsWith('.c') && !name.endsWith('.wasi.c'));
    const paths = files.map((name) => join(sources, 'sh', name));
    await run('cc', [
      '-std=gnu17',
      '-O1',
      '-w',
      '-D_GNU_SOURCE',
      `-I${join(sources, 'include')}`,
      '-o',
      ours,
      ...paths,
    ]);
    // Scripts that start `sh` start the same one.
    for (const [name, shell] of [
      ['ours', ours],
      ['dash', dash],
    ] as const) {
      await mkdir(join(folder.path, `bin-${name}`));
      await symlink(shell, join(folder.path, `bin-${name}/sh`));
    }
  });

  after(() => folder?.[Symbol.asyncDispose]());

  async function outcome(name: 'ours' | 'dash', script: string): Promise<Outcome> {
    const cwd = await mkdtemp(join(folder.path, 'w'));
    const child = spawn(join(folder.path, `bin-${name}/sh`), ['-c', script], {
      cwd,
      env: { PATH: `${join(folder.path, `bin-${name}`)}:/usr/bin:/bin`, HOME: '/root' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    // Places have names of their own in each run, and processes numbers.
    return { code, output: output.replaceAll(cwd, '<here>') };
  }

  async function compare(script: string, hint = ''): Promise<void> {
    const [mine, theirs] = await Promise.all([outcome('ours', script), outcome('dash', script)]);
    assert.deepEqual(mine, theirs, `${hint}${script}`);
  }

  for (const name of ['expansion', 'commands']) {
    it(`runs the scripts of ${name}`, async () => {
      const text = readFileSync(join(import.meta.dirname, `sh-scripts/${name}.txt`), 'utf8');
      for (const script of text.split('\n%\n')) await compare(script);
    });
  }

  it('runs random scripts', async () => {
    for (let round = 0; round < 500; round++) {
      const number = seed * 10_000 + round;
      await compare(new ScriptMaker(makeRandom(number)).script(), `SEED=${number / 10_000}: `);
    }
  });
});
