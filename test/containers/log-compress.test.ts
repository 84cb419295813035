// `compress=true`: what is read is the same, whatever of the log is compressed already, and whenever that happens.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, readdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compressFull } from '../../runtime/src/containers/log-compress.ts';
import { decoderFor } from '../../runtime/src/containers/log-entries.ts';
import { type LogPosition, readLog } from '../../runtime/src/containers/log-files.ts';
import { tailPosition } from '../../runtime/src/containers/log-tail.ts';
import type { Files } from '../../runtime/src/host/host.ts';
import type { ShimLog } from '../../runtime/src/host/kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { LogWriter } from '../../runtime/src/runners/wasm/log-writer.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const host = createNodeHost();
const drivers = ['json-file', 'local'] as const;
const untouched = new AbortController().signal;

function logIn(folder: string, form: Partial<ShimLog> = {}): ShimLog & { readonly driver: 'json-file' | 'local' } {
  const { driver = 'json-file' } = form;
  assert.ok(driver !== 'none');
  return { path: join(folder, 'log'), maxSize: 20_000, maxFiles: 100, isCompressed: true, ...form, driver };
}

/** Reads from `position` on; `between` comes after each chunk. */
async function readFrom(
  log: ShimLog & { readonly driver: 'json-file' | 'local' },
  position?: LogPosition,
  between: () => Promise<void> = async () => undefined,
): Promise<{ readonly text: string; readonly position: LogPosition | undefined }> {
  let decoder = decoderFor(log.driver);
  let at = position;
  let text = '';
  for await (const piece of readLog(host, log, position)) {
    if (piece.fresh) decoder = decoderFor(log.driver);
    at = piece.position;
    decoder.push(piece.chunk, (entry) => (text += Buffer.from(entry.line).toString()));
    await between();
  }
  return { text, position: at };
}

function linesOf(count: number, first = 1): string {
  return Array.from({ length: count }, (_, index) => `line ${index + first} ${'é-'.repeat(index % 40)}\n`).join('');
}

function writerOf(log: ShimLog): LogWriter {
  return new LogWriter(host.files, log, host.clock, (error) => assert.fail(String(error)));
}

async function write(log: ShimLog, text: string): Promise<void> {
  const writer = writerOf(log);
  await writer.write(1, Buffer.from(text));
  await writer.finish();
}

/** The numbers of the files that are compressed, in order. */
async function compressedIn(folder: string): Promise<readonly number[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.gz'));
  return names.map((name) => Number(name.split('.')[1])).toSorted((a, b) => a - b);
}

describe('logs whose full files are compressed', () => {
  for (const driver of drivers) {
    it(`are read as if they were not, from any line on (${driver})`, async () => {
      await using folder = await makeTempFolder();
      const log = logIn(folder.path, { driver });
      const text = linesOf(3000);
      await write(log, text);
      const before = await readdir(folder.path);
      const plain = await readFile(`${log.path}.1`);
      assert.ok(before.length > 5);
      await compressFull(host, log, untouched);
      assert.equal((await compressedIn(folder.path)).length, before.length - 1);
      assert.deepEqual(gunzipSync(await readFile(`${log.path}.1.gz`)), plain);
      assert.equal((await stat(`${log.path}.1`)).size, 0);
      assert.equal((await readFrom(log)).text, text);
      const lines = text.split(/(?<=\n)/);
      for (const tail of [1, 2, 150, 700, 1500, 2999, 3000, 3001]) {
        const position = await tailPosition(host, log, tail);
        assert.equal((await readFrom(log, position)).text, lines.slice(-tail).join(''), `${tail} lines`);
      }
    });

    it(`lose and repeat nothing when they are compressed while they are read (${driver})`, async () => {
      await using folder = await makeTempFolder();
      // More than a chunk, so that it is compressed with a part of it read.
      const log = logIn(folder.path, { driver, maxSize: 300_000 });
      const text = linesOf(20_000);
      await write(log, text);
      assert.equal((await readFrom(log, undefined, () => compressFull(host, log, untouched))).text, text);
      assert.ok((await compressedIn(folder.path)).length > 2);
      assert.equal((await readFrom(log)).text, text);
    });

    it(`have their last lines found though they are compressed in that moment (${driver})`, async () => {
      await using folder = await makeTempFolder();
      const log = logIn(folder.path, { driver, maxSize: 300_000 });
      const text = linesOf(20_000);
      await write(log, text);
      let isDone = false;
      const files: Files = {
        ...host.files,
        async *stream(path, range) {
          if (!isDone) await compressFull(host, log, untouched);
          isDone = true;
          yield* host.files.stream(path, range);
        },
      };
      const position = await tailPosition({ ...host, files }, log, 15_000);
      assert.equal(
        (await readFrom(log, position)).text,
        text
          .split(/(?<=\n)/)
          .slice(-15_000)
          .join(''),
      );
    });

    for (const isCompressed of [false, true]) {
      it(`have their last lines found though all files go in that moment (${driver}, ${isCompressed ? 'counted' : 'shifted'})`, async () => {
        await using folder = await makeTempFolder();
        const log = logIn(folder.path, { driver, maxFiles: 3, isCompressed });
        await write(log, linesOf(2000));
        // So that no other file gets their inodes.
        for (const name of await readdir(folder.path))
          await link(join(folder.path, name), join(folder.path, `kept-${name}`));
        let isDone = false;
        const files: Files = {
          ...host.files,
          async *stream(path, range) {
            if (!isDone) await write(log, linesOf(2000, 2001));
            isDone = true;
            yield* host.files.stream(path, range);
          },
        };
        const position = await tailPosition({ ...host, files }, log, 5);
        const lines = linesOf(2000, 2001).split(/(?<=\n)/);
        assert.equal((await readFrom(log, position)).text, lines.slice(-5).join(''));
      });
    }

    it(`lose and repeat nothing while they are written, compressed and followed (${driver})`, async () => {
      await using folder = await makeTempFolder();
      const log = logIn(folder.path, { driver, maxFiles: 1000 });
      const writer = writerOf(log);
      let hasEnded = false;
      const compressing = (async () => {
        while (!hasEnded) await compressFull(host, log, untouched);
      })();
      let wanted = '';
      let seen = '';
      let position: LogPosition | undefined;
      for (let round = 0; round < 60; round++) {
        const more = linesOf(200, round * 200 + 1);
        wanted += more;
        await writer.write(1, Buffer.from(more));
        const read = await readFrom(log, position);
        seen += read.text;
        position = read.position;
      }
      await writer.finish();
      hasEnded = true;
      await compressing;
      assert.equal(seen + (await readFrom(log, position)).text, wanted);
      assert.equal((await readFrom(log)).text, wanted);
    });
  }

  it('go on with their numbers in the next run, and keep so many', async () => {
    await using folder = await makeTempFolder();
    const log = logIn(folder.path, { maxFiles: 4 });
    await write(log, linesOf(3000));
    await compressFull(host, log, untouched);
    const first = await compressedIn(folder.path);
    assert.equal(first.length, 3);
    await write(log, linesOf(700, 3001));
    const kept = (await readdir(folder.path)).filter((name) => /\.\d+$/.test(name));
    assert.equal(kept.length, 3);
    assert.ok(!existsSync(`${log.path}.${first[0]}`) && !existsSync(`${log.path}.${first[0]}.gz`));
    const { text } = await readFrom(log);
    assert.ok(linesOf(3700).endsWith(text) && text.length > 10_000);
  });

  it('are whole after the engine was killed while it compressed', async () => {
    await using folder = await makeTempFolder();
    const log = logIn(folder.path, { maxSize: 1_000_000 });
    const text = linesOf(20_000);
    await write(log, text);
    const module = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../runtime/src', name));
    const script = `
      const { compressFull } = await import(${module('containers/log-compress.ts')});
      const { createNodeHost } = await import(${module('host/node/host.ts')});
      const { files, codec } = createNodeHost();
      async function* half(kind, input) {
        for await (const chunk of codec.compress(kind, input)) {
          yield chunk.subarray(0, chunk.length / 2);
          console.log('begun');
          await new Promise(() => setInterval(() => undefined, 1_000_000));
        }
      }
      await compressFull({ files, codec: { ...codec, compress: half } }, ${JSON.stringify(log)}, new AbortController().signal);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(await compressedIn(folder.path), []);
    const half = (await readdir(folder.path)).filter((name) => name.endsWith('.gz.tmp'));
    assert.equal(half.length, 1);
    assert.ok((await stat(join(folder.path, half[0] ?? ''))).size > 0);
    assert.ok((await readFrom(log)).text === text);
    await compressFull(host, log, untouched);
    const after = await readdir(folder.path);
    assert.equal(after.filter((name) => name.endsWith('.gz.tmp')).length, 0);
    assert.equal((await compressedIn(folder.path)).length, (after.length - 1) / 2);
    assert.ok((await readFrom(log)).text === text);
  });

  it('are read from the plain file while both are there, and compressed again', async () => {
    await using folder = await makeTempFolder();
    const log = logIn(folder.path);
    const text = linesOf(1000);
    await write(log, text);
    await writeFile(`${log.path}.1.gz`, gzipSync('half of it'));
    assert.equal((await readFrom(log)).text, text);
    await compressFull(host, log, untouched);
    assert.equal((await readFrom(log)).text, text);
  });

  it('leave nothing of files that went while they were compressed', async () => {
    await using folder = await makeTempFolder();
    const log = logIn(folder.path, { maxFiles: 3 });
    await write(log, linesOf(3000));
    await compressFull(host, log, untouched);
    const [oldest] = await compressedIn(folder.path);
    const before = await readFrom(log);
    await writeFile(`${log.path}.${Number(oldest) - 1}.gz`, gzipSync('gone'));
    await writeFile(`${log.path}.${Number(oldest) - 2}`, '');
    assert.equal((await readFrom(log)).text, before.text);
    await compressFull(host, log, untouched);
    assert.equal((await readdir(folder.path)).length, 5);
    assert.equal((await readFrom(log)).text, before.text);
  });

  it('say which file is damaged', async () => {
    await using folder = await makeTempFolder();
    const log = logIn(folder.path);
    await write(log, linesOf(3000));
    await compressFull(host, log, untouched);
    const damaged = `${log.path}.2.gz`;
    await truncate(damaged, 300);
    await assert.rejects(readFrom(log), {
      message: /^a file of the container's log is damaged: .*\/log\.2\.gz: gzip: /,
    });
    await assert.rejects(tailPosition(host, log, 2900), { message: /log\.2\.gz/ });
    const position = await tailPosition(host, log, 20);
    assert.ok(linesOf(3000).endsWith((await readFrom(log, position)).text));
    await rename(damaged, join(folder.path, 'damaged'));
    assert.ok((await readFrom(log)).text.endsWith(linesOf(3000).slice(-500)));
  });
});
