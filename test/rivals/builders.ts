// The builders that one Dockerfile is given to: ours, dockerd's classic one and its BuildKit, and buildah.

import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { buildClients, buildClientSuites } from '../helpers/build-clients.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { run, runOk } from '../helpers/run.ts';
import { startDaemon, unmountBelow } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { dockerd, startForeign } from '../extension/foreign-engine.ts';
import { readImage, type Image } from './image-tree.ts';

export const rivals = ['classic', 'BuildKit', 'buildah'] as const;
export type Rival = (typeof rivals)[number];

/** The base of all: a busybox, with `sh` as its command. */
export const base = 'localhost/rivals:1';

export interface Builder {
  /** @param args flags after `build` @returns the image, or what was said when it failed */
  build(context: string, args: readonly string[]): Promise<Image | string>;
}

export interface Builders extends AsyncDisposable {
  readonly ours: Builder;
  readonly rivals: Readonly<Record<Rival, Builder>>;
}

export async function startBuilders(): Promise<Builders> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTempFolder());
  stack.defer(async () => unmountBelow(folder.path));
  // crun of Debian refuses this layout; our engine hides it by itself, buildah does not.
  await run('umount', ['/sys/fs/cgroup/unified']);
  const archive = join(folder.path, 'base.tar');
  await writeFile(archive, await busyboxArchive(base));
  const daemon = stack.use(await startDaemon());
  const foreign = stack.use(await startForeign(dockerd));
  const config = join(folder.path, 'config');
  const clients = buildClients(buildClientSuites[0] ?? '');
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  await symlink(join(clients, 'cli-plugins/docker-buildx'), join(config, 'cli-plugins/docker-buildx'));
  const docker = join(clients, 'docker');
  const rival = { ...clientEnvironment(foreign.host), DOCKER_CONFIG: config, BUILDX_METADATA_PROVENANCE: 'disabled' };
  const own = clientEnvironment(daemon.host);
  await runOk(coracleBinary, ['load', '-i', archive], { env: own });
  await runOk(docker, ['load', '-i', archive], { env: rival });
  const engine = (command: string, env: Readonly<Record<string, string>>): Builder =>
    builder(folder.path, {
      build: async (name, context, args) => run(command, ['build', '-t', name, ...args, context], { env }),
      save: async (name, file) => runOk(command, ['save', '-o', file, name], { env }),
    });
  const builders = {
    ours: engine(coracleBinary, own),
    rivals: {
      classic: engine(docker, { ...rival, DOCKER_BUILDKIT: '0' }),
      BuildKit: engine(docker, { ...rival, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' }),
      buildah: await buildah(folder.path, archive),
    },
  };
  const moved = stack.move();
  return { ...builders, [Symbol.asyncDispose]: async () => moved.disposeAsync() };
}

async function buildah(folder: string, archive: string): Promise<Builder> {
  const policy = join(folder, 'policy.json');
  await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(join(folder, 'registries.conf'), '');
  // Its own defaults ask for more than a host without CAP_SYS_RESOURCE may give.
  const limits = 'default_ulimits=["nofile=1024:1024","nproc=1024:1024"]';
  await writeFile(join(folder, 'containers.conf'), `[containers]\n${limits}\n`);
  const env = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
  };
  const roots = ['--root', join(folder, 'data'), '--runroot', join(folder, 'run'), '--storage-driver', 'overlay'];
  const trusting = ['--signature-policy', policy];
  await runOk('buildah', [...roots, 'pull', ...trusting, `docker-archive:${archive}`], { env });
  const flags = [
    '--layers',
    '--format',
    'docker',
    '--runtime',
    'crun',
    '--network',
    'none',
    '--pull-never',
    ...trusting,
  ];
  return builder(folder, {
    build: async (name, context, args) =>
      run('buildah', [...roots, 'build', ...flags, '--identity-label=false', '-t', name, ...args, context], { env }),
    save: async (name, file) =>
      runOk(
        'buildah',
        [...roots, 'push', '--disable-compression', ...trusting, name, `docker-archive:${file}:${name}`],
        { env },
      ),
  });
}

interface Commands {
  build(
    name: string,
    context: string,
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  save(name: string, file: string): Promise<unknown>;
}

function builder(root: string, commands: Commands): Builder {
  let builds = 0;
  return {
    async build(context, args) {
      builds += 1;
      const name = `localhost/built:${builds}`;
      const { code, stdout, stderr } = await commands.build(name, context, args);
      if (code !== 0) return `${stdout}${stderr}`;
      const folder = await mkdtemp(join(root, 'image-'));
      const file = `${folder}.tar`;
      await commands.save(name, file);
      return readImage(file, folder);
    },
  };
}
