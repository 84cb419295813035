// The life of a container, from create to remove, with everything real.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { isEngineError } from '../../runtime/src/spec/errors.ts';
import { missing } from '../runners/linux-fixture.ts';
import { skip } from '../helpers/skip.ts';
import { attachAll, type Bench, makeBench, read } from './bench.ts';

describe('a container’s life', () => {
  let bench: Bench;

  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await makeBench();
  });

  after(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const fails = async (action: Promise<unknown>, kind: string, message: RegExp | string): Promise<void> => {
    await assert.rejects(action, (error) => {
      assert.ok(isEngineError(error), String(error));
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.equal(error.kind, kind);
      return true;
    });
  };

  it('runs a command and tells what it wrote and how it ended', async () => {
    const result = await bench.run(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual(result, { code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  it('goes through its states with Docker’s answers', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['sleep', '300'] }, {}, 'states');
    await fails(containers.stop('states', {}), 'notModified', /already stopped/);
    await fails(
      containers.kill('states', {}),
      'conflict',
      `cannot kill container: states: container ${id} is not running`,
    );
    await fails(containers.execCreate('states', { Cmd: ['true'] }), 'conflict', `container ${id} is not running`);
    await fails(containers.pause('states'), 'conflict', `container ${id} is not running`);
    await fails(containers.top('states', ''), 'conflict', `container ${id} is not running`);
    await fails(containers.unpause('states'), 'system', `Container ${id} is not paused`);
    await containers.start('states', {});
    await fails(containers.start('states', {}), 'notModified', /already running/);
    await fails(
      containers.remove('states', { force: false, volumes: false, link: false }),
      'conflict',
      'cannot remove container "states": container is running: stop the container before removing or force remove',
    );
    await containers.pause('states');
    assert.equal((await containers.inspect('states', { size: false })).State?.Status, 'paused');
    await fails(containers.pause('states'), 'conflict', `Container ${id} is already paused`);
    await fails(
      containers.execCreate('states', { Cmd: ['true'] }),
      'conflict',
      'Container states is paused, unpause the container before exec',
    );
    await containers.unpause('states');
    await fails(
      containers.kill('states', { signal: 'FOO' }),
      'invalidParameter',
      'cannot kill container: states: invalid signal: FOO',
    );
    await containers.stop('states', { timeoutS: 0 });
    const { State } = await containers.inspect('states', { size: false });
    assert.equal(State?.Status, 'exited');
    assert.equal(State?.ExitCode, 137);
    await containers.remove('states', { force: false, volumes: false, link: false });
    await fails(containers.inspect('states', { size: false }), 'notFound', 'No such container: states');
    const actions = bench.events.filter((event) => event.id === id).map((event) => event.action);
    assert.deepEqual(actions, ['create', 'start', 'pause', 'unpause', 'kill', 'kill', 'die', 'stop', 'destroy']);
  });

  it('finds containers by id, name and prefix, and refuses what is not one', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['true'] }, {}, 'findme');
    for (const ref of [id, 'findme', '/findme', id.slice(0, 12)]) {
      assert.equal((await containers.inspect(ref, { size: false })).Id, id);
    }
    await fails(
      bench.create({ Cmd: ['true'] }, {}, 'findme'),
      'conflict',
      `Conflict. The container name "/findme" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
    await fails(
      bench.create({}, {}, 'a'),
      'invalidParameter',
      'Invalid container name (a), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed',
    );
    await containers.rename('findme', 'other');
    await fails(containers.inspect('findme', { size: false }), 'notFound', 'No such container: findme');
    await fails(containers.rename('other', ''), 'invalidParameter', 'Neither old nor new names may be empty');
  });

  it('says that a command is missing, and stays created', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['nosuch'] });
    await fails(containers.start(id, {}), 'invalidParameter', /exec: "nosuch": executable file not found in \$PATH/);
    const { State } = await containers.inspect(id, { size: false });
    assert.equal(State?.Status, 'created');
    assert.equal(State?.ExitCode, 127);
    assert.match(State?.Error ?? '', /executable file not found/);
    assert.deepEqual(await bench.rooms.runner.leftovers(), []);
  });

  it('connects who attached before the start, stdin too', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['sh', '-c', 'cat; echo done'], OpenStdin: true, StdinOnce: true });
    const session = await containers.attach(id, { ...attachAll, stdin: true });
    const writing = session.write(new TextEncoder().encode('xyz\n')).then(() => session.endInput());
    await containers.start(id, {});
    await writing;
    assert.deepEqual(await read(session.output), { stdout: 'xyz\ndone\n', stderr: '' });
  });

  it('waits for the conditions it knows', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['sh', '-c', 'exit 3'] }, { AutoRemove: true });
    assert.deepEqual(await (await containers.wait(id, '', {})).result, { StatusCode: 0 });
    const next = await containers.wait(id, 'next-exit', {});
    const removed = await containers.wait(id, 'removed', {});
    await containers.start(id, {});
    assert.deepEqual(await next.result, { StatusCode: 3 });
    assert.deepEqual(await removed.result, { StatusCode: 3 });
    await fails(containers.inspect(id, { size: false }), 'notFound', `No such container: ${id}`);
    await fails(containers.wait(id, 'zz', {}), 'invalidParameter', 'invalid condition: "zz"');
  });

  it('leaves nothing on disk of what was refused or removed', async () => {
    const { containers } = bench.rooms;
    const folder = `${bench.dataRoot}/containers`;
    await containers.check();
    const before = readdirSync(folder);
    await fails(
      bench.create({ Cmd: ['true'] }, { Mounts: [{ Type: 'bind', Source: '/nope-nope', Target: '/x' }] }),
      'invalidParameter',
      'invalid mount config for type "bind": bind source path does not exist: /nope-nope',
    );
    await fails(bench.create({ Image: 'nope' }), 'notFound', /No such image: nope:latest/);
    const id = await bench.create({ Cmd: ['true'] });
    assert.ok(existsSync(`${folder}/${id}/container.json`));
    await containers.remove(id, { force: false, volumes: false, link: false });
    assert.deepEqual((await containers.check()).problems, []);
    assert.deepEqual(readdirSync(folder), before);
  });

  it('starts again under its restart policy, until it is stopped', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create(
      { Cmd: ['sh', '-c', 'exit 5'] },
      { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
    );
    await containers.start(id, {});
    for (let exits = 0; exits < 3; exits++) {
      const { result } = await containers.wait(id, 'next-exit', {});
      const ended = bench.events.filter((event) => event.id === id && event.action === 'die').length;
      if (ended >= 3) break;
      assert.equal((await result).StatusCode, 5);
    }
    const shown = await containers.inspect(id, { size: false });
    assert.equal(shown.State?.Status, 'exited');
    assert.equal(shown.RestartCount, 2);
  });
});
