// kill -9 of the daemon at random moments of everything that writes: what ran runs on and logs on, nothing half-made is left,
// exit codes are right. A few rounds here; SURVIVAL_ROUNDS asks for more of each, SEED for the same moments again.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { busyboxArchive, busyboxRootfs, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { requireRegistry, startRegistry, type Registry } from '../helpers/registry.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { chooseSeed, randomNumbers } from './chance.ts';
import { assertStoreIsSound } from './store-check.ts';

const image = 'survival:1';
const rounds = Number(process.env['SURVIVAL_ROUNDS'] ?? '3');

const endsWhenTold = (how: string) => ['sh', '-c', `trap "${how}" USR1; while :; do sleep 0.1; done`];

/** Until it has ended: its shell may not have come to its trap yet. */
async function tellToEnd(pid: number): Promise<void> {
  await until('the container has ended', async () => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGUSR1');
    return !existsSync(`/proc/${pid}`);
  });
}

describe('survival of kill -9', () => {
  let daemon: TempDaemon;
  let registry: Registry;
  let docker: Docker;
  const seed = chooseSeed();
  const random = randomNumbers(seed);

  before(async function () {
    requireDaemon(this);
    requireRegistry(this);
    registry = await startRegistry();
    await registry.push('survival/pulled:1', await freshImage('survival:pulled'));
    daemon = await startDaemon({ args: ['--insecure-registry', registry.address] });
    docker = dockerode(daemon.host);
    await loadImage(await busyboxArchive(image));
    await create({ Cmd: ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done'] }, 'witness');
    await docker.getContainer('witness').start();
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  async function create(options: Docker.ContainerCreateOptions, name?: string): Promise<Docker.Container> {
    return docker.createContainer({ Image: image, ...(name === undefined ? {} : { name }), ...options });
  }

  async function loadImage(archive: Uint8Array): Promise<void> {
    const { status, body } = await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
    assert(status === 200 && !body.includes('errorDetail'), body);
  }

  /** An image with 4 MiB in its second layer that no other image has. */
  async function freshImage(tag: string): Promise<Uint8Array> {
    const layer = await tarOf({ 'random.hex': randomBytes(2 << 20).toString('hex') });
    return dockerArchive(tag, [await busyboxRootfs(), layer], { Cmd: ['sh'] });
  }

  /** Kills the daemon at a random moment of `work`, which may fail then, and starts it again. */
  async function killDuring(what: string, work: () => Promise<unknown>, spanMs: number): Promise<void> {
    const delayMs = Math.round(random() * spanMs);
    const label = `${what} killed after ${delayMs} ms (SEED=${seed})`;
    const pid = await witnessPid();
    const working = work().catch(() => undefined);
    await sleep(delayMs);
    await daemon.end('SIGKILL');
    await working;
    await daemon.start();
    await assertStoreIsSound(daemon.socket, label);
    assert.equal(await witnessPid(), pid, `the witness runs on, ${label}`);
  }

  async function witnessPid(): Promise<number> {
    const { State } = await docker.getContainer('witness').inspect();
    assert.equal(State.Status, 'running');
    return State.Pid;
  }

  async function removeAllButWitness(): Promise<void> {
    for (const { Id, Names } of await docker.listContainers({ all: true })) {
      if (!Names.includes('/witness')) await docker.getContainer(Id).remove({ force: true, v: true });
    }
  }

  const works: readonly {
    readonly title: string;
    readonly spanMs: number;
    work: () => Promise<() => Promise<unknown>>;
  }[] = [
    {
      title: 'pull',
      spanMs: 400,
      work: async () => {
        const name = `${registry.address}/survival/pulled:1`;
        await docker
          .getImage(name)
          .remove({ force: true })
          .catch(() => undefined);
        return async () =>
          ask(daemon.socket, `/images/create?fromImage=${encodeURIComponent(name)}`, { method: 'POST' });
      },
    },
    {
      title: 'load',
      spanMs: 400,
      work: async () => {
        const archive = await freshImage(`survival:load${random()}`);
        return async () => loadImage(archive);
      },
    },
    {
      title: 'run',
      spanMs: 300,
      work: async () => {
        return async () => {
          for (let index = 0; index < 4; index++) {
            const container = await create({ Cmd: ['sh', '-c', 'echo x; exit 7'] });
            await container.start();
            // Not dockerode's: when the daemon dies after the head of its answer, that waits for ever.
            await ask(daemon.socket, `/containers/${container.id}/wait`, { method: 'POST' });
          }
        };
      },
    },
    {
      title: 'commit',
      spanMs: 250,
      work: async () => {
        const container = await create({ Cmd: ['sh', '-c', 'head -c 3000000 /dev/urandom >/f'] });
        await container.start();
        await container.wait();
        return async () => container.commit({ repo: 'survival', tag: `commit${random()}` });
      },
    },
    {
      title: 'remove',
      spanMs: 150,
      work: async () => {
        const containers: Docker.Container[] = [];
        for (let index = 0; index < 4; index++) {
          const container = await create({ Cmd: ['sleep', '600'], Volumes: { '/data': {} } });
          await container.start();
          containers.push(container);
        }
        return async () => Promise.all(containers.map(async (one) => one.remove({ force: true, v: true })));
      },
    },
    {
      title: 'making networks and volumes',
      spanMs: 150,
      work: async () => {
        const suffix = Math.round(random() * 1e9);
        return async () => {
          const network = await docker.createNetwork({ Name: `n${suffix}` });
          await docker.createVolume({ Name: `v${suffix}` });
          await network.remove();
          await docker.getVolume(`v${suffix}`).remove();
        };
      },
    },
  ];

  for (const { title, spanMs, work } of works) {
    it(`during ${title}, ${rounds} times`, async function () {
      this.timeout(240_000 + rounds * 60_000);
      for (let round = 0; round < rounds; round++) await killDuring(title, await work(), spanMs);
      // What was killed can be done again, and what is left can be removed.
      await (
        await work()
      )();
      await removeAllButWitness();
      await assertStoreIsSound(daemon.socket, `${title} and cleaning up`);
    });
  }

  it('misses no line of what ran all the time', async () => {
    const text = (await docker.getContainer('witness').logs({ stdout: true })).toString('utf8');
    const numbers = [...text.matchAll(/(\d+)\n/g)].map((match) => Number(match[1]));
    assert(numbers.length > 20);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => index + 1),
    );
  });

  it('knows the exit code of what ended while no daemon was there', async () => {
    const container = await create({ Cmd: endsWhenTold('echo late; exit 42') });
    await container.start();
    const { State } = await container.inspect();
    await daemon.end('SIGKILL');
    await tellToEnd(State.Pid);
    await daemon.start();
    assert.equal((await container.wait()).StatusCode, 42);
    assert.match((await container.logs({ stdout: true })).toString(), /late\n$/);
  });

  it('removes an auto-remove container that ended while no daemon was there', async () => {
    const container = await create({ Cmd: endsWhenTold('exit 0'), HostConfig: { AutoRemove: true } });
    await container.start();
    const { State } = await container.inspect();
    await daemon.end('SIGKILL');
    await tellToEnd(State.Pid);
    await daemon.start();
    await until(
      'it is removed',
      async () => (await ask(daemon.socket, `/containers/${container.id}/json`)).status === 404,
    );
  });

  it('runs commands in, attaches to and stops what outlived a daemon', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.1; done'] });
    await container.start();
    await daemon.end('SIGKILL');
    await daemon.start();
    const exec = await container.exec({ Cmd: ['echo', 'hi'], AttachStdout: true, Tty: true });
    const stream = await exec.start({ Tty: true });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'hi\r\n');
    await container.stop({ t: 60 });
    assert.equal((await container.inspect()).State.ExitCode, 5);
    await removeAllButWitness();
  });

  it('shuts down in order on SIGTERM and leaves containers as dockerd does', async () => {
    assert.equal(await daemon.end('SIGTERM'), 0);
    await daemon.start();
    await assertStoreIsSound(daemon.socket, 'SIGTERM');
  });
});
