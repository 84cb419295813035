// The log that the runner of WebAssembly writes: what lies together is made of many lines at once, and is as if each came alone.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { LogWriter } from '../../runtime/src/runners/wasm/log-writer.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const { files } = createNodeHost();

/** The log of some writes to standard output. @param maxSize with one, each line is a record by itself */
async function logOf(writes: readonly Uint8Array[], maxSize: number): Promise<string> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, 'log');
  const fail = (error: unknown) => assert.fail(String(error));
  const writer = new LogWriter(
    files,
    { driver: 'json-file', path, maxSize, maxFiles: 1 },
    { nowNs: () => 1_700_000_000_500_000_000n },
    fail,
  );
  for (const write of writes) await writer.write(1, write);
  await writer.finish();
  return await readFile(path, 'utf8');
}

describe('the log of containers of WebAssembly', () => {
  it('is as Docker writes it', async () => {
    const log = await logOf([Buffer.from('a "b" <c>\n\nhalf')], 0);
    const rest = String.raw`"stream":"stdout","time":"2023-11-14T22:13:20.5Z"}`;
    assert.equal(
      log,
      `${[String.raw`{"log":"a \"b\" \u003cc\u003e\n"`, String.raw`{"log":"\n"`, '{"log":"half"'].map((each) => `${each},${rest}`).join('\n')}\n`,
    );
  });

  it('has all that comes after a line that began without its end', async () => {
    const log = await logOf([Buffer.from('Connecting'), Buffer.from(' to it\n'), Buffer.from('done\n')], 0);
    const lines = log.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { readonly log: string }).log),
      ['Connecting to it\n', 'done\n'],
    );
  });

  it('is the same whether lines are taken together or one by one', async () => {
    const long = 'x'.repeat(40_000);
    const pieces = ['one\n', '\n\n', 'é\u2028"\\\t', '\r\n', `${long}\n`, `é${long}é`, '$& $1 \n', '\n'];
    const bad = [Uint8Array.of(0xc3, 0x0a), Uint8Array.of(0xff, 0x41), Uint8Array.of(0xe2, 0x80)];
    const all = [...pieces.map((each) => new Uint8Array(Buffer.from(each))), ...bad];
    for (const width of [1, 2, 3, 5, 8]) {
      const writes = Array.from(
        { length: 60 },
        (_, index) =>
          new Uint8Array(
            Buffer.concat(
              Array.from({ length: width }, (__, at) => all[(index * 7 + at * 3) % all.length] ?? new Uint8Array(0)),
            ),
          ),
      );
      const together = await logOf(writes, 0);
      assert.equal(together, await logOf(writes, 2 ** 40));
      assert.ok(together.split('\n').every((line) => line === '' || JSON.parse(line)));
    }
  });
});
