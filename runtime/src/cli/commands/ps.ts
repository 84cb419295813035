// `ps` and `container ls`.

import type { ContainerSummary, PortSummary } from '../../spec/api/containers.ts';
import { command } from '../command.ts';
import { bool, int } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import type { ListSpec } from '../format/list.ts';
import { humanDuration } from '../../spec/duration.ts';
import { ellipsis, goTime, humanSize } from '../../text/units.ts';
import { idText, labelOf, labelText, lines, listFlags, shortName } from './list-flags.ts';

export const ps = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: {
    ...listFlags,
    all: bool('a', 'Show all containers (default shows just running)'),
    last: int('n', 'Show n last created containers (includes all states)', { shown: '-1' }),
    latest: bool('l', 'Show the latest created container (includes all states)'),
    size: bool('s', 'Display total file sizes'),
  },
  async run({ flags, session }) {
    const client = await session.client();
    const last = flags.latest ? 1 : (flags.last ?? -1);
    const size = flags.size || (!flags.quiet && showsSize(flags.format));
    const containers = await client.containers.list({
      all: flags.all,
      ...(last > 0 ? { limit: last } : {}),
      ...(size ? { size } : {}),
      filters: flags.filter,
    });
    if (flags.quiet && (flags.format === '' || flags.format === 'table')) {
      session.write(lines(containers.map((container) => idText(container.Id, flags['no-trunc']))));
      return;
    }
    const spec = containerSpec(flags['no-trunc'], Date.now());
    const table = `${containerTable}${flags.size ? '\t{{.Size}}' : ''}`;
    session.write(formatList(spec, containers, { format: flags.format, table }));
  },
});

const containerTable = '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}';

/** Whether a template shows sizes, by itself or among all as JSON: it asks for them, as with docker, where the word `json` does not. */
function showsSize(format: string): boolean {
  if (format === '' || format === 'json') return false;
  let isAsked = false;
  const { columns, ...rest } = containerSpec(true, 0);
  const value = (): string => {
    isAsked = true;
    return '';
  };
  formatList({ ...rest, columns: { ...columns, Size: { header: 'SIZE', value } } }, [{}], { format, table: '' });
  return isAsked;
}

/** Columns of a list of containers; `now` in milliseconds. */
export function containerSpec(noTrunc: boolean, now: number): ListSpec<ContainerSummary> {
  const created = (row: ContainerSummary) => (row.Created ?? 0) * 1000;
  return {
    type: 'ContainerContext',
    columns: {
      Command: { header: 'COMMAND', value: (row) => JSON.stringify(noTrunc ? row.Command : ellipsis(row.Command ?? '', 20)) },
      CreatedAt: { header: 'CREATED AT', value: (row) => goTime(created(row)) },
      ID: { header: 'CONTAINER ID', value: (row) => idText(row.Id, noTrunc) },
      Image: { header: 'IMAGE', value: (row) => imageText(row, noTrunc) },
      Labels: { header: 'LABELS', value: (row) => labelText(row.Labels) },
      LocalVolumes: { header: 'LOCAL VOLUMES', value: (row) => String(row.Mounts?.filter((mount) => mount.Driver === 'local').length ?? 0) },
      Mounts: { header: 'MOUNTS', value: (row) => mountsText(row, noTrunc) },
      Names: { header: 'NAMES', value: (row) => namesText(row, noTrunc) },
      Networks: { header: 'NETWORKS', value: (row) => Object.keys(row.NetworkSettings?.Networks ?? {}).join(',') },
      Platform: { header: 'PLATFORM', value: (row) => row.ImageManifestDescriptor?.platform ?? null },
      Ports: { header: 'PORTS', value: (row) => portsText(row.Ports ?? []) },
      RunningFor: { header: 'CREATED', value: (row) => `${humanDuration(now - created(row))} ago` },
      Size: { header: 'SIZE', value: sizeText },
      State: { header: 'STATE', value: (row) => row.State ?? '' },
      Status: { header: 'STATUS', value: (row) => row.Status ?? '' },
    },
    methods: { Label: (row, key) => labelOf(row.Labels, key) },
  };
} // prettier-ignore

function imageText(row: ContainerSummary, noTrunc: boolean): string {
  const image = row.Image ?? '';
  if (image === '') return '<no image>';
  if (noTrunc) return image;
  const id = row.ImageID ?? '';
  if (image === id || (id !== '' && idText(id, false) === idText(image, false))) return idText(image, false);
  // A tag together with a digest is shown without the digest.
  const at = image.indexOf('@');
  return at > 0 && image.lastIndexOf(':', at) > image.lastIndexOf('/', at)
    ? shortName(image.slice(0, at))
    : shortName(image);
}

function namesText(row: ContainerSummary, noTrunc: boolean): string {
  const names = (row.Names ?? []).map((name) => name.replace(/^\//, ''));
  // Names that other containers gave by links contain a slash.
  return (noTrunc ? names : names.filter((name) => !name.includes('/')).slice(0, 1)).join(',');
}

function mountsText(row: ContainerSummary, noTrunc: boolean): string {
  return (row.Mounts ?? [])
    .map((mount) => mount.Name || (mount.Source ?? ''))
    .map((name) => (noTrunc ? name : ellipsis(name, 15)))
    .join(',');
}

function sizeText(row: ContainerSummary): string {
  const own = humanSize(row.SizeRw ?? 0, 3);
  return (row.SizeRootFs ?? 0) > 0 ? `${own} (virtual ${humanSize(row.SizeRootFs ?? 0, 3)})` : own;
}

interface Group {
  readonly first: number;
  last: number;
}

/** `0.0.0.0:80->80/tcp, 81-83/tcp`: neighbours with equal ports inside and outside are drawn together. */
export function portsText(ports: readonly PortSummary[]): string {
  const groups = new Map<string, Group>();
  const result: string[] = [];
  const mapped: string[] = [];
  const sorted = [...ports].sort(comparePorts);
  for (const port of sorted) {
    const { key, isPlain, current } = portKey(port);
    if (!isPlain) {
      mapped.push(`${hostAddress(port.IP ?? '')}:${port.PublicPort}->${port.PrivatePort}/${port.Type}`);
      continue;
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: current, last: current });
    else if (current === group.last + 1) group.last = current;
    else {
      result.push(groupText(key, group));
      groups.set(key, { first: current, last: current });
    }
  }
  for (const [key, group] of groups) result.push(groupText(key, group));
  return [...result, ...mapped].join(', ');
}

function portKey(port: PortSummary): { key: string; isPlain: boolean; current: number } {
  const current = port.PrivatePort ?? 0;
  const type = port.Type ?? '';
  if (!port.IP) return { key: type, isPlain: true, current };
  return { key: `${hostAddress(port.IP)}/${type}`, isPlain: port.PublicPort === port.PrivatePort, current };
}

function groupText(key: string, { first, last }: Group): string {
  const [address, type] = key.includes('/') ? key.split('/') : ['', key];
  const range = first === last ? `${first}` : `${first}-${last}`;
  return address === '' ? `${range}/${type}` : `${address}:${range}->${range}/${type}`;
}

function hostAddress(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

function comparePorts(a: PortSummary, b: PortSummary): number {
  return (
    (a.PrivatePort ?? 0) - (b.PrivatePort ?? 0) ||
    compare(a.IP ?? '', b.IP ?? '') ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    compare(a.Type ?? '', b.Type ?? '')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
