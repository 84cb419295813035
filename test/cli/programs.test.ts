import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { daemonBundle, nodeBinary } from '../helpers/paths.ts';
import { runOk } from '../helpers/run.ts';

/** Takes a script as `bin/entry.mjs` does, and says whether its code was refused. */
const take = `
const { readFileSync } = require('node:fs');
const { constants, Script } = require('node:vm');
const [path] = process.argv.slice(1);
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
const cachedData = readFileSync(path.replace('.cjs', '.cache'));
const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData, importModuleDynamically });
console.log(script.cachedDataRejected);
`;

describe('programs', () => {
  const dist = dirname(daemonBundle);
  const scripts = readdirSync(dist).filter((name) => name.endsWith('.cjs'));
  /** Those that a program's entry names. */
  const scriptsOf = (program: string): readonly string[] => {
    const text = readFileSync(join(dist, `${program}.mjs`), 'utf8');
    const words = /^const names = \[(.*)\];$/m.exec(text)?.[1] ?? '';
    return [...words.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
  };
  const programs = ['coracle', 'coracle-daemon', 'coracle-registry', 'coracle-wasm-thread'];

  it('are the command line, the daemon, the registry and the thread of programs, one build of each', () => {
    const named = programs.flatMap((program) => scriptsOf(program));
    assert.ok(programs.every((program) => scriptsOf(program).length > 0));
    assert.deepEqual(scripts.map((name) => name.replace(/\.cjs$/, '')).toSorted(), named.toSorted());
  });

  for (const program of programs) {
    it(`start with the code that V8 made of them (${program})`, async () => {
      for (const name of scriptsOf(program)) {
        const { stdout } = await runOk(nodeBinary, ['-e', take, '--', join(dist, `${name}.cjs`)]);
        assert.equal(stdout, 'false\n', name);
      }
    });
  }

  it('answer a ping, or begin a run, before they have loaded what that does without', () => {
    // In bytes. What is imported on demand and not named in `apart` of .ci/build.mjs goes into the first script.
    const most = { coracle: 400_000, 'coracle-daemon': 104_000 };
    for (const [program, limit] of Object.entries(most)) {
      const [first = ''] = scriptsOf(program);
      const { size } = statSync(join(dist, `${first}.cjs`));
      assert.ok(size <= limit, `the first script of ${program} has ${size} bytes`);
    }
  });

  it('start as well, only slower, where V8 refuses that code', async () => {
    const { stdout } = await runOk(nodeBinary, ['--no-opt', join(dist, 'coracle.mjs'), '--version']);
    assert.match(stdout, /^Coracle version /);
  });
});
