// A published port of an engine without root beside bare loopback: throughput both ways, and the time to connect and get the
// first byte. The same programs serve in the container and on the host.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import { image, importBusybox, startOurs } from './engines.ts';
import { median, repetitions, report, title } from './harness.ts';

const iperf = '/usr/bin/iperf3';
const python = '/usr/bin/python3';
/** Answers every connection with one byte. */
const greeter = `
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 5202))
s.listen(64)
while True:
    c, _ = s.accept()
    c.send(b"x")
    c.close()
`;
/** The host's programs and what they load, in a container. */
const binds = ['/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'];

/** Gigabits a second. @param way `in` to the server, `out` of it */
async function throughput(port: number, way: 'in' | 'out'): Promise<number> {
  const flags = ['-c', '127.0.0.1', '-p', String(port), '-t', '2', '-J', ...(way === 'out' ? ['-R'] : [])];
  const { stdout } = await runOk(iperf, flags);
  const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}

/** Microseconds until the first byte of a new connection. */
async function firstByte(port: number): Promise<number> {
  const before = performance.now();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'data');
  socket.destroy();
  return (performance.now() - before) * 1000;
}

if (!existsSync(iperf)) throw new Error('needs iperf3');
await using stack = new AsyncDisposableStack();
const engine = stack.use(await startOurs({ rootless: true }));
await importBusybox(engine);
const ports = { 5201: 15_201, 5202: 15_202 };
const PortBindings = Object.fromEntries(
  Object.entries(ports).map(([inner, outer]) => [`${inner}/tcp`, [{ HostIp: '127.0.0.1', HostPort: String(outer) }]]),
);
for (const Cmd of [
  [iperf, '-s'],
  [python, '-c', greeter],
]) {
  const inner = Cmd[0] === iperf ? '5201/tcp' : '5202/tcp';
  const HostConfig = { Binds: binds, PortBindings: { [inner]: PortBindings[inner] } };
  const body = { Image: image, Cmd, HostConfig, ExposedPorts: { [inner]: {} } };
  const { Id } = JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string };
  await engine.call('POST', `/containers/${Id}/start`);
  const [command = '', ...args] = Cmd;
  const bare = spawn(command, args, { stdio: 'ignore' });
  stack.defer(() => void bare.kill('SIGKILL'));
}
for (const port of [5202, ports[5202]]) {
  await until(`port ${port} answers`, async () =>
    firstByte(port).then(
      () => true,
      () => false,
    ),
  );
}

title('a published port without root beside bare loopback (medians)');
const rounds = repetitions(5);
for (const way of ['in', 'out'] as const) {
  const published: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    published.push(await throughput(ports[5201], way));
    bare.push(await throughput(5201, way));
  }
  const unit = 'Gbit/s';
  const rates = { ours: median(published), theirs: median(bare), rival: 'bare', ratio: 0.5, moreIsBetter: true };
  report({ what: way === 'in' ? 'into the container' : 'out of the container', unit, ...rates });
}
const times = { published: [] as number[], bare: [] as number[] };
for (let round = 0; round < 300; round++) {
  times.published.push(await firstByte(ports[5202]));
  times.bare.push(await firstByte(5202));
}
const first = {
  ours: median(times.published.slice(50)),
  theirs: median(times.bare.slice(50)),
  rival: 'bare',
  ratio: 5,
};
report({ what: 'connect and first byte', unit: 'us', ...first });
await stack.disposeAsync();
process.exit();
