// `system df`, as a summary or in full (-v).

import type { BuildCacheRecord, DiskUsage } from '../../spec/api/system.ts';
import { cacheSize, diskUsageRows, reclaimableText } from '../../text/disk-usage.ts';
import type { DiskUsageRow } from '../../text/disk-usage.ts';
import { command } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import { rowValues } from '../format/list.ts';
import type { ListSpec } from '../format/list.ts';
import { documentTemplate } from '../format/object.ts';
import { humanDuration } from '../../spec/duration.ts';
import { humanSize } from '../../text/units.ts';
import { idText } from './list-flags.ts';
import { formatHelp } from './list-flags.ts';
import { imageRows, imageSpec } from './images.ts';
import { containerSpec } from './ps.ts';
import { volumeSpec } from './volume.ts';

export const diskUsage = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { format: string('', formatHelp), verbose: bool('v', 'Show detailed information on space usage') },
  async run({ flags, session }) {
    const client = await session.client();
    const usage = await client.system.diskUsage();
    if (flags.verbose) {
      const format = flags.format === 'json' ? '{{json .}}' : flags.format;
      const isTable = format === '' || format === 'table';
      session.write(isTable ? verbose(usage) : `${documentTemplate(format)(detailRows(usage))}\n`);
      return;
    }
    const table = '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}';
    session.write(formatList(summarySpec, diskUsageRows(usage), { format: flags.format, table }));
  },
});

const summarySpec: ListSpec<DiskUsageRow> = {
  type: 'diskUsageContext',
  columns: {
    Active: { header: 'ACTIVE', value: (row) => String(row.active) },
    Reclaimable: { header: 'RECLAIMABLE', value: reclaimableText },
    Size: { header: 'SIZE', value: (row) => humanSize(row.size) },
    TotalCount: { header: 'TOTAL', value: (row) => String(row.total) },
    Type: { header: 'TYPE', value: (row) => row.type },
  },
};

/** All columns of all lists, for templates. */
function detailRows(usage: DiskUsage): unknown {
  const now = Date.now();
  const rows = <R>(spec: ListSpec<R>, list: readonly R[] | null | undefined) =>
    (list ?? []).map((row) => rowValues(spec, row));
  return {
    Images: rows(
      imageSpec(false, now),
      usage.Images?.flatMap((image) => imageRows(image, false)),
    ),
    Containers: rows(containerSpec(false, now), ownSizes(usage)),
    Volumes: rows(volumeSpec, usage.Volumes),
    BuildCache: rows(cacheSpec(now), usage.BuildCache),
  };
}

/** What a container shares with its image is counted with the image. */
const ownSizes = (usage: DiskUsage) => (usage.Containers ?? []).map((row) => ({ ...row, SizeRootFs: 0 }));

function verbose(usage: DiskUsage): string {
  const now = Date.now();
  const images = (usage.Images ?? []).flatMap((image) => imageRows(image, false));
  const caches = usage.BuildCache ?? [];
  const table = (columns: string) => columns.split(' ').map((name) => `{{.${name}}}`).join('\t');
  return [
    'Images space usage:\n\n',
    formatList(imageSpec(false, now), images, { format: '', table: table('Repository Tag ID CreatedSince Size SharedSize UniqueSize Containers') }),
    '\nContainers space usage:\n\n',
    formatList(containerSpec(false, now), ownSizes(usage), { format: '', table: table('ID Image Command LocalVolumes Size RunningFor Status Names') }),
    '\nLocal Volumes space usage:\n\n',
    formatList(volumeSpec, usage.Volumes ?? [], { format: '', table: table('Name Links Size') }),
    `\nBuild cache usage: ${humanSize(cacheSize(caches))}\n\n`,
    formatList(cacheSpec(now), caches, { format: '', table: table('ID CacheType Size CreatedSince LastUsedSince UsageCount Shared') }),
  ].join('');
} // prettier-ignore

function cacheSpec(now: number): ListSpec<BuildCacheRecord> {
  const since = (text: string | null | undefined) => (text ? `${humanDuration(now - Date.parse(text))} ago` : '');
  return {
    type: 'buildCacheContext',
    columns: {
      CacheType: { header: 'CACHE TYPE', value: (row) => row.Type ?? '' },
      CreatedSince: { header: 'CREATED', value: (row) => since(row.CreatedAt) },
      ID: { header: 'CACHE ID', value: (row) => `${idText(row.ID, false)}${row.InUse === true ? '*' : ''}` },
      LastUsedSince: { header: 'LAST USED', value: (row) => since(row.LastUsedAt) },
      Shared: { header: 'SHARED', value: (row) => String(row.Shared ?? false) },
      Size: { header: 'SIZE', value: (row) => humanSize(row.Size ?? 0, 3) },
      UsageCount: { header: 'USAGE', value: (row) => String(row.UsageCount ?? 0) },
    },
  };
}
