// Files of volumes and images with engines that show those of containers only: by a container that has the volume mounted already,
// else by one of our own that is made for the moment, never started, and removed again.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../runtime/src/client/errors.ts';
import type { ContainerInspectResponse } from '../../../runtime/src/spec/api/containers.ts';
import { l10n } from '../l10n.ts';
import { helperLabel } from '../model/helpers.ts';
import type { DockerPlace } from './docker-access.ts';
import { FileFault } from './file-fault.ts';

type BorrowedNoun = 'volumes' | 'images';

/** Where a container of ours has the volume. */
const mountPlace = '/coracle-files';

/** A container of ours stays this long after its last use: a tree asks for several folders, and a volume in use cannot be removed. */
const lingerMs = 2000;

/** Older ones have been left behind by an extension that was killed. */
const abandonedS = 600;

/** Containers or images that are looked at, at most, to find one that will do. */
const mostLooked = 16;

interface Helper {
  readonly id: Promise<string>;
  users: number;
  timer?: NodeJS.Timeout;
}

export class BorrowedContainers {
  readonly #helpers = new WeakMap<EngineClient, Map<string, Helper>>();

  /** @throws FileFault when the engine has nothing by which they could be shown */
  async use<T>(
    client: EngineClient,
    noun: BorrowedNoun,
    ref: string,
    act: (place: DockerPlace) => Promise<T>,
  ): Promise<T> {
    const needsRunning = noun === 'volumes' && (await isPodman(client));
    const user = noun === 'volumes' ? await userOf(client, ref, needsRunning) : undefined;
    if (user !== undefined) return await act(user);
    if (needsRunning) {
      // One that has gone is told as such.
      await client.volumes.inspectText(ref);
      throw new FileFault(
        'NoPermissions',
        l10n.t('Podman shows the files of a volume only while a container that uses it runs. Start one.'),
      );
    }
    const root = noun === 'volumes' ? mountPlace : '/';
    return await this.#withHelper(client, noun, ref, (container) => act({ container, root, noun }));
  }

  async #withHelper<T>(
    client: EngineClient,
    noun: BorrowedNoun,
    ref: string,
    act: (id: string) => Promise<T>,
  ): Promise<T> {
    const helpers = this.#helpers.get(client) ?? new Map<string, Helper>();
    this.#helpers.set(client, helpers);
    const key = `${noun}/${ref}`;
    const helper = helpers.get(key) ?? { id: makeHelper(client, noun, ref), users: 0 };
    helpers.set(key, helper);
    helper.users += 1;
    clearTimeout(helper.timer);
    try {
      return await act(await helper.id);
    } finally {
      helper.users -= 1;
      if (helper.users === 0) {
        helper.timer = setTimeout(() => {
          helpers.delete(key);
          // One that cannot be removed now is found by its label later.
          void helper.id.then((id) => client.containers.remove(id, { v: true })).catch(() => undefined);
        }, lingerMs);
      }
    }
  }
}

/** A container with the whole volume at one place, preferably one that runs: that can move and delete as well. */
async function userOf(client: EngineClient, volume: string, mustRun: boolean): Promise<DockerPlace | undefined> {
  const users = await client.containers.list({ all: true, filters: { volume: [volume] } });
  const [running, others] = [true, false].map((runs) => users.filter(({ State }) => (State === 'running') === runs));
  for (const { Id } of [...(running ?? []), ...(mustRun ? [] : (others ?? []))].slice(0, mostLooked)) {
    const container = Id ?? '';
    const root = wholeMount(await client.containers.inspect(container), volume);
    if (root !== undefined) return { container, root, noun: 'volumes' };
  }
  return undefined;
}

/** Podman takes the path of a volume for one of the container's own root as long as the container does not run: files would go astray. */
async function isPodman(client: EngineClient): Promise<boolean> {
  const { Components } = await client.system.version();
  return (Components ?? []).some(({ Name }) => /podman/i.test(Name ?? ''));
}

/** Where a volume is mounted so that all of it can be seen and changed. */
export function wholeMount(
  { Config, Mounts, HostConfig }: Pick<ContainerInspectResponse, 'Config' | 'Mounts' | 'HostConfig'>,
  volume: string,
): string | undefined {
  if (Object.hasOwn(Config?.Labels ?? {}, helperLabel)) return undefined;
  const clean = (path: string | null | undefined): string => (path ?? '').replace(/\/+$/, '');
  const isPart = (HostConfig?.Mounts ?? []).some(
    ({ Source, VolumeOptions }) => Source === volume && (VolumeOptions?.Subpath ?? '') !== '',
  );
  if (isPart) return undefined;
  const places = [...(Mounts ?? []).map(({ Destination }) => Destination), ...Object.keys(HostConfig?.Tmpfs ?? {})];
  const found = (Mounts ?? []).find(({ Type, Name, RW, Destination }) => {
    const root = clean(Destination);
    // Another mount inside would show its own files there.
    const isCovered = places.some((place) => clean(place).startsWith(`${root}/`));
    return Type === 'volume' && Name === volume && RW !== false && root !== '' && !isCovered;
  });
  return found === undefined ? undefined : clean(found.Destination);
}

async function makeHelper(client: EngineClient, noun: BorrowedNoun, ref: string): Promise<string> {
  await removeAbandoned(client);
  // A container would make a volume that has gone.
  if (noun === 'volumes') await client.volumes.inspectText(ref);
  const mount = { Type: 'volume', Source: ref, Target: mountPlace, VolumeOptions: { NoCopy: true } } as const;
  const { Id } = await client.containers.create(
    {
      Image: noun === 'images' ? ref : await smallestImage(client),
      // It is never run; an engine wants to know what would be.
      Cmd: ['coracle-files'],
      Labels: { [helperLabel]: noun },
      HostConfig: { NetworkMode: 'none', ...(noun === 'volumes' ? { Mounts: [mount] } : {}) },
    },
    `coracle-files-${crypto.randomUUID().slice(-12)}`,
  );
  return Id ?? '';
}

/** Nothing is pulled for a look at files. An image that declares volumes would have some made. */
async function smallestImage(client: EngineClient): Promise<string> {
  const images = (await client.images.list()).toSorted((a, b) => (a.Size ?? 0) - (b.Size ?? 0));
  for (const { Id } of images.slice(0, mostLooked)) {
    const { Config } = await client.images.inspect(Id ?? '');
    if (Object.keys(Config?.Volumes ?? {}).length === 0) return Id ?? '';
  }
  throw new FileFault(
    'NoPermissions',
    l10n.t(
      'Files of a volume are reached through a container here, and there is no image to make one of. Pull an image, or start a container that uses the volume.',
    ),
  );
}

async function removeAbandoned(client: EngineClient): Promise<void> {
  const known = await client.containers.list({ all: true, filters: { label: [helperLabel] } });
  const before = Date.now() / 1000 - abandonedS;
  for (const { Id } of known.filter(({ Created }) => (Created ?? 0) < before)) {
    await client.containers.remove(Id ?? '', { v: true }).catch((error: unknown) => {
      // Another window may have been quicker.
      if (!isNotFound(error)) throw error;
    });
  }
}
