// Programs that others made, in containers of the lightweight mode: what is compiled for WASI runs here as it is.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasPrograms, programsFolder } from '../../.ci/programs-for-wasm.mjs';
import { coracleCli, type Cli } from '../helpers/clients.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { missingWasi } from '../helpers/wasi-image.ts';

/** Names as one types them, of files in the package. */
const programs: Readonly<Record<string, string>> = {
  python3: 'python-3.11.3.wasm',
  ruby: 'ruby-3.2.0.wasm',
  php: 'php-cgi-8.2.0.wasm',
  sqlite3: 'sqlite.wasm',
  qjs: 'wasmedge_quickjs.wasm',
  clang: 'clang.wasm',
  'wasm-ld': 'wasm-ld.wasm',
};

const links = Object.entries(programs).map(([name, file]) => `ln -s /opt/${file} /usr/bin/${name}`);

const dockerfile = `FROM coracle/wasi
COPY programs/*.wasm /opt/
COPY python-3.11.3/ /
COPY clang-fs/sys/ /sys/
ENV PYTHONHOME=/usr/local
RUN chmod 755 /opt/* && ${links.join(' && ')}
WORKDIR /work
`;

interface ProgramCase {
  readonly title: string;
  readonly argv: readonly string[];
  readonly input?: string;
  readonly stdout: RegExp;
  readonly code?: number;
}

const compile = 'clang -cc1 -emit-obj -disable-free -O2 -isysroot /sys -internal-isystem /sys/include';
const link = 'wasm-ld --no-threads -z stack-size=1048576 -L/sys/lib/wasm32-wasi /sys/lib/wasm32-wasi/crt1.o';

const cases: readonly ProgramCase[] = [
  {
    title: 'Python 3.11 with its standard library, files and a database',
    argv: [
      'python3',
      '-c',
      'import sys, os, json, sqlite3; open("made", "w").write("x"); d = sqlite3.connect("d.db"); ' +
        'd.execute("create table t (a)"); d.execute("insert into t values (41)"); d.commit(); ' +
        'print(sys.version_info[:2], sorted(os.listdir(".")), json.dumps(d.execute("select a + 1 from t").fetchall()))',
    ],
    stdout: /^\(3, 11\) \['d\.db', 'made'\] \[\[42\]\]\n$/,
  },
  {
    title: 'Ruby 3.2',
    argv: ['ruby', '-e', 'File.write("made", "x"); puts RUBY_VERSION, Dir.children(".").inspect; exit 4'],
    stdout: /^3\.2\.0\n\["made"\]\n$/,
    code: 4,
  },
  {
    title: 'PHP 8.2, a script on standard input',
    argv: ['php', '-q'],
    input: '<?php file_put_contents("made", "x"); echo PHP_VERSION, " ", filesize("made"), "\\n";',
    stdout: /^8\.2\.0 1\n$/,
  },
  {
    title: 'SQLite, which was made for wasi_unstable',
    argv: ['sqlite3', '-batch', 'kept.db'],
    input: 'create table t (a); insert into t values (1), (2); select sum(a) from t;\n',
    stdout: /\b3\n/,
  },
  {
    title: 'QuickJS, which wants sockets that it does not use',
    argv: ['sh', '-c', 'echo "print([3, 1, 2].sort().join())" >a.js && qjs a.js'],
    stdout: /^1,2,3\n$/,
  },
  {
    title: 'clang and its linker, and what they made of a program in C',
    argv: [
      'sh',
      '-c',
      `cat >a.c && ${compile} -internal-isystem /sys/lib/clang/8.0.1/include -o a.o -x c a.c && ` +
        `${link} a.o -lc -o a.wasm && chmod +x a.wasm && ./a.wasm | tr a-z A-Z`,
    ],
    input: '#include <stdio.h>\nint main(void) { printf("made here: %d\\n", 6 * 7); return 0; }\n',
    stdout: /^MADE HERE: 42\n$/,
  },
];

describe('programs of others in the lightweight mode', () => {
  let daemon: TempDaemon;
  let coracle: Cli;

  before(async function () {
    requireDaemon(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    if (!hasPrograms()) skip(this, 'needs programs for WebAssembly: node .ci/setup.mjs test');
    daemon = await startDaemon({ args: ['--mode', 'wasm'] });
    coracle = coracleCli(daemon.host);
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'Dockerfile');
    await writeFile(file, dockerfile);
    const built = await coracle(['build', '-t', 'programs', '-f', file, programsFolder()]);
    assert.equal(built.code, 0, built.stdout + built.stderr);
  });
  after(() => daemon?.[Symbol.asyncDispose]());

  for (const { title, argv, input, stdout, code = 0 } of cases) {
    it(title, async () => {
      const interactive = input === undefined ? [] : ['-i'];
      const ended = await coracle(
        ['run', '--rm', ...interactive, 'programs', ...argv],
        input === undefined ? {} : { input },
      );
      assert.match(ended.stdout, stdout, ended.stderr);
      assert.equal(ended.code, code, ended.stderr);
    });
  }
});
