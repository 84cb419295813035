// Published ports: from outside, from the host, from containers; held, released, fought over.

import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRoot } from '../helpers/skip.ts';
import { until } from '../helpers/poll.ts';
import { unpinNetns } from '../native/setup.ts';
import { makeLab, type Lab, type TestContainer } from './lab.ts';

/** What one connection says, empty when there is none. */
async function get(lab: Lab, from: 'host' | 'outside' | TestContainer, target: string): Promise<string> {
  return (await lab.exec(from, `curl -s --http0.9 --connect-timeout 3 -m 60 ${target}`)).stdout.trim();
}

const udpClient = (host: string, port: number) =>
  `python3 -c "import socket; s=socket.socket(socket.${host.includes(':') ? 'AF_INET6' : 'AF_INET'}, socket.SOCK_DGRAM); s.settimeout(20); s.connect(('${host}', ${port})); s.send(b'x'); print(s.recv(100).decode())"`;

describe('networks: published ports', () => {
  before(function () {
    requireRoot(this);
  });

  it('is reached from outside, from the host by any of its addresses, and from containers', async () => {
    await using lab = await makeLab();
    const web = await lab.start('web', {
      portBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': [{ HostPort: '5300' }] },
      exposedPorts: { '80/tcp': {}, '443/tcp': {} },
    });
    assert.deepEqual(web.joined.ports, {
      '443/tcp': null,
      '53/udp': [
        { HostIp: '0.0.0.0', HostPort: '5300' },
        { HostIp: '::', HostPort: '5300' },
      ],
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
    });
    await lab.serve(web, 'tcp', 80, 'web');
    await lab.serve(web, 'udp', 53, 'names');
    const peer = await lab.start('peer');
    await lab.room.networks.create({ Name: 'apart' });
    const apart = await lab.start('apart', { mode: 'apart' });
    // The firewall leads there without touching the sender's address.
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), 'web ::ffff:10.99.0.2');
    assert.equal(await get(lab, 'host', '127.0.0.1:8080'), 'web ::ffff:172.17.0.1');
    assert.equal(await get(lab, 'host', '10.99.0.1:8080'), 'web ::ffff:10.99.0.1');
    // The proxy serves what the firewall does not.
    for (const [from, target] of [
      ['host', '[::1]:8080'],
      ['outside', '[fd99::1]:8080'],
      [peer, '172.17.0.1:8080'],
      [peer, '10.99.0.1:8080'],
      [web, '172.17.0.1:8080'],
      [apart, '10.99.0.1:8080'],
    ] as const) {
      assert.match(await get(lab, from, target), /^web /, target);
    }
    for (const [from, host] of [
      ['outside', '10.99.0.1'],
      ['host', '127.0.0.1'],
      ['host', '::1'],
      [web, '172.17.0.1'],
    ] as const) {
      assert.match((await lab.exec(from, udpClient(host, 5300))).stdout, /^names /, host);
    }
    assert.equal(await get(lab, 'outside', '172.17.0.2:80'), '');
    await lab.stop(web);
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), '');
    assert.doesNotMatch((await lab.exec('host', 'nft list table inet coracle_cortest0')).stdout, /8080|5300/);
    assert.equal((await lab.exec('host', 'ss -Hltnu')).stdout, '');
  });

  it('leads a UDP client that never pauses to the next container at its port', async () => {
    await using lab = await makeLab();
    const publish = (name: string) => lab.start(name, { portBindings: { '53/udp': [{ HostPort: '5300' }] } });
    // Always from the same port: to the kernel it is one flow.
    const ask = async () =>
      (
        await lab.exec(
          'outside',
          udpClient('10.99.0.1', 5300).replace('s.settimeout', "s.bind(('', 4242)); s.settimeout"),
        )
      ).stdout;
    const one = await publish('one');
    await lab.serve(one, 'udp', 53, 'one');
    assert.match(await ask(), /^one /);
    await lab.stop(one);
    // Takes the address that is free now.
    await lab.start('other');
    const two = await publish('two');
    assert.notEqual(two.joined.endpoints['bridge']?.IPAddress, one.joined.endpoints['bridge']?.IPAddress);
    await lab.serve(two, 'udp', 53, 'two');
    assert.match(await ask(), /^two /);
  });

  it('keeps ports of 127.0.0.1 from everyone else', async () => {
    await using lab = await makeLab();
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } });
    await lab.serve(web, 'tcp', 80, 'web');
    assert.match(await get(lab, 'host', '127.0.0.1:8080'), /^web/);
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), '');
    // A neighbour that sends to the host's loopback address by hand, and a container that does.
    await lab.exec(
      'outside',
      'sysctl -qw net.ipv4.conf.all.route_localnet=1; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via 10.99.0.1 dev up0 src 10.99.0.2',
    );
    assert.equal(await get(lab, 'outside', '127.0.0.1:8080'), '');
    await lab.serve('host', 'tcp', 9000, 'secret');
    const evil = await lab.start('evil');
    await lab.exec(
      evil,
      'ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via 172.17.0.1 dev eth0 src 172.17.0.3',
    );
    assert.equal(await get(lab, evil, '127.0.0.1:9000'), '');
    assert.match(await get(lab, 'host', '127.0.0.1:9000'), /^secret/);
  });

  it('gives random ports and ports of a range, none soon again', async () => {
    await using lab = await makeLab();
    const portOf = (container: TestContainer, key = '80/tcp') => Number(container.joined.ports[key]?.[0]?.HostPort);
    const one = await lab.start('one', { portBindings: { '80/tcp': [{ HostPort: '' }] } });
    assert.ok(portOf(one) >= 32768 && portOf(one) <= 60999);
    assert.equal(one.joined.ports['80/tcp']?.[1]?.HostPort, String(portOf(one)));
    await lab.stop(one);
    const two = await lab.start('two', { publishAll: true, exposedPorts: { '80/tcp': {}, '81/udp': {} } });
    assert.notEqual(portOf(two), portOf(one));
    assert.ok(portOf(two, '81/udp') > 0);
    await lab.serve('host', 'tcp', 8000, 'other');
    const three = await lab.start('three', { portBindings: { '80/tcp': [{ HostPort: '8000-8002' }] } });
    const four = await lab.start('four', {
      portBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8000-8002' }] },
    });
    assert.deepEqual([portOf(three), portOf(four)], [8001, 8002]);
    assert.equal(four.joined.ports['80/tcp']?.length, 1);
    await assert.rejects(lab.start('five', { portBindings: { '80/tcp': [{ HostPort: '8000-8002' }] } }), {
      message: /all ports of 8000-8002\/tcp are allocated/,
    });
  });

  it('names the container or the process that has a port, and keeps nothing', async () => {
    await using lab = await makeLab();
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    await assert.rejects(lab.start('late', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } }), {
      kind: 'system',
      message:
        /^failed to set up container networking: driver failed programming external connectivity on endpoint late \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated \(held by container web\)$/,
    });
    await lab.serve('host', 'tcp', 9090, 'foreign');
    await assert.rejects(lab.start('late', { portBindings: { '80/tcp': [{ HostPort: '9090' }] } }), {
      kind: 'system',
      message: /: failed to bind host port 0\.0\.0\.0:9090\/tcp: address already in use/,
    });
    // The failed ones have given back their address.
    assert.equal((await lab.start('next')).joined.endpoints['bridge']?.IPAddress, '172.17.0.3');
    await lab.stop(web);
    await lab.start('again', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
  });

  it('leads to IPv6 containers without translation of the sender', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'dual', EnableIPv6: true });
    const web = await lab.start('web', { mode: 'dual', portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    await lab.serve(web, 'tcp', 80, 'web');
    assert.equal(await get(lab, 'outside', '[fd99::1]:8080'), 'web fd99::2');
    assert.match(await get(lab, 'host', '[::1]:8080'), /^web /);
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), 'web ::ffff:10.99.0.2');
  });

  it('follows the container to the network it leaves by, at the same host port', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'zeta' });
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostPort: '' }] } });
    await lab.serve(web, 'tcp', 80, 'web');
    const port = web.joined.ports['80/tcp']?.[0]?.HostPort ?? '';
    await lab.room.networks.connect('zeta', { Container: 'web', EndpointConfig: { GwPriority: 1 } });
    assert.match(await get(lab, 'outside', `10.99.0.1:${port}`), /^web/);
    await lab.room.networks.disconnect('bridge', { container: 'web', force: false });
    assert.match(await get(lab, 'outside', `10.99.0.1:${port}`), /^web/);
    assert.equal(web.joined.ports['80/tcp']?.[0]?.HostPort, port);
  });

  it('goes on through a restart of the daemon, and brings back a proxy that has died', async () => {
    await using lab = await makeLab();
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    await lab.serve(web, 'tcp', 80, 'web');
    await lab.exec('host', 'nft flush ruleset');
    await lab.restart();
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), 'web ::ffff:10.99.0.2');
    assert.match(await get(lab, 'host', '[::1]:8080'), /^web/);
    await assert.rejects(
      lab.start('late', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } }),
      /held by container web/,
    );
    process.kill(web.joined.proxyPid, 'SIGKILL');
    await until('the proxy has gone', async () => (await lab.exec('host', 'ss -Hltn')).stdout === '' || undefined);
    await lab.restart();
    assert.match(await get(lab, 'host', '[::1]:8080'), /^web/);
    await lab.stop(web);
    assert.equal(await get(lab, 'host', '[::1]:8080'), '');
  });

  it('ends proxies of containers that are gone, and no other process', async () => {
    await using lab = await makeLab();
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    const kept = await lab.start('kept', { portBindings: { '80/tcp': [{ HostPort: '8081' }] } });
    await writeFile(join(lab.folder, 'proxies', String(process.pid)), '1');
    web.running = false;
    await unpinNetns(lab.kernel, web.request.netns);
    await lab.restart();
    assert.match((await lab.exec('host', 'ss -Hltn')).stdout, /^(.*:8081 .*\n){2}$/);
    assert.deepEqual(await readdir(join(lab.folder, 'proxies')), [String(kept.joined.proxyPid)]);
    assert.doesNotMatch((await lab.exec('host', 'nft list table inet coracle_cortest0')).stdout, /8080/);
  });

  it("draws its table anew when someone flushed the host's rules", async () => {
    await using lab = await makeLab();
    await lab.start('one');
    await lab.exec('host', 'nft flush ruleset');
    const web = await lab.start('web', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    await lab.serve(web, 'tcp', 80, 'web');
    assert.equal(await get(lab, 'outside', '10.99.0.1:8080'), 'web ::ffff:10.99.0.2');
  });
});
