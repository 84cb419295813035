// What it costs to do without root: `run --rm` of a bridged container by our engine of an ordinary user, by ours with root, and
// by Podman of the same user, as whole processes.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { runOk } from '../helpers/run.ts';
import { killProcessesOf } from '../helpers/temp-daemon.ts';
import { testUser } from '../helpers/test-user.ts';
import { image, importBusybox, startOurs, type Engine } from './engines.ts';
import { interleave, repetitions, report, title, type Subject } from './harness.ts';

function oursAs(engine: Engine): Subject {
  const env = clientEnvironment(engine.host);
  const run = async (): Promise<unknown> => runOk(coracleBinary, ['run', '--rm', image, 'true'], { env });
  return { name: engine.name, cpuMs: () => engine.cpu.usedMs(), run };
}

/** @returns undefined when Podman is not installed */
async function podmanAsUser(stack: AsyncDisposableStack): Promise<Subject | undefined> {
  if (!existsSync('/usr/bin/podman')) return undefined;
  const user = testUser();
  const folder = await mkdtemp('/tmp/cor-podman-');
  stack.defer(async () => {
    killProcessesOf(folder);
    await runOk('podman', ['unshare', 'rm', '-rf', join(folder, 'data')], { env, as: user, cwd: '/' });
    await rm(folder, { recursive: true, force: true });
  });
  user.own(folder);
  // Its own defaults ask for more than a host without CAP_SYS_RESOURCE may give.
  const limits = 'default_ulimits=["nofile=20000:20000","nproc=20000:20000"]';
  await writeFile(join(folder, 'containers.conf'), `[containers]\n${limits}\n`);
  const config = join(user.env['HOME'] ?? '', '.config/containers');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const env = { ...user.env, CONTAINERS_CONF: join(folder, 'containers.conf') };
  const roots = ['--root', join(folder, 'data'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')];
  const flags = [...roots, '--runtime', 'crun', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
  const podman = async (...args: string[]): Promise<unknown> =>
    runOk('podman', [...flags, ...args], { env, as: user, cwd: '/' });
  const archive = join(folder, 'image.tar');
  await writeFile(archive, await busyboxArchive(image));
  await podman('load', '-i', archive);
  return { name: 'podman', run: async () => podman('run', '--rm', image, 'true') };
}

// crun of Debian refuses this layout; our engine hides it by itself, Podman does not.
spawnSync('umount', ['/sys/fs/cgroup/unified'], { stdio: 'ignore' });
title('run --rm busybox true without root, bridged, as a whole process (medians)');
await using stack = new AsyncDisposableStack();
const subjects: Subject[] = [];
for (const rootless of [true, false]) {
  const engine = stack.use(await startOurs({ rootless }));
  await importBusybox(engine);
  subjects.push(oursAs(engine));
}
const podman = await podmanAsUser(stack);
const medians = await interleave(podman === undefined ? subjects : [...subjects, podman], repetitions(20));
const own = medians.get('rootless');
const root = medians.get('ours');
const theirs = medians.get('podman');
if (own !== undefined && root !== undefined) {
  const what = 'run --rm busybox true';
  report({ what, ours: own.wallMs, theirs: root.wallMs, unit: 'ms', rival: 'ours with root', ratio: 1.3 });
  report({ what: '  CPU of the engine', ours: own.cpuMs, theirs: root.cpuMs, unit: 'ms', rival: 'ours with root' });
  if (theirs !== undefined) {
    report({ what, ours: own.wallMs, theirs: theirs.wallMs, unit: 'ms', rival: 'rootless podman', ratio: 0.4 });
  }
}
await stack.disposeAsync();
process.exit();
