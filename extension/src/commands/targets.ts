// What verbs act on: the few facts that every list of the engine tells, so that a tree's node, a quick pick and a test make the
// same thing.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ContainerSummary } from '../../../runtime/src/spec/api/containers.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import type { ImageSummary } from '../../../runtime/src/spec/api/images.ts';
import { shortId } from '../../../runtime/src/spec/ids.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import { l10n } from '../l10n.ts';
import { isOurs } from '../model/is-ours.ts';
import type { PickItem } from '../ui/ui.ts';

export interface ContainerTarget {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** `running`, `exited`, … as the engine says. */
  readonly state: string;
}

export interface ImageTarget {
  readonly id: string;
  /** The tag it was chosen by, the digest's name, or the short id when it has no name. */
  readonly name: string;
  readonly isDangling: boolean;
  readonly size: number;
}

export interface VolumeTarget {
  readonly name: string;
}

export interface NetworkTarget {
  readonly id: string;
  readonly name: string;
}

/** A build, or one step of it. */
export interface BuildTarget {
  /** Of its record. */
  readonly id: string;
  readonly name: string;
  readonly state: BuildRecord['state'] | '';
  /** Number of the step, from 0; absent for the build itself. */
  readonly step?: number;
}

/** What a node of a tree stands for. */
export type NodeTarget =
  | { readonly kind: 'container'; readonly target: ContainerTarget }
  | { readonly kind: 'image'; readonly target: ImageTarget }
  | { readonly kind: 'volume'; readonly target: VolumeTarget }
  | { readonly kind: 'network'; readonly target: NetworkTarget }
  | { readonly kind: 'build'; readonly target: BuildTarget };

/** How one kind of target is listed and shown in a quick pick. */
export interface Noun<T> {
  readonly kind: NodeTarget['kind'];
  list(client: EngineClient): Promise<T[]>;
  item(target: T): PickItem<T>;
  /** For messages when there is nothing to choose from. */
  nothing(): string;
}

export function containerTarget(summary: ContainerSummary): ContainerTarget {
  const id = summary.Id ?? '';
  // Names of links (`/other/alias`) are no names of this container.
  const name = (summary.Names ?? []).map((text) => text.replace(/^\//, '')).find((text) => !text.includes('/'));
  return { id, name: name ?? shortId(id), image: summary.Image ?? '', state: summary.State ?? '' };
}

/** One target per tag, as the command line lists them. */
export function imageTargets(summary: ImageSummary): ImageTarget[] {
  const id = summary.Id ?? '';
  const size = summary.Size ?? 0;
  const tags = (summary.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  if (tags.length > 0) return tags.map((name) => ({ id, name, isDangling: false, size }));
  const digest = (summary.RepoDigests ?? []).find((text) => !text.startsWith('<none>'));
  return [{ id, name: digest ?? shortId(id), isDangling: true, size }];
}

export function buildTarget({ id, tags, state }: BuildRecord, step?: number): BuildTarget {
  return { id, name: tags[0] ?? shortId(id), state, ...(step === undefined ? {} : { step }) };
}

export const containers: Noun<ContainerTarget> = {
  kind: 'container',
  list: async (client) => (await client.containers.list({ all: true })).map(containerTarget),
  item: (target) => ({ label: target.name, description: target.state, detail: target.image, value: target }),
  nothing: () => l10n.t('There is no container for this.'),
};

export const images: Noun<ImageTarget> = {
  kind: 'image',
  list: async (client) => (await client.images.list()).flatMap(imageTargets),
  item: (target) => ({
    label: target.name,
    description: `${humanSize(target.size, 3)} ${shortId(target.id)}`,
    value: target,
  }),
  nothing: () => l10n.t('There is no image for this.'),
};

export const volumes: Noun<VolumeTarget> = {
  kind: 'volume',
  list: async (client) => ((await client.volumes.list()).Volumes ?? []).map(({ Name }) => ({ name: Name ?? '' })),
  item: (target) => ({ label: target.name, value: target }),
  nothing: () => l10n.t('There is no volume for this.'),
};

export const networks: Noun<NetworkTarget> = {
  kind: 'network',
  list: async (client) => (await client.networks.list()).map(({ Id, Name }) => ({ id: Id ?? '', name: Name ?? '' })),
  item: (target) => ({ label: target.name, description: shortId(target.id), value: target }),
  nothing: () => l10n.t('There is no network for this.'),
};

export const builds: Noun<BuildTarget> = {
  kind: 'build',
  async list(client) {
    const records = (await isOurs(client)) ? await client.builds.list() : [];
    return records.map((record) => buildTarget(record));
  },
  item: (target) => ({ label: target.name, description: `${target.state} ${shortId(target.id)}`, value: target }),
  nothing: () => l10n.t('There is no build for this.'),
};
