// The network of an engine without root: containers reach what the host reaches, and are reached by published ports.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { until } from '../helpers/poll.ts';
import { run, runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { requireTestUser } from '../helpers/test-user.ts';
import { hostPrograms, pathWith, startUserEngine, type UserEngine } from './lab.ts';

const far = 'corfar';
const [hostAddress, farAddress] = ['10.77.0.1', '10.77.0.2'];

/** Answers every connection with the address that it came from, and every query for a name with its own address. */
const farServer = `
import socket, threading
def greet():
    s = socket.create_server(("0.0.0.0", 8000))
    while True:
        c, a = s.accept()
        c.send(("seen " + a[0] + "\\n").encode()); c.close()
threading.Thread(target=greet, daemon=True).start()
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("0.0.0.0", 53))
print("ready", flush=True)
while True:
    q, a = d.recvfrom(512)
    end = q.index(b"\\0", 12) + 5
    known = q[end-4:end-2] == b"\\0\\1" and b"far" in q
    head = q[:2] + (b"\\x81\\x80" if known else b"\\x81\\x83") + b"\\0\\1" + (b"\\0\\1" if known else b"\\0\\0") + b"\\0\\0\\0\\0"
    answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\5\\0\\4" + bytes([10, 77, 0, 2]) if known else b""
    d.sendto(head + q[12:end] + answer, a)
`;

/** Says a word to everybody. */
const greeter = (word: string, port: number): string[] => {
  const serve = `import socket\ns = socket.create_server(("", ${port}))\nwhile True: c = s.accept()[0]; c.send(b"${word}\\n"); c.close()`;
  return ['/usr/bin/python3', '-c', serve];
};

const udpEcho =
  'import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 9))\nwhile True:\n d, a = s.recvfrom(99); s.sendto(b"echo " + d, a)';

const udpAsk = (host: string, port: number): string =>
  `import socket; s=socket.socket(socket.${host.includes(':') ? 'AF_INET6' : 'AF_INET'}, socket.SOCK_DGRAM); s.settimeout(5); s.connect(("${host}", ${port})); s.send(b"x"); print(s.recv(99).decode())`;

describe('the network of an engine without root', () => {
  let engine: UserEngine;
  let server: ChildProcess | undefined;
  const undo = new AsyncDisposableStack();

  before(async function () {
    requireDaemon(this);
    requireTestUser(this);
    await runOk('ip', ['netns', 'add', far]);
    undo.defer(async () => void (await runOk('ip', ['netns', 'del', far])));
    await runOk('ip', ['link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', far]);
    for (const [where, address] of [
      [[], hostAddress],
      [['-n', far], farAddress],
    ] as const) {
      await runOk('ip', [...where, 'addr', 'add', `${address}/24`, 'dev', 'far0']);
      await runOk('ip', [...where, 'link', 'set', 'far0', 'up']);
    }
    const folder = undo.use(await makeTempFolder());
    const resolv = join(folder.path, 'resolv.conf');
    writeFileSync(resolv, `nameserver ${farAddress}\n`, { mode: 0o644 });
    await runOk('mount', ['--bind', resolv, '/etc/resolv.conf']);
    undo.defer(async () => void (await runOk('umount', ['/etc/resolv.conf'])));
    server = spawn('ip', ['netns', 'exec', far, 'python3', '-c', farServer], { stdio: ['ignore', 'pipe', 'inherit'] });
    undo.defer(() => void server?.kill('SIGKILL'));
    if (server.stdout !== null) await once(server.stdout, 'data');
    engine = undo.use(await startUserEngine());
  });

  after(async () => {
    await undo.disposeAsync();
  });

  /** What a server says to whoever connects. */
  const greeting = async (host: string, port: number): Promise<string> => text(createConnection(port, host));
  const farSees = async (host: string, port: number): Promise<string> =>
    (
      await run('ip', [
        'netns',
        'exec',
        far,
        'python3',
        '-c',
        `import socket; print(socket.create_connection(("${host}", ${port}), 5).recv(99).decode())`,
      ])
    ).stdout.trim();

  it('reaches another machine of the host, which sees the host', async () => {
    assert.equal(await engine.sh(`nc ${farAddress} 8000`), `seen ${hostAddress}\n`);
    await engine.docker.createNetwork({ Name: 'own' });
    assert.equal(
      await engine.sh(`nc ${farAddress} 8000`, { HostConfig: { NetworkMode: 'own' } }),
      `seen ${hostAddress}\n`,
    );
    await engine.docker.getNetwork('own').remove();
  });

  it('does not reach the loopback of the host through its way out', async () => {
    const listener = spawn(
      'python3',
      [
        '-c',
        'import socket; s=socket.create_server(("127.0.0.1", 8001)); print("ready", flush=True)\nwhile True: s.accept()[0].send(b"secret")',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(listener.stdout, 'data');
    assert.doesNotMatch(await engine.sh('nc -w 2 10.0.2.2 8001; echo over'), /secret/);
    listener.kill('SIGKILL');
  });

  it('resolves names of the world and of each other', async () => {
    assert.match(await engine.sh('cat /etc/resolv.conf'), /^nameserver 10\.0\.2\.3$/m);
    assert.match(await engine.sh('nslookup -type=a far.test'), /Address: 10\.77\.0\.2/);
    await engine.docker.createNetwork({ Name: 'named' });
    const more = { HostConfig: { Binds: hostPrograms, NetworkMode: 'named' } };
    const peer = await engine.start(greeter('hello', 7000), { name: 'peer', ...more });
    assert.match(await engine.sh('nslookup -type=a far.test', more), /Address: 10\.77\.0\.2/);
    assert.equal(await engine.sh('for i in $(seq 50); do nc peer 7000 && break; sleep 0.1; done', more), 'hello\n');
    await peer.remove({ force: true });
    await engine.docker.getNetwork('named').remove();
  });

  it('goes out by pasta where only that is there', async function () {
    if (!existsSync('/usr/bin/pasta')) skip(this, 'needs pasta');
    // It copies how the host goes out, and so wants the host to have a way.
    await runOk('ip', ['route', 'add', 'default', 'via', farAddress]);
    try {
      const path = pathWith(['newuidmap', 'newgidmap', 'crun', 'pasta']);
      await using other = await startUserEngine({ env: { PATH: path } });
      assert.equal(await other.sh(`nc ${farAddress} 8000`), `seen ${hostAddress}\n`);
      assert.match(await other.sh('nslookup -type=a far.test'), /Address: 10\.77\.0\.2/);
      const more = { HostConfig: { ExtraHosts: ['me:host-gateway'] } };
      assert.match(await other.sh('cat /etc/hosts', more), /^10\.77\.0\.1\tme$/m);
    } finally {
      await runOk('ip', ['route', 'del', 'default']);
    }
  });

  it('takes packets as large as its way out does', async () => {
    assert.match(await engine.sh('ip link show eth0'), / mtu 65520 /);
  });

  it('is reached by published ports, from here and from beside', async () => {
    const container = await engine.start(greeter('web', 80), {
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { Binds: hostPrograms, PortBindings: { '80/tcp': [{ HostPort: '18080' }] } },
    });
    await until('it serves', async () => (await greeting('127.0.0.1', 18_080)) === 'web\n');
    assert.equal(await greeting('::1', 18_080), 'web\n');
    assert.equal(await farSees(hostAddress, 18_080), 'web');
    await container.remove({ force: true });
    await assert.rejects(greeting('127.0.0.1', 18_080), /ECONNREFUSED/);
  });

  it('keeps ports of 127.0.0.1 from everybody else, and survives the daemon', async () => {
    const container = await engine.start(greeter('mine', 80), {
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { Binds: hostPrograms, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18081' }] } },
    });
    await until('it serves', async () => (await greeting('127.0.0.1', 18_081)) === 'mine\n');
    assert.equal(await farSees(hostAddress, 18_081), '');
    await engine.daemon.end('SIGKILL');
    assert.equal(await greeting('127.0.0.1', 18_081), 'mine\n');
    await engine.daemon.start();
    assert.equal(await greeting('127.0.0.1', 18_081), 'mine\n');
    await container.remove({ force: true });
    await assert.rejects(greeting('127.0.0.1', 18_081), /ECONNREFUSED/);
  });

  it('is reached by UDP, with both families', async () => {
    const container = await engine.start(['/usr/bin/python3', '-c', udpEcho], {
      ExposedPorts: { '9/udp': {} },
      HostConfig: { Binds: hostPrograms, PortBindings: { '9/udp': [{ HostPort: '18082' }] } },
    });
    const ask = async (host: string, ...where: string[]): Promise<string> => {
      return (await run('env', [...where, 'python3', '-c', udpAsk(host, 18_082)])).stdout.trim();
    };
    await until('it answers', async () => (await ask('127.0.0.1')) === 'echo x');
    assert.equal(await ask('::1'), 'echo x');
    assert.equal(await ask(hostAddress, 'ip', 'netns', 'exec', far), 'echo x');
    await container.remove({ force: true });
  });

  it('says why a low port is not to be had, and what changes that', async () => {
    const container = await engine.docker.createContainer({
      Image: 'rootless:1',
      Cmd: ['true'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '80' }] } },
    });
    await assert.rejects(
      container.start(),
      /cannot expose privileged port 80: .*sysctl -w net\.ipv4\.ip_unprivileged_port_start=80/,
    );
    await container.remove();
  });

  it('has a new way out when the old one was killed', async () => {
    const pidOf = async (): Promise<string> => (await run('pgrep', ['-x', 'slirp4netns'])).stdout.trim();
    const before = await pidOf();
    await runOk('kill', ['-9', before]);
    await until('another runs', async () => !['', before].includes(await pidOf()));
    const reached = async (): Promise<boolean> => (await engine.sh(`nc -w 5 ${farAddress} 8000`)).startsWith('seen');
    await until('it leads outside', reached);
  });

  it('names who has a port already', async () => {
    const taken = spawn(
      'python3',
      [
        '-c',
        'import socket,time; s=socket.create_server(("0.0.0.0", 18083)); print("ready", flush=True); time.sleep(1000)',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(taken.stdout, 'data');
    const HostConfig = { PortBindings: { '80/tcp': [{ HostPort: '18083' }] } };
    await assert.rejects(
      engine.start(['true'], { ExposedPorts: { '80/tcp': {} }, HostConfig }),
      /18083.* address already in use/,
    );
    taken.kill('SIGKILL');
  });
});
