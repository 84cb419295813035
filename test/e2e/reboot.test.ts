// A start after something like a reboot: the state on disk is there, no process, mount, link or file of the run is.

import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import type Docker from 'dockerode';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import { killProcessesOf, requireDaemon, startDaemon, unmountBelow, type TempDaemon } from '../helpers/temp-daemon.ts';
import { isRootless, testUser } from '../helpers/test-user.ts';
import { assertStoreIsSound } from './store-check.ts';

async function reboot(daemon: TempDaemon, docker: Docker): Promise<void> {
  const running = await docker.listContainers();
  const pids = await Promise.all(running.map(async ({ Id }) => (await docker.getContainer(Id).inspect()).State.Pid));
  await daemon.end('SIGKILL');
  // The shims first, so that nobody is there to write down how the containers ended.
  killProcessesOf(daemon.execRoot);
  killProcessesOf(daemon.dataRoot);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went with its shim.
    }
  }
  await unmountBelow(daemon.execRoot);
  await unmountBelow(daemon.dataRoot);
  await rm(daemon.execRoot, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  await mkdir(daemon.execRoot);
  if (isRootless()) testUser().own(daemon.execRoot);
  const links = JSON.parse((await runOk('ip', ['-json', 'link'])).stdout) as { readonly ifname: string }[];
  for (const { ifname } of links) if (ifname !== 'lo') await runOk('sh', ['-c', 'ip link del "$0" || true', ifname]);
  await runOk('nft', ['flush', 'ruleset']);
  await daemon.start();
}

describe('a start after a reboot', () => {
  let daemon: TempDaemon;
  let docker: Docker;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    docker = dockerode(daemon.host);
    const archive = await busyboxArchive('reboot:1');
    assert.equal((await ask(daemon.socket, '/images/load', { method: 'POST', body: archive })).status, 200);
    await docker.createNetwork({ Name: 'net' });
    await docker.createVolume({ Name: 'vol' });
    const start = async (name: string, restart: string, options: Docker.ContainerCreateOptions = {}): Promise<void> => {
      const HostConfig = { ...options.HostConfig, RestartPolicy: { Name: restart } };
      const base = { Image: 'reboot:1', Cmd: ['sleep', '600'], name };
      await (await docker.createContainer({ ...base, ...options, HostConfig })).start();
    };
    await start('always', 'always', { HostConfig: { NetworkMode: 'net', Binds: ['vol:/vol'] } });
    await start('unless-stopped', 'unless-stopped');
    await start('was-stopped', 'unless-stopped');
    await docker.getContainer('was-stopped').stop({ t: 0 });
    await start('no', 'no');
    await start('removed', 'no', { HostConfig: { AutoRemove: true } });
    await reboot(daemon, docker);
  });

  after(async () => daemon?.[Symbol.asyncDispose]());

  async function status(name: string): Promise<string> {
    return (await docker.getContainer(name).inspect()).State.Status;
  }

  it('finds a sound store', async () => assertStoreIsSound(daemon.socket, 'a reboot'));

  for (const name of ['always', 'unless-stopped']) {
    it(`brings back restart: ${name}`, async () => {
      await until('it runs', async () => (await status(name)) === 'running');
    });
  }

  it('brings it back with its network and volume', async () => {
    const { NetworkSettings, Mounts } = await docker.getContainer('always').inspect();
    assert.notEqual(NetworkSettings.Networks['net']?.IPAddress, '');
    assert.equal(Mounts[0]?.Name, 'vol');
  });

  it('leaves what the user stopped', async () => assert.equal(await status('was-stopped'), 'exited'));

  it('shows what has no policy as exited, with a code that is no success', async () => {
    const { State } = await docker.getContainer('no').inspect();
    assert.equal(State.Status, 'exited');
    assert.notEqual(State.ExitCode, 0);
  });

  it('starts it again on request', async () => {
    await docker.getContainer('no').start();
    assert.equal(await status('no'), 'running');
  });

  it('removes what was to be removed', async () => {
    await until('it is gone', async () => (await ask(daemon.socket, '/containers/removed/json')).status === 404);
  });
});
