// The engine that the conformance suite drives: `CONFORMANCE_HOST=unix://…` (a dockerd, a Podman service; run the suite in its
// network namespace), else our daemon on temporary roots. After each test everything that the test made is removed.

import type Docker from 'dockerode';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { clientEnvironment, dockerode, requireDockerCli } from '../helpers/clients.ts';
import { findDockerCli } from '../helpers/paths.ts';
import { run, type Finished } from '../helpers/run.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { isRootless, testUser } from '../helpers/test-user.ts';
import { isLightweight, wasiArchive } from '../helpers/wasi-image.ts';

export const image = 'coracle-conformance:1';

export interface Engine {
  readonly host: string;
  readonly socket: string;
  readonly docker: Docker;
  /**
   * Runs a bash script in which `docker` speaks to the engine, `$IMG` is a busybox image, `$N` a fresh name, `$T` a fresh
   * folder, and `pty` runs a command in a terminal (see terminal.py).
   */
  sh(script: string, options?: { readonly input?: string; readonly timeoutMs?: number }): Promise<Finished>;
  /** A name that nothing has yet. */
  name(): string;
}

interface Objects {
  readonly containers: Set<string>;
  readonly networks: Set<string>;
  readonly volumes: Set<string>;
  readonly images: Set<string>;
}

/** Sets up the engine around the suite that calls it. @returns a getter, valid inside hooks and tests */
export function useEngine(): () => Engine {
  let daemon: TempDaemon | undefined;
  let folder: TempFolder | undefined;
  let engine: TestEngine | undefined;
  let baseline: Objects | undefined;
  const get = (): TestEngine => {
    if (engine === undefined) throw new Error('the engine is not set up yet');
    return engine;
  };

  before(async function (this: Mocha.Context) {
    requireDockerCli(this);
    const external = process.env['CONFORMANCE_HOST'];
    if (external === undefined) {
      requireDaemon(this);
      daemon = await startDaemon();
    }
    folder = await makeTempFolder();
    if (isRootless()) testUser().own(folder.path);
    await mkdir(join(folder.path, 'bin'));
    await symlink(findDockerCli() ?? '', join(folder.path, 'bin/docker'));
    engine = new TestEngine(external ?? daemon?.host ?? '', folder.path);
    await loadImage(engine.docker);
    baseline = await objects(engine.docker);
  });

  afterEach(async () => {
    if (engine !== undefined && baseline !== undefined) await removeSince(engine.docker, baseline);
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  return get;
}

class TestEngine implements Engine {
  readonly host: string;
  readonly socket: string;
  readonly docker: Docker;
  readonly #folder: string;
  #names = 0;

  constructor(host: string, folder: string) {
    this.host = host;
    this.socket = host.replace(/^unix:\/\//, '');
    this.docker = dockerode(host);
    this.#folder = folder;
  }

  name(): string {
    this.#names += 1;
    return `c${process.pid}x${this.#names}`;
  }

  async sh(script: string, options: { readonly input?: string; readonly timeoutMs?: number } = {}): Promise<Finished> {
    const name = this.name();
    const temp = join(this.#folder, name);
    await mkdir(temp);
    const terminal = join(import.meta.dirname, 'terminal.py');
    const user = isRootless() ? testUser() : undefined;
    user?.own(temp);
    const pty = `pty() { /usr/bin/python3 '${user?.visible(terminal) ?? terminal}' "$@"; }`;
    return run('bash', ['--norc', '-uc', `${pty}\n${script}`], {
      ...options,
      cwd: temp,
      ...(user === undefined ? {} : { as: user }),
      env: {
        ...user?.env,
        ...clientEnvironment(this.host),
        PATH: `${join(this.#folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        IMG: image,
        N: name,
        T: temp,
      },
    });
  }
}

async function loadImage(docker: Docker): Promise<void> {
  const existing = await docker.listImages({ filters: JSON.stringify({ reference: [image] }) });
  if (existing.length > 0) return;
  const stream = await docker.loadImage(
    Readable.from([await (isLightweight() ? wasiArchive(image) : busyboxArchive(image))]),
  );
  for await (const chunk of stream) if (String(chunk).includes('errorDetail')) throw new Error(String(chunk));
}

async function objects(docker: Docker): Promise<Objects> {
  const [containers, networks, volumes, images] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
    docker.listImages(),
  ]);
  return {
    containers: new Set(containers.map(({ Id }) => Id)),
    networks: new Set(networks.map(({ Id }) => Id)),
    volumes: new Set((volumes.Volumes ?? []).map(({ Name }) => Name)),
    images: new Set(images.flatMap(({ Id, RepoTags }) => [Id, ...(RepoTags ?? [])])),
  };
}

async function removeSince(docker: Docker, baseline: Objects): Promise<void> {
  const now = await objects(docker);
  const fresh = (kind: keyof Objects): string[] => [...now[kind]].filter((id) => !baseline[kind].has(id));
  // A test may have left something half removed; the next list shows it again.
  await Promise.allSettled(fresh('containers').map((id) => docker.getContainer(id).remove({ force: true, v: true })));
  await Promise.allSettled(fresh('networks').map((id) => docker.getNetwork(id).remove()));
  await Promise.allSettled(fresh('volumes').map((name) => docker.getVolume(name).remove()));
  await Promise.allSettled(fresh('images').map((name) => docker.getImage(name).remove({ force: true })));
}
