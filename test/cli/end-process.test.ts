// The command line comes to its end also where Node's own exit waits for ever (nodejs/node#54918).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { nodeBinary, root } from '../helpers/paths.ts';
import { run } from '../helpers/run.ts';

const module = join(root, 'runtime/src/cli/end-process.ts');

/** Fills the queue of V8's compiler threads, takes more memory than may be had without a collection, and ends: with
 * `process.exit` more than every other such program hangs. */
const busyEnd = `
  import { endProcess } from ${JSON.stringify(module)};
  const body = (i) => \`let s = \${i}; for (let i = 0; i < n; i++) s = (s * 31 + (i ^ \${i})) | 0; \`
    + \`if (s === 7) s += Math.max(s, \${i}) * 3; \`.repeat(60) + 'return s;';
  const many = Array.from({ length: 400 }, (_, i) => new Function('n', body(i)));
  for (let round = 0; round < 10; round++) for (const each of many) each(100);
  globalThis.held = Array.from({ length: 40 }, () => new ArrayBuffer(8_000_000));
  endProcess(5);
`;

const evaluate = (code: string): ReturnType<typeof run> => run(nodeBinary, ['--input-type=module', '--eval', code]);

describe('the end of the command line', () => {
  it('comes while V8 compiles and is out of memory', async () => {
    for (let time = 0; time < 8; time++) {
      const { code, stderr } = await evaluate(busyEnd);
      assert.equal(code, 5, stderr);
    }
  });

  it('does not wait for what is still connected', async () => {
    const { code } = await evaluate(`
      import { endProcess } from ${JSON.stringify(module)};
      setInterval(() => undefined, 60_000);
      globalThis.held = new ArrayBuffer(32_000_000);
      endProcess(6);
    `);
    assert.equal(code, 6);
  });

  it('is that of a program without a reader when the reader goes away', async () => {
    const script = `"$NODE" --input-type=module --eval "$CODE"; echo "status $?"`;
    const code = `import { endByPipe } from ${JSON.stringify(module)}; process.on('exit', () => console.log('told')); endByPipe();`;
    const { stdout } = await run('bash', ['-c', script], { env: { NODE: nodeBinary, CODE: code } });
    assert.equal(stdout, 'told\nstatus 141\n');
  });
});
