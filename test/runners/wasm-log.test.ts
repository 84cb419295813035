// The log that the runner of WebAssembly writes: what lies together is made of many lines at once, and is as if each came alone.

import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderFor } from '../../runtime/src/containers/log-entries.ts';
import type { Files } from '../../runtime/src/host/host.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { LogWriter } from '../../runtime/src/runners/wasm/log-writer.ts';
import { until } from '../helpers/poll.ts';
import { makeSlowDisk } from '../helpers/slow-disk.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const { files } = createNodeHost();

interface LogForm {
  readonly driver: 'json-file' | 'local';
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly attributes?: string;
}

/** The files of a log of some writes to standard output, oldest first. */
async function filesOf(writes: readonly Uint8Array[], form: LogForm): Promise<readonly Buffer[]> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, 'log');
  const fail = (error: unknown) => assert.fail(String(error));
  const writer = new LogWriter(files, { path, ...form }, { nowNs: () => 1_700_000_000_500_000_000n }, fail);
  for (const write of writes) await writer.write(1, write);
  await writer.finish();
  const names = (await readdir(folder.path)).toSorted((a, b) => numberOf(b) - numberOf(a));
  return await Promise.all(names.map((name) => readFile(join(folder.path, name))));
}

function numberOf(name: string): number {
  return Number(name.split('.')[1] ?? 0);
}

async function logOf(writes: readonly Uint8Array[]): Promise<string> {
  return Buffer.concat(await filesOf(writes, { driver: 'json-file', maxSize: 0, maxFiles: 1 })).toString();
}

/** The same bytes with a write for each line. */
function oneByOne(writes: readonly Uint8Array[]): readonly Uint8Array[] {
  return writes.flatMap((write) => {
    const lines: Uint8Array[] = [];
    for (let start = 0; start < write.length;) {
      const end = write.indexOf(0x0a, start);
      const next = end < 0 ? write.length : end + 1;
      lines.push(write.slice(start, next));
      start = next;
    }
    return lines;
  });
}

/** Where each record begins. */
function recordStarts(log: Buffer, driver: LogForm['driver']): readonly number[] {
  const starts: number[] = [];
  for (let at = 0; at < log.length;) {
    starts.push(at);
    at = driver === 'json-file' ? log.indexOf(0x0a, at) + 1 : at + log.readUInt32BE(at) + 18;
  }
  return starts;
}

describe('the log of containers of WebAssembly', () => {
  it('is as Docker writes it', async () => {
    const log = await logOf([Buffer.from('a "b" <c>\n\nhalf')]);
    const rest = String.raw`"stream":"stdout","time":"2023-11-14T22:13:20.5Z"}`;
    assert.equal(
      log,
      `${[String.raw`{"log":"a \"b\" \u003cc\u003e\n"`, String.raw`{"log":"\n"`, '{"log":"half"'].map((each) => `${each},${rest}`).join('\n')}\n`,
    );
  });

  it('has all that comes after a line that began without its end', async () => {
    const log = await logOf([Buffer.from('Connecting'), Buffer.from(' to it\n'), Buffer.from('done\n')]);
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
      const together = await logOf(writes);
      assert.equal(together, await logOf(oneByOne(writes)));
      const local = { driver: 'local', maxSize: 0, maxFiles: 1 } as const;
      assert.deepEqual(await filesOf(writes, local), await filesOf(oneByOne(writes), local));
      assert.ok(together.split('\n').every((line) => line === '' || JSON.parse(line)));
    }
  });

  it('does not wait for the disk with mode=non-blocking, and drops what has no room', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'log');
    const disk = await makeSlowDisk(path);
    const fail = (error: unknown) => assert.fail(String(error));
    const log = { path, driver: 'json-file', maxSize: 0, maxFiles: 1, maxWaiting: 32 * 1024 } as const;
    const writer = new LogWriter(files, log, { nowNs: () => 1_700_000_000_500_000_000n }, fail);
    for (let at = 0; at < 100_000; at += 1000) {
      const lines = Array.from({ length: 1000 }, (_, index) => `${at + index}\n`);
      await writer.write(1, new Uint8Array(Buffer.from(lines.join(''))));
    }
    let hasEnded = false;
    const finished = writer.finish().finally(() => (hasEnded = true));
    const kept = (await disk.take(() => hasEnded)).trimEnd().split('\n');
    await finished;
    const numbers = kept.map((line) => Number((JSON.parse(line) as { readonly log: string }).log));
    assert.equal(numbers[0], 0);
    assert.ok(numbers.length > 300 && numbers.length < 50_000, `${numbers.length} lines`);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  });

  it('knows how large its file is though the disk took half of what was to be written', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'log');
    const failures: unknown[] = [];
    const half: Files = {
      ...files,
      create: async (to, options) => {
        const file = await files.create(to, options);
        const write = async (data: Uint8Array) => {
          if (failures.length > 0) return await file.write(data);
          await file.write(data.subarray(0, data.length / 2));
          throw new Error('no space left on device');
        };
        return { ...file, write, close: () => file.close() };
      },
    };
    const log = { path, driver: 'json-file', maxSize: 12_000, maxFiles: 3 } as const;
    const clock = { nowNs: () => 1_700_000_000_500_000_000n };
    const writer = new LogWriter(half, log, clock, (error) => void failures.push(error));
    for (let round = 0; round < 2; round++) {
      await writer.write(1, new Uint8Array(Buffer.from('some line\n'.repeat(120))));
      await until('it is written', async () => (await stat(path).catch(() => ({ size: 0 }))).size > 2000 * (round + 1));
    }
    await writer.finish();
    assert.equal(failures.length, 1);
    const sizes = await Promise.all(
      (await readdir(folder.path)).map(async (name) => (await stat(join(folder.path, name))).size),
    );
    assert.ok(sizes.length === 2 && sizes.every((size) => size < 12_200), String(sizes));
  });

  it('carries attributes in each record, whose words are not taken for those of the record', async () => {
    const text = '{"a":"x","stream":"stdout","time":"2000-01-01T00:00:00Z"}';
    const writes = ['one\ntwo\n\n', 'half'].map((each) => new Uint8Array(Buffer.from(each)));
    const [log] = await filesOf(writes, { driver: 'json-file', maxSize: 0, maxFiles: 1, attributes: text });
    const tail = `"stream":"stdout","attrs":${text},"time":"2023-11-14T22:13:20.5Z"}`;
    const lines = [String.raw`one\n`, String.raw`two\n`, String.raw`\n`, 'half'];
    assert.equal(log?.toString(), lines.map((line) => `{"log":"${line}",${tail}\n`).join(''));
    const read: unknown[] = [];
    decoderFor('json-file').push(new Uint8Array(log ?? []), (entry) =>
      read.push([entry.stream, Buffer.from(entry.line).toString(), entry.timeNs(), JSON.stringify(entry.attributes)]),
    );
    const expected = ['one\n', 'two\n', '\n', 'half'].map((line) => [1, line, 1_700_000_000_500_000_000n, text]);
    assert.deepEqual(read, expected);
  });

  it('makes long attributes of many short lines piece by piece', async () => {
    const attributes = JSON.stringify({ a: 'x'.repeat(60_000) });
    const writes = [new Uint8Array(2000).fill(0x0a)];
    const [log] = await filesOf(writes, { driver: 'json-file', maxSize: 0, maxFiles: 1, attributes });
    const [one] = await filesOf(oneByOne(writes), { driver: 'json-file', maxSize: 0, maxFiles: 1, attributes });
    assert.equal(recordStarts(log ?? Buffer.alloc(0), 'json-file').length, 2000);
    assert.ok(log !== undefined && one !== undefined && log.equals(one));
  });

  for (const driver of ['json-file', 'local'] as const) {
    it(`goes on in the next file after the record that reaches the size, as ${driver}`, async () => {
      const lines = Array.from({ length: 3000 }, (_, index) => `${'line '.repeat(index % 9)}${index}\n`).join('');
      const writes = [lines, 'x'.repeat(50_000), `\n${lines}`].map((text) => new Uint8Array(Buffer.from(text)));
      const maxSize = 2000;
      const parts = await filesOf(writes, { driver, maxSize, maxFiles: 1000 });
      const [whole] = await filesOf(writes, { driver, maxSize: 0, maxFiles: 1 });
      assert.deepEqual(Buffer.concat(parts), whole);
      assert.ok(parts.length > 100, `${parts.length} files`);
      for (const part of parts.slice(0, -1)) {
        assert.ok(part.length >= maxSize, `${part.length} bytes`);
        assert.ok((recordStarts(part, driver).at(-1) ?? 0) < maxSize);
      }
    });
  }
});
