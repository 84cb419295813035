import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
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

  it('are the command line and the daemon, one build of each', () => {
    assert.deepEqual(scripts.map((name) => name.replace(/-[A-Z0-9]{8}\.cjs$/, '')).toSorted(), [
      'coracle',
      'coracle-daemon',
    ]);
  });

  for (const name of scripts) {
    it(`start with the code that V8 made of them (${name.replace(/-[A-Z0-9]{8}\.cjs$/, '')})`, async () => {
      const { stdout } = await runOk(nodeBinary, ['-e', take, '--', join(dist, name)]);
      assert.equal(stdout, 'false\n');
    });
  }

  it('start as well, only slower, where V8 refuses that code', async () => {
    const { stdout } = await runOk(nodeBinary, ['--no-opt', join(dist, 'coracle.mjs'), '--version']);
    assert.match(stdout, /^Coracle version /);
  });
});
