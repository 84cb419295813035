// The engines that are measured: ours, dockerd and the Podman service, each on temporary roots and in a CPU group of its own.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { busyboxRootfs } from '../helpers/busybox-image.ts';
import { until } from '../helpers/poll.ts';
import { killProcessesOf, startDaemon, unmountBelow } from '../helpers/temp-daemon.ts';
import { cpuGroup, type CpuGroup } from './harness.ts';

/** With a host and `latest`, since Podman takes a bare name for one of Docker Hub and ignores the tag of an import. */
export const image = 'localhost/bench:latest';

export interface Engine extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly firstPingMs: number;
  readonly cpu: CpuGroup;
  /** The command line of a client of its own, without an engine's socket; only Podman has one. */
  readonly localCommand?: readonly string[];
  /** A request on a kept connection. Rejects for a status of 400 and more. */
  call(method: string, path: string, body?: unknown): Promise<string>;
}

/** Flags for all: a registry without TLS. */
export interface EngineOptions {
  readonly insecureRegistry?: string;
}

/** Ours may run without root besides; its name then is `rootless`. */
export interface OwnOptions extends EngineOptions {
  readonly rootless?: boolean;
}

export async function startOurs(options: OwnOptions = {}): Promise<Engine> {
  const { insecureRegistry, rootless = false } = options;
  const name = rootless ? 'rootless' : 'ours';
  const cpu = cpuGroup(name, rootless ? [] : ['coracle']);
  const daemon = await startDaemon({
    rootless,
    args: insecureRegistry === undefined ? [] : ['--insecure-registry', insecureRegistry],
  });
  const { firstPingMs } = daemon;
  // Its helper started meanwhile, and what it forks later must count.
  for (const pid of descendants(daemon.pid())) cpu.add(pid);
  return engine({ name, host: daemon.host, pid: daemon.pid(), firstPingMs, cpu }, async () => {
    await daemon[Symbol.asyncDispose]();
  });
}

/** @returns undefined when dockerd is not installed */
export async function startDockerd(options: EngineOptions = {}): Promise<Engine | undefined> {
  if (!existsSync('/usr/sbin/dockerd')) return undefined;
  const { insecureRegistry } = options;
  return startRival('dockerd', async (folder, group) => {
    await writeFile(join(folder, 'daemon.json'), '{}');
    const roots = `--data-root ${folder}/data --exec-root /run/exec -p ${folder}/pid -H unix://${folder}/s`;
    const registry = insecureRegistry === undefined ? '' : `--insecure-registry ${insecureRegistry}`;
    const cgroups = `--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /${group}`;
    return { engine: `exec dockerd --config-file ${folder}/daemon.json ${roots} ${cgroups} ${registry}` };
  });
}

/** @returns undefined when Podman is not installed */
export async function startPodman(options: EngineOptions = {}): Promise<Engine | undefined> {
  if (!existsSync('/usr/bin/podman')) return undefined;
  return startRival('podman', async (folder) => {
    // Its own defaults ask for more than a container host without CAP_SYS_RESOURCE may give.
    const limits = 'default_ulimits=["nofile=20000:20000","nproc=20000:20000"]';
    await writeFile(
      join(folder, 'containers.conf'),
      `[containers]\n${limits}\n[network]\nnetwork_backend="netavark"\n`,
    );
    const registry = options.insecureRegistry ?? '127.0.0.1:1';
    await writeFile(join(folder, 'registries.conf'), `[[registry]]\nlocation="${registry}"\ninsecure=true\n`);
    await writeFile(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    const environment = `CONTAINERS_CONF=${folder}/containers.conf CONTAINERS_REGISTRIES_CONF=${folder}/registries.conf`;
    const policy = `mkdir -p /etc/containers; [ -e /etc/containers/policy.json ] || cp ${folder}/policy.json /etc/containers`;
    const roots = `--root ${folder}/data --runroot /run/exec/run --tmpdir /run/exec/tmp`;
    const flags = `--network-config-dir ${folder}/networks --runtime crun --cgroup-manager cgroupfs --events-backend file`;
    const podman = `env ${environment} podman ${roots} ${flags}`;
    return { engine: `${policy}; exec ${podman} system service -t 0 unix://${folder}/s`, local: podman.split(' ') };
  });
}

/** Starts a rival in a mount namespace of its own, with a fresh /run and without the cgroup layout that crun refuses. */
async function startRival(
  name: string,
  commandLine: (
    folder: string,
    group: string,
  ) => Promise<{ readonly engine: string; readonly local?: readonly string[] }>,
): Promise<Engine> {
  const folder = await mkdtemp(`/tmp/cor-${name}-`);
  const containers = `bench-${process.pid}-${name}-containers`;
  const cpu = cpuGroup(name, name === 'podman' ? ['libpod_parent'] : [containers]);
  const prepare = 'mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/lock; umount /sys/fs/cgroup/unified 2>/dev/null;';
  const commands = await commandLine(folder, containers);
  const before = performance.now();
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', `${prepare} ${commands.engine}`], {
    stdio: 'ignore',
  });
  if (child.pid === undefined) throw new Error(`${name} did not start`);
  cpu.add(child.pid);
  const host = `unix://${folder}/s`;
  const rival = engine({ name, host, pid: child.pid, firstPingMs: 0, cpu }, async () => {
    await endRival(child, folder);
    removeGroups(name === 'podman' ? 'libpod_parent' : containers);
  });
  try {
    await until(`${name} answers`, async () => (await rival.call('GET', '/_ping')) === 'OK', {
      timeoutMs: 60_000,
      everyMs: 5,
    });
  } catch (error) {
    await rival[Symbol.asyncDispose]();
    throw error;
  }
  const firstPingMs = performance.now() - before;
  if (commands.local === undefined) return { ...rival, firstPingMs };
  const localCommand = ['nsenter', `--mount=/proc/${child.pid}/ns/mnt`, ...commands.local];
  return { ...rival, firstPingMs, localCommand };
}

async function endRival(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const hardly = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exit;
    clearTimeout(hardly);
  }
  killProcessesOf(folder);
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Removes empty control groups that a rival leaves, in all hierarchies. */
export function removeGroups(group: string): void {
  const script =
    'for g in /sys/fs/cgroup/*/"$0" /sys/fs/cgroup/"$0"; do [ -d "$g" ] && find "$g" -depth -type d -exec rmdir {} +; done';
  spawnSync('sh', ['-c', script, group], { stdio: 'ignore' });
}

function engine(facts: Omit<Engine, 'call' | typeof Symbol.asyncDispose>, end: () => Promise<void>): Engine {
  const socketPath = facts.host.replace(/^unix:\/\//, '');
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    ...facts,
    call: async (method, path, body) => call(agent, socketPath, { method, path, body }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await end();
      facts.cpu[Symbol.dispose]();
    },
  };
}

async function call(
  agent: Agent,
  socketPath: string,
  ask: { readonly method: string; readonly path: string; readonly body: unknown },
): Promise<string> {
  const { method, path, body } = ask;
  const isStream = body instanceof Uint8Array;
  const payload = body === undefined || isStream ? body : JSON.stringify(body);
  const headers = isStream ? { 'content-type': 'application/x-tar' } : { 'content-type': 'application/json' };
  const outgoing = request({ socketPath, path, method, agent, headers: payload === undefined ? {} : headers });
  const response = once(outgoing, 'response');
  outgoing.end(payload);
  const [incoming] = (await response) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
  if ((incoming.statusCode ?? 500) >= 400) throw new Error(`${method} ${path}: ${incoming.statusCode} ${text}`);
  return text;
}

/** Makes the small image that most benchmarks run. */
export async function importBusybox(target: Engine): Promise<void> {
  const changes = `changes=${encodeURIComponent('CMD ["sh"]')}`;
  await target.call(
    'POST',
    `/images/create?fromSrc=-&repo=localhost/bench&tag=latest&${changes}`,
    await busyboxRootfs(),
  );
}

/** Ours and what is installed of the rivals, each with the image. The caller disposes them. */
export async function startAll(options: EngineOptions = {}): Promise<{ all: Engine[]; stack: AsyncDisposableStack }> {
  await using stack = new AsyncDisposableStack();
  const all: Engine[] = [];
  for (const start of [startOurs, startDockerd, startPodman]) {
    const one: Engine | undefined = await start(options);
    if (one === undefined) continue;
    stack.use(one);
    all.push(one);
    await importBusybox(one);
  }
  return { all, stack: stack.move() };
}

/** A process and all below it. */
export function descendants(pid: number): number[] {
  const tasks = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(tasks) ? readFileSync(tasks, 'utf8').split(' ').filter(Boolean).map(Number) : [];
  return [pid, ...children.flatMap((child) => descendants(child))];
}
