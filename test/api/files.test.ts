// The routes of files: what of a request reaches the engine, and what is refused before.

import assert from 'node:assert/strict';
import type { Files, FileStatus } from '../../runtime/src/spec/engine/files.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { serve } from './fake-engine.ts';

const status: FileStatus = { name: 'x', type: 'file', size: 1, mode: 0o644, uid: 0, gid: 0, mtimeMs: 1, ctimeMs: 2 };

async function ask(line: string, files: Partial<Files>, body = ''): Promise<string> {
  await using server = await serve({ files });
  const head = `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  return await server.exchange(`${head}${body}`);
}

const base = '/coracle/v1/volumes/data/files';

describe('routes of files', () => {
  it('pass a write on with its content, create and overwrite unless told otherwise', async () => {
    const seen: unknown[] = [];
    const files: Partial<Files> = {
      async write(ref, path, content, options) {
        let text = '';
        for await (const chunk of content) text += Buffer.from(chunk).toString();
        seen.push([ref, path, text, options]);
        return status;
      },
    };
    const answer = await ask(`PUT ${base}/content?path=/a%20b`, files, 'hello');
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /"mtimeMs":1,"ctimeMs":2/);
    await ask(`PUT ${base}/content?path=/b&create=0&overwrite=false&mode=4755`, files);
    assert.deepEqual(seen, [
      ['data', '/a b', 'hello', { create: true, overwrite: true, mode: 0o644 }],
      ['data', '/b', '', { create: false, overwrite: false, mode: 0o4755 }],
    ]);
  });

  it('pass a range on, and send what comes as it is', async () => {
    const files: Partial<Files> = {
      read: (_ref, path, { offset, length }) =>
        Promise.resolve({
          status,
          content: (async function* () {
            yield Buffer.from(`${path} ${offset} ${String(length)}`);
          })(),
        }),
    };
    assert.match(await ask(`GET ${base}/content?path=/x&offset=5&length=0`, files), /\/x 5 0/);
    assert.match(await ask(`GET ${base}/content?path=/x`, files), /application\/octet-stream[^]*\/x 0 undefined/);
  });

  it('tell changes as lines of JSON', async () => {
    const files: Partial<Files> = {
      watch: (_ref, path, { recursive }) =>
        Promise.resolve(
          (async function* () {
            yield { type: recursive ? 'created' : 'changed', path } as const;
          })(),
        ),
    };
    const answer = await ask(`GET ${base}/watch?path=/d&recursive=1`, files);
    assert.match(answer, /application\/x-ndjson[^]*\{"type":"created","path":"\/d"\}\n/);
  });

  it('say what is wrong with a request', async () => {
    const never = (): Promise<never> => Promise.reject(new Error('was asked'));
    const files: Partial<Files> = { status: never, rename: never, read: never, write: never };
    for (const [line, message] of [
      [`GET ${base}`, 'query parameter path is missing'],
      [`POST ${base}/rename?from=/a`, 'query parameter to is missing'],
      [`GET ${base}/content?path=/x&offset=-1`, 'is no number of bytes'],
      [`GET ${base}/content?path=/x&length=many`, 'is no number of bytes'],
      [`PUT ${base}/content?path=/x&mode=999`, 'is no octal number'],
    ] as const) {
      const answer = await ask(line, files);
      assert.match(answer, /^HTTP\/1\.1 400 /, line);
      assert.ok(answer.includes(message), `${line}: ${answer}`);
    }
  });

  it('answer a refusal before the content was read', async () => {
    const files: Partial<Files> = {
      write: () => Promise.reject(new EngineError('conflict', '/x: file exists')),
    };
    assert.match(await ask(`PUT ${base}/content?path=/x`, files, 'y'.repeat(1000)), /^HTTP\/1\.1 409 [^]*file exists/);
  });

  it('change nothing of an image', async () => {
    const answer = await ask('DELETE /coracle/v1/images/a/b/files?path=/x', {});
    assert.match(answer, /^HTTP\/1\.1 404 /);
  });
});
