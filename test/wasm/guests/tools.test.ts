// The tools of coracle/wasi do what Debian's do: compiled for this machine on all scripts of tools-scripts and on random regular expressions, and
// in a container of WebAssembly on those scripts that look at nothing but what they make. Standard output and exit code are compared; the words
// of errors are our own.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessHost } from '../../../wasm/src/processes/open.ts';
import { root } from '../../helpers/paths.ts';
import { run, runOk } from '../../helpers/run.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder, type TempFolder } from '../../helpers/temp-folder.ts';
import { makeRandom, seed } from '../files/random-calls.ts';
import { broken, makeHost } from '../processes/container.ts';
import { makeExpression, makeText } from './tools-random.ts';
import { missingGuests, WasiContainer } from './wasi-container.ts';

const sources = join(root, 'wasm/guests');
const folderOfScripts = join(import.meta.dirname, 'tools-scripts');
const environment = { LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: '/root' };
const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin';

async function scripts(): Promise<readonly { readonly group: string; readonly lines: readonly string[] }[]> {
  const names = (await readdir(folderOfScripts)).sort();
  return names.map((name) => {
    const all = readFileSync(join(folderOfScripts, name), 'utf8').replaceAll('\\\n', '\\\0').split('\n');
    return { group: name, lines: all.filter((line) => line !== '').map((line) => line.replaceAll('\0', '\n')) };
  });
}

let temp: TempFolder;
let bin: string;

/** What a script writes, and its code, in a folder of its own. */
async function outcome(script: string, path: string): Promise<string> {
  const cwd = await mkdtemp(join(temp.path, 'w'));
  const { code, stdout } = await run('bash', ['-c', script], { cwd, env: { ...environment, PATH: path } });
  return `${stdout.replaceAll(cwd, '')}exit ${code}`;
}

async function compile(folder: string, program: string): Promise<void> {
  const paths: string[] = [];
  for (const each of [folder, 'lib']) {
    const names = (await readdir(join(sources, each))).filter((name) => name.endsWith('.c'));
    paths.push(...names.map((name) => join(sources, each, name)));
  }
  const flags = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', `-I${join(sources, 'lib')}`];
  await runOk('cc', [...flags, '-o', join(bin, program), ...paths, '-lm']);
}

async function makeTools(): Promise<void> {
  bin = join(temp.path, 'bin');
  await mkdir(bin);
  await compile('tools', 'coracle-tools');
  await compile('awk', 'awk');
  const { stdout } = await runOk(join(bin, 'coracle-tools'), []);
  for (const name of stdout.trim().split('\n')) await symlink('coracle-tools', join(bin, name));
}

describe('tools beside those of Debian', function () {
  this.timeout(900_000);

  before(async function () {
    if (!existsSync('/usr/bin/cc')) skip(this, 'needs a C compiler');
    if (!existsSync('/etc/debian_version')) skip(this, 'needs the tools of Debian');
    temp = await makeTempFolder();
    await makeTools();
  });

  after(() => temp?.[Symbol.asyncDispose]());

  it('do the same in scripts', async () => {
    const wrong: string[] = [];
    for (const { group, lines } of await scripts()) {
      for (const line of lines) {
        const theirs = await outcome(line, systemPath);
        const ours = await outcome(line, `${bin}:${systemPath}`);
        if (ours !== theirs) wrong.push(`${group}: ${line}\ntheirs:\n${theirs}\nours:\n${ours}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it(`finds what grep finds with regular expressions (SEED=${seed})`, async () => {
    const random = makeRandom(seed);
    for (let round = 0; round < 150; round++) {
      const extended = random(2) === 0;
      const pattern = makeExpression(random, extended);
      const input = makeText(random);
      for (const options of [['-o'], ['-c', '-x'], ['-n', '-i']]) {
        const args = [extended ? '-E' : '-G', ...options, '-e', pattern];
        const [theirs, ours] = await Promise.all(
          ['/bin/grep', join(bin, 'grep')].map((grep) => run(grep, args, { input, env: environment })),
        );
        const what = `grep ${args.join(' ')} on\n${input}`;
        assert.equal(`${ours?.stdout}exit ${ours?.code}`, `${theirs?.stdout}exit ${theirs?.code}`, what);
      }
    }
  });

  it('unpacks what gzip packed, and packs what gzip unpacks', async () => {
    const contents = [
      'head -c 300000 /dev/urandom',
      'yes | head -c 3000000',
      'cat /usr/bin/bash',
      'seq 200000',
      'true',
      'head -c 1 /dev/urandom',
    ];
    for (const content of contents) {
      for (const [pack, unpack] of [
        [join(bin, 'gzip'), '/bin/gzip'],
        ['/bin/gzip', join(bin, 'gzip')],
      ]) {
        const script = `${content} > a; for l in 1 6 9; do ${pack} -$l -c < a | ${unpack} -dc | cmp - a || echo level $l; done`;
        assert.equal(await outcome(script, systemPath), 'exit 0', script);
      }
    }
  });

  it('tells damaged archives', async () => {
    const damage = `seq 50000 > a; gzip a; for at in 0 3 12 40 5000 20000 -1; do
      cp a.gz b.gz; size=$(stat -c %s b.gz); [ $at -lt 0 ] && at=$((size - 3))
      printf '\\377\\377' | dd of=b.gz bs=1 seek=$at conv=notrunc 2>/dev/null
      ${bin}/gzip -t b.gz && echo "missed $at"; head -c $at a.gz | ${bin}/gzip -dc >/dev/null && echo "missed the end at $at"; done; true`;
    assert.equal(await outcome(damage, systemPath), 'exit 0');
  });

  it('keeps what an archive makes below the folder', async () => {
    const script = `mkdir in out; echo bad > in/x; ln -s ../../evil in/l
      /bin/tar -cPf a.tar --transform='s,in/x,../x,' in/x; tar xf a.tar -C out; echo $?; ls out; ls
      /bin/tar -cf b.tar -C in l; mkdir in/d; echo through > in/d/f; /bin/tar -rf b.tar --transform='s,d/f,l/f,' -C in d/f
      tar xf b.tar -C out; ls ..| grep -c evil; ls out`;
    assert.equal(
      await outcome(script, `${bin}:${systemPath}`),
      ['2', 'a.tar', 'in', 'out', '0', 'l', 'exit 0'].join('\n'),
    );
  });
});

// What these name is another one in a container, or not of sh.
const elsewhere =
  /<<<|\$'|\/etc\/|\/bin\/|id -|whoami|which|time -p|nobody|mtime|-lt --full|\bbash\b|ls \/|ls -l[^ ]* b|\bnproc|kill -l|ls -l d|-size -2c/;

describe('tools in a container of WebAssembly', function () {
  this.timeout(900_000);
  let host: ProcessHost;
  let container: WasiContainer;

  before(async function () {
    const missing = missingGuests();
    if (missing !== undefined) skip(this, missing);
    if (!existsSync('/etc/debian_version')) skip(this, 'needs the tools of Debian');
    temp = await makeTempFolder();
    host = makeHost();
    container = await WasiContainer.create(host);
  });

  after(async () => {
    await container?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await temp?.[Symbol.asyncDispose]();
    assert.deepEqual(broken, []);
  });

  it('do the same in scripts', async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const { group, lines } of await scripts()) {
      for (const line of lines.filter((each) => !elsewhere.test(each))) {
        count++;
        const theirs = await outcome(line, systemPath);
        const workingDirectory = `/tmp/w${count}`;
        container.tree.makeDirectory(workingDirectory);
        const env = Object.entries({ ...environment, PATH: '/bin' }).map(([name, value]) => `${name}=${value}`);
        const { code, output } = await container.sh(line, { workingDirectory, env });
        const ours = `${output.replaceAll(workingDirectory, '')}exit ${code}`;
        if (ours !== theirs) wrong.push(`${group}: ${line}\ntheirs:\n${theirs}\nours:\n${ours}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(count > 100, `${count} scripts`);
  });

  it('tell of processes and of memory', async () => {
    const { code, output, errors } = await container.sh('ps -o pid,ppid,args; ps | head -1; top -bn1 | head -1; free');
    assert.equal(errors, '');
    assert.equal(code, 0);
    assert.match(output, /^ +PID +PPID COMMAND\n[^]* sh -c ps -o/);
    assert.match(output, /^ +PID USER +STAT TIME +COMMAND$/m);
    assert.match(output, /^ +PID +PPID USER +S +RSS +TIME COMMAND$/m);
    assert.match(output, /^Mem: +\d+ +\d+ +\d+$/m);
  });

  it('shows a file by pages, with searching and going back', async () => {
    await container.sh('seq 100 > /tmp/pages');
    const running = await container.program(['less', '/tmp/pages'], {
      stdin: true,
      terminal: { rows: 6, columns: 20 },
    });
    await running.shows('5\u001B[K\r\n\u001B[7m:');
    await running.write(' ');
    await running.shows('10\u001B[K\r\n\u001B[7m:');
    await running.write('/^42\r');
    await running.shows('\u001B[H42\u001B');
    await running.write('q');
    assert.equal((await running.program.exited).code, 0);
  });
});
