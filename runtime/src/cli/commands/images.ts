// `images`, `image ls`, `tag`, `rmi`, `history`.

import type { ImageHistoryResponseItem, ImageSummary } from '../../spec/api/images.ts';
import { isNotFound } from '../../client/errors.ts';
import { command } from '../command.ts';
import { bool, list as listFlag, string } from '../flags/types.ts';
import { imageTree } from '../format/image-tree.ts';
import { formatList } from '../format/list.ts';
import type { ListSpec } from '../format/list.ts';
import { humanDuration } from '../../spec/duration.ts';
import { ellipsis, goTime, humanSize } from '../../text/units.ts';
import { forEach } from './each.ts';
import { formatHelp, lines, listFlags, shortName } from './list-flags.ts';
import { splitReference } from '../../text/names.ts';

/** A row of `images`: one per tag, or per digest with --digests. */
export interface ImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly image: ImageSummary;
}

export const list = command({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  args: { max: 1 },
  completes: 'images',
  flags: {
    ...listFlags,
    all: bool('a', 'Show all images (default hides intermediate images)'),
    digests: bool('', 'Show digests'),
    tree: bool('', 'List images as a tree of their platforms'),
  },
  async run({ args: [reference], flags, session }) {
    const client = await session.client();
    const filters = reference === undefined ? flags.filter : { ...flags.filter, reference: [...(flags.filter['reference'] ?? []), reference] };
    checkTree(flags);
    const query = { all: flags.all, filters, ...(flags.tree ? { manifests: true } : {}) };
    const images = (await client.images.list(query)).sort((a, b) => (b.Created ?? 0) - (a.Created ?? 0));
    const noTrunc = flags['no-trunc'];
    if (flags.tree) {
      session.write(imageTree(images, noTrunc));
      return;
    }
    const rows = images.flatMap((image) => imageRows(image, flags.digests || /\.Digest\b/.test(flags.format)));
    if (flags.quiet && (flags.format === '' || flags.format === 'table')) {
      session.write(lines(rows.map((row) => imageId(row.image.Id ?? '', noTrunc))));
      return;
    }
    const digest = flags.digests ? '{{.Digest}}\t' : '';
    const table = `{{.Repository}}\t{{.Tag}}\t${digest}{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}`;
    session.write(formatList(imageSpec(noTrunc, Date.now()), rows, { format: flags.format, table }));
  },
}); // prettier-ignore

/** @throws Error in docker's words for what a tree cannot show */
function checkTree(flags: { readonly tree: boolean; readonly quiet: boolean; readonly digests: boolean; readonly format: string }): void {
  if (!flags.tree) return;
  if (flags.quiet) throw new Error('--quiet is not yet supported with --tree');
  if (flags.digests) throw new Error('--digests is not yet supported with --tree');
  if (flags.format !== '') throw new Error('--format is not yet supported with --tree');
} // prettier-ignore

export function imageId(id: string, noTrunc: boolean): string {
  return noTrunc ? id : id.replace(/^sha256:/, '').slice(0, 12);
}

/** One row per name that the image has, one without any name for a dangling one. */
export function imageRows(image: ImageSummary, withDigests: boolean): ImageRow[] {
  const none = '<none>';
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>').map((tag) => splitTag(shortName(tag)));
  const digests = (image.RepoDigests ?? []).filter((digest) => digest !== '<none>@<none>').map((digest) => shortName(digest).split('@'));
  const rows: ImageRow[] = [];
  const repositories = new Set([...tags.map(([repository]) => repository), ...digests.map(([repository = '']) => repository)]);
  for (const repository of repositories) {
    const ownTags = tags.filter(([name]) => name === repository).map(([, tag]) => tag);
    const ownDigests = digests.filter(([name]) => name === repository).map(([, digest = none]) => digest);
    if (!withDigests && ownTags.length > 0) {
      rows.push(...ownTags.map((tag) => ({ repository, tag, digest: none, image })));
    } else {
      for (const tag of ownTags.length > 0 ? ownTags : [none]) {
        for (const digest of ownDigests.length > 0 && withDigests ? ownDigests : [none]) rows.push({ repository, tag, digest, image });
      }
    }
  }
  return rows.length > 0 ? rows : [{ repository: none, tag: none, digest: none, image }];
} // prettier-ignore

function splitTag(text: string): [string, string] {
  const at = text.lastIndexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
}

export function imageSpec(noTrunc: boolean, now: number): ListSpec<ImageRow> {
  const created = (row: ImageRow) => (row.image.Created ?? 0) * 1000;
  const sizeOr = (size: number | null | undefined) => (size === undefined || size === null || size < 0 ? 'N/A' : humanSize(size, 3));
  return {
    type: 'ImageContext',
    columns: {
      Containers: { header: 'CONTAINERS', value: ({ image }) => ((image.Containers ?? -1) < 0 ? 'N/A' : String(image.Containers)) },
      CreatedAt: { header: 'CREATED AT', value: (row) => goTime(created(row)) },
      CreatedSince: { header: 'CREATED', value: (row) => (created(row) <= 0 ? '' : `${humanDuration(now - created(row))} ago`) },
      Digest: { header: 'DIGEST', value: (row) => row.digest },
      ID: { header: 'IMAGE ID', value: ({ image }) => imageId(image.Id ?? '', noTrunc) },
      Repository: { header: 'REPOSITORY', value: (row) => row.repository },
      SharedSize: { header: 'SHARED SIZE', value: ({ image }) => ((image.SharedSize ?? -1) < 0 ? 'N/A' : humanSize(image.SharedSize ?? 0)) },
      Size: { header: 'SIZE', value: ({ image }) => sizeOr(image.Size ?? 0) },
      Tag: { header: 'TAG', value: (row) => row.tag },
      UniqueSize: { header: 'UNIQUE SIZE', value: ({ image }) => ((image.SharedSize ?? -1) < 0 ? 'N/A' : humanSize((image.Size ?? 0) - (image.SharedSize ?? 0))) },
      VirtualSize: { header: 'SIZE', value: ({ image }) => humanSize(image.Size ?? 0) },
    },
  };
} // prettier-ignore

export const tag = command({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  args: { min: 2, max: 2 },
  completes: 'images',
  flags: {},
  async run({ args: [source = '', target = ''], session }) {
    let repository: string;
    let name: string;
    try {
      const reference = splitReference(target);
      if (reference.digest !== '') throw new Error('refusing to create a tag with a digest reference');
      repository = reference.repository;
      name = reference.tag || 'latest';
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${why}`, {
        cause: error,
      });
    }
    const client = await session.client();
    await client.images.tag(source, repository, name);
  },
});

export const rmi = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  args: { min: 1 },
  completes: 'images',
  flags: {
    force: bool('f', 'Force removal of the image'),
    'no-prune': bool('', 'Do not delete untagged parents'),
    platform: listFlag('', 'Remove only the given platform variant', {
      hidden: true,
      check: () => {
        throw new Error('--platform is not supported by rmi: an image is removed whole');
      },
    }),
  },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await forEach(
      session,
      args,
      async (name) => {
        try {
          const items = await client.images.remove(name, { force: flags.force, noprune: flags['no-prune'] });
          const text = items.map((item) =>
            item.Deleted ? `Deleted: ${item.Deleted}` : `Untagged: ${item.Untagged ?? ''}`,
          );
          return text.length === 0 ? undefined : text.join('\n');
        } catch (error) {
          if (!flags.force || !isNotFound(error)) throw error;
          session.warn(`Error response from daemon: ${error.message}`);
          return undefined;
        }
      },
      1,
    );
  },
});

export const history = command({
  usage: '[OPTIONS] IMAGE',
  args: { min: 1, max: 1 },
  completes: 'images',
  flags: {
    format: string('', formatHelp),
    human: bool('H', 'Print sizes and dates in human readable format', true),
    'no-trunc': bool('', "Don't truncate output"),
    quiet: bool('q', 'Only show image IDs'),
  },
  async run({ args: [name = ''], flags, session }) {
    const client = await session.client();
    const items = await client.images.history(name);
    const noTrunc = flags['no-trunc'];
    const id = (item: ImageHistoryResponseItem) => (item.Id === '<missing>' ? item.Id : imageId(item.Id ?? '', noTrunc));
    if (flags.quiet && (flags.format === '' || flags.format === 'table')) {
      session.write(lines(items.map(id)));
      return;
    }
    const table = '{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}';
    const created = (item: ImageHistoryResponseItem) => (item.Created ?? 0) * 1000;
    const at = (item: ImageHistoryResponseItem) => new Date(created(item)).toISOString().replace('.000Z', 'Z');
    const by = (item: ImageHistoryResponseItem) => (item.CreatedBy ?? '').replaceAll('\t', ' ');
    const spec: ListSpec<ImageHistoryResponseItem> = {
      type: 'HistoryContext',
      columns: {
        Comment: { header: 'COMMENT', value: (item) => item.Comment ?? '' },
        CreatedAt: { header: 'CREATED AT', value: at },
        CreatedBy: { header: 'CREATED BY', value: (item) => (noTrunc ? by(item) : ellipsis(by(item), 45)) },
        CreatedSince: { header: flags.human ? 'CREATED' : 'CREATED AT', value: (item) => (flags.human ? `${humanDuration(Date.now() - created(item))} ago` : at(item)) },
        ID: { header: 'IMAGE', value: id },
        Size: { header: 'SIZE', value: (item) => (flags.human ? humanSize(item.Size ?? 0, 3) : String(item.Size ?? 0)) },
      },
    };
    session.write(formatList(spec, items, { format: flags.format, table }));
  },
}); // prettier-ignore
