// `image ls --tree`: each image with its platforms below it, what they take, and whether a container uses them.

import type { ImageSummary } from '../../spec/api/images.ts';
import { formatPlatform } from '../../spec/platform.ts';
import { layOut } from '../../text/table.ts';
import { humanSize } from '../../text/units.ts';
import { shortName } from '../commands/list-flags.ts';

type Manifest = NonNullable<ImageSummary['Manifests']>[number];

interface Row {
  readonly name: string;
  readonly id: string;
  readonly disk: number;
  readonly content: number;
  readonly inUse: boolean;
}

/** @param images with their manifests @param noTrunc whole ids */
export function imageTree(images: readonly ImageSummary[], noTrunc: boolean): string {
  const rows = images.flatMap((image) => rowsOf(image));
  const id = (text: string) => (noTrunc ? text : text.replace(/^sha(?:256|512):/, '').slice(0, 12));
  const size = (bytes: number) => humanSize(Math.max(0, bytes), 3);
  const lines = rows.map((row) =>
    [row.name, id(row.id), size(row.disk), size(row.content), row.inUse ? 'U' : ''].join('\t'),
  );
  return layOut(['IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tIN USE', ...lines]);
}

function rowsOf(image: ImageSummary): readonly Row[] {
  const manifests = (image.Manifests ?? []).filter(({ Kind: kind }) => kind === 'image' || kind === undefined);
  const users = manifests.flatMap(({ ImageData: data }) => data?.Containers ?? []);
  const names = (image.RepoTags ?? []).filter((name) => name !== '<none>:<none>').map(shortName);
  const content = manifests.reduce((sum, manifest) => sum + (manifest.Size?.Content ?? 0), 0);
  const head = {
    id: image.Id ?? '',
    disk:
      manifests.length === 0 ? (image.Size ?? 0) : manifests.reduce((sum, each) => sum + (each.Size?.Total ?? 0), 0),
    content,
    inUse: users.length > 0 || (image.Containers ?? -1) > 0,
  };
  const heads = (names.length === 0 ? ['<untagged>'] : names).map((name) => ({ ...head, name }));
  return [...heads, ...manifests.map((manifest, at) => childOf(manifest, at === manifests.length - 1))];
}

function childOf(manifest: Manifest, isLast: boolean): Row {
  const { os, architecture, variant } = manifest.ImageData?.Platform ?? {};
  const platform = { os: os ?? '', architecture: architecture ?? '', ...(variant ? { variant } : {}) };
  const text = formatPlatform(platform) || '<unknown>';
  return {
    name: `${isLast ? '└─' : '├─'} ${text}${manifest.Available === false ? ' (not here)' : ''}`,
    id: manifest.ID ?? '',
    disk: manifest.Size?.Total ?? 0,
    content: manifest.Size?.Content ?? 0,
    inUse: (manifest.ImageData?.Containers ?? []).length > 0,
  };
}
