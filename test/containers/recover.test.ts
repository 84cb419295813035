// What a new daemon finds after the old one was killed, and after the machine was restarted.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../helpers/skip.ts';
import { until } from '../helpers/poll.ts';
import { missing } from '../runners/linux-fixture.ts';
import { type Bench, makeBench, read } from './bench.ts';

describe('recovery of containers', () => {
  let bench: Bench;

  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await makeBench();
  });

  after(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const state = async (id: string) => (await bench.rooms.containers.inspect(id, { size: false })).State;

  it('takes over what runs: logs go on, wait, exec and stop work', async () => {
    const id = await bench.create(
      { Cmd: ['sh', '-c', 'echo before; until test -f /go; do sleep 0.05; done; echo after; exit 9'] },
      {},
      'survivor',
    );
    await bench.rooms.containers.start(id, {});
    const before = await state(id);
    await bench.restart();
    const { containers } = bench.rooms;
    assert.deepEqual(await state('survivor'), before);
    const { result } = await containers.wait(id, 'next-exit', {});
    const { Id } = await containers.execCreate(id, { Cmd: ['touch', '/go'] });
    const { output } = await containers.logs(id, {
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: false,
      details: false,
    });
    await containers.execStart(Id, { detach: true, tty: false });
    assert.equal((await read(output)).stdout, 'before\nafter\n');
    assert.deepEqual(await result, { StatusCode: 9 });
    const again = await bench.create({ Cmd: ['sleep', '300'] });
    await containers.start(again, {});
    await bench.restart();
    await bench.rooms.containers.stop(again, { timeoutS: 0 });
    assert.equal((await state(again))?.ExitCode, 137);
  });

  it('knows the exit code of what ended meanwhile', async () => {
    const id = await bench.create({ Cmd: ['sh', '-c', 'until test -f /go; do sleep 0.05; done; exit 4'] });
    await bench.rooms.containers.start(id, {});
    const pid = (await state(id))?.Pid ?? 0;
    await bench.die();
    writeFileSync(`/proc/${pid}/root/go`, '');
    await until('it has ended', async () => !existsSync(`/proc/${pid}`));
    await bench.restart();
    const { containers, runner } = bench.rooms;
    // The process is gone, its shim may still be writing.
    assert.deepEqual(await (await containers.wait(id, 'not-running', {})).result, { StatusCode: 4 });
    assert.equal((await state(id))?.Status, 'exited');
    await containers.remove(id, { force: false, volumes: false, link: false });
    assert.ok(!(await runner.leftovers()).includes(id));
  });

  it('keeps the aliases of links, on networks with a name server and in files that are written anew', async () => {
    const { containers, networks } = bench.rooms;
    for (const Name of ['linked', 'second']) await networks.networks.create({ Name });
    for (const mode of ['linked', 'bridge']) {
      await containers.start(await bench.create({ Cmd: ['sleep', '300'] }, { NetworkMode: mode }, `${mode}-db`), {});
      const holder = await bench.create(
        { Cmd: ['sleep', '300'] },
        { NetworkMode: mode, Links: [`${mode}-db:alias`] },
        `${mode}-holder`,
      );
      await containers.start(holder, {});
    }
    await bench.restart();
    const after = bench.rooms.containers;
    // A connection is when a container's hosts file is written again.
    await bench.rooms.networks.networks.connect('second', { Container: 'bridge-holder' });
    for (const mode of ['linked', 'bridge']) {
      const { Id } = await after.execCreate(`${mode}-holder`, { Cmd: ['ping', '-c1', '-w30', 'alias'] });
      await after.execStart(Id, { detach: true, tty: false });
      const exec = async () =>
        (await after.execInspect(Id)) as { readonly Running: boolean; readonly ExitCode: number };
      await until('the ping ends', async () => !(await exec()).Running);
      assert.equal((await exec()).ExitCode, 0, mode);
      for (const name of ['db', 'holder']) {
        await after.remove(`${mode}-${name}`, { force: true, volumes: false, link: false });
      }
    }
  });

  it('starts after a restart of the machine what its policy wants up, and only that', async () => {
    const { containers } = bench.rooms;
    const make = async (policy: string, stop = false): Promise<string> => {
      const id = await bench.create({ Cmd: ['sleep', '300'] }, { RestartPolicy: { Name: policy } });
      await containers.start(id, {});
      if (stop) await containers.stop(id, { timeoutS: 0 });
      return id;
    };
    const [always, unless, stopped, no, alwaysStopped] = [
      await make('always'),
      await make('unless-stopped'),
      await make('unless-stopped', true),
      await make('no'),
      await make('always', true),
    ];
    const never = await bench.create({ Cmd: ['sleep', '300'] }, { RestartPolicy: { Name: 'always' } });
    const temporary = await bench.create({ Cmd: ['sleep', '300'] }, { AutoRemove: true });
    await containers.start(temporary, {});
    await bench.reboot();
    assert.equal((await state(always))?.Status, 'running');
    assert.equal((await state(unless))?.Status, 'running');
    assert.equal((await state(alwaysStopped))?.Status, 'running');
    assert.equal((await state(stopped))?.Status, 'exited');
    assert.equal((await state(no))?.ExitCode, 255);
    assert.equal((await state(never))?.Status, 'created');
    await assert.rejects(state(temporary), { message: `No such container: ${temporary}` });
  });

  it('clears away what is half-made', async () => {
    const folder = join(bench.dataRoot, 'containers');
    mkdirSync(join(folder, 'f'.repeat(64), 'diff'), { recursive: true });
    mkdirSync(join(folder, `.removed-${'e'.repeat(64)}`), { recursive: true });
    writeFileSync(join(folder, `.removed-${'e'.repeat(64)}`, 'x'), 'x');
    await bench.restart();
    const { containers } = bench.rooms;
    assert.deepEqual((await containers.check()).problems, []);
    assert.ok(readdirSync(folder).every((name) => /^[0-9a-f]{64}$/.test(name) && name !== 'f'.repeat(64)));
  });

  it('leaves in order: all stopped, nothing left', async () => {
    const id = await bench.create(
      { Cmd: ['sleep', '300'], StopTimeout: 0 },
      { RestartPolicy: { Name: 'unless-stopped' } },
    );
    await bench.rooms.containers.start(id, {});
    await bench.rooms.containers.shutdown({ stopContainers: true, timeoutS: 0 });
    assert.deepEqual(await bench.rooms.runner.leftovers(), []);
    assert.equal((await state(id))?.Status, 'exited');
    await bench.restart();
    assert.equal((await state(id))?.Status, 'running');
  });
});
