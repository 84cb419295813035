// An engine without a default network (`--bridge none`), before and after it had one, and two that choose subnets at the same moment.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerInspectResponse } from '../../runtime/src/spec/api/containers.ts';
import type { Network, NetworkInspect } from '../../runtime/src/spec/api/networks.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { isRootless } from '../helpers/test-user.ts';
import { isLightweight } from '../helpers/wasi-image.ts';

const image = 'bridge:1';

async function post(daemon: TempDaemon, path: string, body?: unknown): Promise<void> {
  const { status, body: reply } = await ask(daemon.socket, path, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  assert.ok(status < 300, `${path}: ${status} ${reply}`);
}

async function start(
  daemon: TempDaemon,
  name: string,
  hostConfig: object = {},
  networking: object = {},
): Promise<void> {
  await post(daemon, `/containers/create?name=${name}`, {
    Image: image,
    Cmd: ['sleep', '600'],
    StopSignal: 'SIGKILL',
    HostConfig: hostConfig,
    NetworkingConfig: networking,
  });
  await post(daemon, `/containers/${name}/start`);
}

async function inspect(daemon: TempDaemon, name: string): Promise<ContainerInspectResponse> {
  return JSON.parse((await ask(daemon.socket, `/containers/${name}/json`)).body) as ContainerInspectResponse;
}

async function networkNames(daemon: TempDaemon): Promise<readonly string[]> {
  const networks = JSON.parse((await ask(daemon.socket, '/networks')).body) as readonly Network[];
  return networks.map(({ Name }) => Name ?? '').toSorted((a, b) => (a < b ? -1 : 1));
}

/** Names of the interfaces in the container, and its network's row in inspect. */
async function place(
  daemon: TempDaemon,
  name: string,
): Promise<{ links: string; bridge: string | undefined; status: string }> {
  const { NetworkSettings, State } = await inspect(daemon, name);
  const links = readFileSync(`/proc/${State?.Pid}/net/dev`, 'utf8').match(/^ *\w+(?=:)/gm) ?? [];
  const bridge = NetworkSettings?.Networks?.['bridge'];
  return {
    links: links.map((link) => link.trim()).join(' '),
    bridge: bridge === undefined ? undefined : `${bridge.EndpointID}|${bridge.NetworkID}|${bridge.IPAddress}`,
    status: State?.Status ?? '',
  };
}

/** One table of an engine's, and no other. */
async function hasTable(bridge: string): Promise<void> {
  if (isRootless()) return;
  await until(`the table of ${bridge} is drawn`, async () => {
    const { stdout } = await runOk('nft', ['list', 'tables']);
    const tables = stdout.match(/^table inet coracle_\w+$/gm) ?? [];
    if (tables.length > 1) assert.fail(tables.join());
    return new RegExp(`^table inet coracle_${bridge}$`).test(tables.join());
  });
}

const nowhere = { links: 'lo', bridge: '||', status: 'running' };

describe('an engine without a default network', () => {
  before(function () {
    requireDaemon(this);
    if (isLightweight()) skip(this, 'looks into the network namespaces of containers', { optional: true });
  });

  it('has no bridge, gives containers nothing but loopback unless they choose a network, and can have one later', async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'daemon.json');
    const settings = (bridge: string) => writeFile(file, JSON.stringify({ bridge }), { mode: 0o644 });
    await settings('none');
    await using daemon = await startDaemon({ args: ['--config-file', file] });
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
    assert.deepEqual(await networkNames(daemon), ['host', 'none']);
    const bindings = { PortBindings: { '80/tcp': [{ HostPort: '18080' }] } };
    await start(daemon, 'usual', bindings);
    await start(daemon, 'asked', { NetworkMode: 'bridge', RestartPolicy: { Name: 'always' } });
    assert.deepEqual(await place(daemon, 'usual'), nowhere);
    assert.deepEqual(await place(daemon, 'asked'), nowhere);
    assert.deepEqual((await inspect(daemon, 'usual')).NetworkSettings?.Ports, {});
    const missing = await ask(daemon.socket, '/networks/bridge');
    assert.equal(missing.status, 404);
    assert.match(missing.body, /network bridge not found/);
    await post(daemon, '/networks/create', { Name: 'own' });
    await start(daemon, 'chosen', { NetworkMode: 'own' });
    assert.equal((await place(daemon, 'chosen')).links, 'lo eth0');
    await post(daemon, '/networks/own/connect', { Container: 'usual' });
    assert.deepEqual(await place(daemon, 'usual'), { ...nowhere, links: 'lo eth0' });

    // Killed, its containers run on; the next start has a bridge, in which they are not.
    await daemon.end('SIGKILL');
    await settings('nobr0');
    await daemon.start();
    assert.deepEqual(await networkNames(daemon), ['bridge', 'host', 'none', 'own']);
    assert.deepEqual(await place(daemon, 'asked'), nowhere);
    await post(daemon, '/containers/asked/restart?t=0');
    assert.equal((await place(daemon, 'asked')).links, 'lo eth0');
    await hasTable('nobr0');

    // As long as a container runs in it, the bridge stays.
    await daemon.end('SIGKILL');
    await settings('none');
    await daemon.start();
    assert.match(daemon.logs(), /running containers in the default network: it goes at a start without them/);
    assert.deepEqual(await networkNames(daemon), ['bridge', 'host', 'none', 'own']);
    await hasTable('none_\\w+');
    for (const [bridge, tables] of [
      ['nobr0', 'nobr0'],
      ['none', 'none_\\w+'],
    ] as const) {
      await daemon.end('SIGKILL');
      await settings(bridge);
      await daemon.start();
      await hasTable(tables);
    }
    await post(daemon, '/containers/asked/kill');
    await daemon.end('SIGTERM');
    await daemon.start();
    assert.deepEqual(await networkNames(daemon), ['host', 'none', 'own']);
    await until('it is started again', async () => (await inspect(daemon, 'asked')).State?.Status === 'running');
    assert.deepEqual(await place(daemon, 'asked'), nowhere);
    if (isRootless()) return;
    assert.equal((await run('ip', ['link', 'show', 'nobr0'])).code, 1);
  });

  for (const bridge of ['none', 'moved0']) {
    it(`leaves alone the bridge that it had where another engine has it by now (${bridge})`, async function () {
      if (isRootless()) skip(this, 'engines of users have networks of their own', { optional: true });
      await using folder = await makeTempFolder();
      const file = join(folder.path, 'daemon.json');
      const settings = (name: string) => writeFile(file, JSON.stringify({ bridge: name }), { mode: 0o644 });
      await settings('swap0');
      await using first = await startDaemon({ args: ['--config-file', file] });
      await first.end('SIGTERM');
      await using second = await startDaemon({ args: ['--bridge', 'swap0'] });
      await ask(second.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
      await start(second, 'runs');
      await settings(bridge);
      await first.start();
      assert.equal((await run('ip', ['link', 'show', 'swap0'])).code, 0);
      assert.match((await runOk('nft', ['list', 'tables'])).stdout, /^table inet coracle_swap0$/m);
      assert.match(first.logs(), /another engine has the bridge of an earlier start: it is left as it is/);
      assert.ok(!(await networkNames(first)).includes('bridge') || bridge !== 'none');
    });
  }

  it('keeps its bridge and the rules of its networks while its containers run on without it', async function () {
    if (isRootless()) skip(this, 'engines of users have networks of their own', { optional: true });
    const rules = async () => (await runOk('nft', ['list', 'table', 'inet', 'coracle_stays0'])).stdout;
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'daemon.json');
    await writeFile(file, JSON.stringify({ 'live-restore': true }), { mode: 0o644 });
    const args = ['--bridge', 'stays0', '--config-file', file];
    await using first = await startDaemon({ args });
    await ask(first.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
    await post(first, '/networks/create', { Name: 'own', Internal: true });
    await start(first, 'runs', { NetworkMode: 'own', PortBindings: {} });
    const before = await rules();
    for (const how of ['SIGKILL', 'SIGTERM'] as const) {
      await first.end(how);
      const roots = ['--data-root', join(folder.path, 'data'), '--exec-root', join(folder.path, 'run')];
      const other = ['daemon', ...roots, '-H', `unix://${folder.path}/s`, '--bridge', 'stays0'];
      const { code, stderr } = await run(coracleBinary, other);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        new RegExp(`bridge stays0 has running containers of .* .data root ${first.dataRoot}.: start that engine again`),
      );
      assert.equal(await rules(), before);
      await first.start();
      assert.equal((await inspect(first, 'runs')).State?.Running, true);
    }
    await post(first, '/containers/runs/kill');
    await first.end('SIGKILL');
    await using second = await startDaemon({ args });
    assert.deepEqual(await networkNames(second), ['bridge', 'host', 'none']);
  });

  it('leaves two of them side by side', async function () {
    if (isRootless()) skip(this, 'engines of users have networks of their own', { optional: true });
    await using first = await startDaemon({ args: ['--bridge', 'none'] });
    await using second = await startDaemon({ args: ['--bridge', 'none'] });
    for (const daemon of [first, second]) await post(daemon, '/networks/create', { Name: 'own' });
    const tables = (await runOk('nft', ['list', 'tables'])).stdout.match(/^table inet coracle_none_\w+$/gm);
    assert.equal(new Set(tables).size, 2, tables?.join());
  });
});

describe('two engines at the same moment', () => {
  before(function () {
    requireDaemon(this);
    if (isLightweight() || isRootless()) skip(this, 'their networks are their own', { optional: true });
  });

  it('choose different subnets, for their default networks and for those of users', async () => {
    for (let round = 0; round < 8; round += 1) {
      const daemons = await Promise.all(
        ['left0', 'right0'].map((bridge) => startDaemon({ args: ['--bridge', bridge] })),
      );
      await using stack = new AsyncDisposableStack();
      for (const daemon of daemons) stack.use(daemon);
      await Promise.all(daemons.map((daemon) => post(daemon, '/networks/create', { Name: 'own' })));
      const subnets = await Promise.all(
        daemons.flatMap((daemon) =>
          ['bridge', 'own'].map(async (name) => {
            const { body } = await ask(daemon.socket, `/networks/${name}`);
            return (JSON.parse(body) as NetworkInspect).IPAM?.Config?.[0]?.Subnet ?? '';
          }),
        ),
      );
      assert.equal(new Set(subnets).size, 4, `round ${round}: ${subnets.join(' ')}`);
      for (const daemon of daemons) assert.doesNotMatch(daemon.logs(), /did not come up/);
    }
  });
});
