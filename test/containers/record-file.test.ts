// The file of a container's record: what is read is what was written last, wherever a crash cut it.

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordFile, RecordFiles } from '../../runtime/src/containers/record-file.ts';
import type { ContainerRecord } from '../../runtime/src/containers/record.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';

const id = 'a'.repeat(64);
const soft = { durable: false, isNew: false };
const created: ContainerRecord = {
  schema: 1,
  id,
  name: 'one',
  created: '2026-01-01T00:00:00Z',
  imageId: `sha256:${'b'.repeat(64)}`,
  argv: ['true'],
  config: { Env: ['TEXT=line\nbreak'] },
  hostConfig: {},
  endpoints: {},
  mounts: [],
  state: { status: 'created', exitCode: 0, error: '' },
  restartCount: 0,
  everStarted: false,
  stoppedByUser: false,
};
const times = { startedAt: '2026-01-01T00:00:01Z', finishedAt: '0001-01-01T00:00:00Z' };
const running: ContainerRecord = {
  ...created,
  everStarted: true,
  netns: 'somewhere',
  state: { status: 'running', pid: 7, ...times },
};
const exited: ContainerRecord = {
  ...running,
  netns: undefined,
  state: { status: 'exited', exitCode: 3, oomKilled: false, error: '', ...times },
};

describe('containers: the file of a record', () => {
  let folder: TempFolder;
  let path: string;
  let records: RecordFiles;
  const read = () => parseRecordFile(readFileSync(path, 'utf8'), id);

  beforeEach(async () => {
    folder = await makeTempFolder();
    path = join(folder.path, 'container.json');
    records = new RecordFiles(createNodeHost().files);
    await records.write(path, created, { durable: true, isNew: true });
  });

  afterEach(() => folder[Symbol.asyncDispose]());

  it('is read as what was written last, and holds what has not changed once', async () => {
    assert.deepEqual(read(), created);
    await records.write(path, running, soft);
    assert.deepEqual(read(), running);
    await records.write(path, exited, soft);
    const { netns: _, ...expected } = exited;
    assert.deepEqual(read(), expected);
    assert.equal(readFileSync(path, 'utf8').split('TEXT=').length, 2);
  });

  it('is the file that it was where changes are added, and another one where it is made durable', async () => {
    const { ino } = statSync(path);
    await records.write(path, running, soft);
    assert.equal(statSync(path).ino, ino);
    await records.write(path, exited, { ...soft, durable: true });
    assert.notEqual(statSync(path).ino, ino);
    assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 1);
  });

  it('is, wherever a crash cut it, as it was before a change or after it', async () => {
    await records.write(path, running, soft);
    const whole = readFileSync(path, 'utf8').length;
    await records.write(path, exited, soft);
    const text = readFileSync(path, 'utf8');
    for (let length = whole; length < text.length - 1; length++) {
      assert.equal(parseRecordFile(text.slice(0, length), id).state.status, 'running', `${length} bytes`);
    }
    assert.equal(parseRecordFile(text.slice(0, -1), id).state.status, 'exited');
  });

  it('is written whole by an engine that did not write it itself: its end may be half a line', async () => {
    appendFileSync(path, '{"state":{"sta');
    const next = new RecordFiles(createNodeHost().files);
    await next.write(path, running, soft);
    assert.deepEqual(read(), running);
    await next.write(path, exited, soft);
    assert.equal(read().state.status, 'exited');
  });

  it('is written whole after a write that failed', async () => {
    renameSync(path, `${path}.away`);
    await assert.rejects(records.write(path, running, soft), (error) => isKind(error, 'notFound'));
    assert.equal(existsSync(path), false);
    await records.write(path, exited, soft);
    assert.equal(read().state.status, 'exited');
  });

  it('does not grow without end', async () => {
    for (let count = 0; count < 3000; count++) {
      await records.write(path, { ...running, restartCount: count, state: { ...exited.state } }, soft);
    }
    assert.equal(read().restartCount, 2999);
    assert.ok(statSync(path).size < 128 * 1024);
  });

  it('is refused when its first line is no record, or another container is in it', () => {
    const isLost = (error: unknown) => isKind(error, 'dataLoss');
    assert.throws(() => parseRecordFile('{"schema":1', id), isLost);
    assert.throws(() => parseRecordFile(JSON.stringify(created), 'c'.repeat(64)), isLost);
    writeFileSync(path, `${JSON.stringify(created)}\n{"id":"another"}\n`);
    assert.throws(read, isLost);
  });

  it('waits for the disk whenever a whole record takes the place of another', async () => {
    const { files } = createNodeHost();
    const whole: boolean[] = [];
    const noting = new RecordFiles({
      ...files,
      writeAtomic: async (to, data, options) => {
        whole.push(options?.durable !== false);
        await files.writeAtomic(to, data, options);
      },
    });
    // As the first write of an engine that has just been started, and as one after many changes.
    await noting.write(path, running, soft);
    for (let i = 0; i < 3; i++) {
      await noting.write(path, { ...running, config: { Env: [`TEXT=${i}${'x'.repeat(40_000)}`] } }, soft);
    }
    assert.deepEqual(whole, [true, true]);
  });
});
