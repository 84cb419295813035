// `volume create|ls|rm`.

import type { Volume } from '../../spec/api/volumes.ts';
import { command } from '../command.ts';
import { bool, filter, list as listFlag, map, string } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import type { ListSpec } from '../format/list.ts';
import { humanSize } from '../../text/units.ts';
import { readLabels } from '../run/files.ts';
import { forEach } from './each.ts';
import { formatHelp, labelOf, labelText, lines } from './list-flags.ts';
import { natural } from './network.ts';

export const create = command({
  usage: '[OPTIONS] [VOLUME]',
  args: { max: 1 },
  flags: {
    driver: string('d', 'Specify volume driver name', 'local'),
    label: listFlag('', 'Set metadata for a volume'),
    name: string('', 'Specify volume name', '', { hidden: true }),
    opt: map('o', 'Set driver specific options', { needsValue: true }),
  },
  async run({ args: [argument], flags, session }) {
    if (argument !== undefined && flags.name !== '') {
      throw new Error('conflicting options: cannot specify a volume-name through both --name and as a positional arg');
    }
    const client = await session.client();
    const made = await client.volumes.create({
      Name: argument ?? flags.name,
      Driver: flags.driver,
      DriverOpts: flags.opt,
      Labels: readLabels([], flags.label),
    });
    session.print(made.Name ?? '');
  },
});

/** Columns of a list of volumes. */
export const volumeSpec: ListSpec<Volume> = {
  type: 'volumeContext',
  columns: {
    Availability: { header: 'AVAILABILITY', value: () => 'N/A' },
    Driver: { header: 'DRIVER', value: (row) => row.Driver ?? '' },
    Group: { header: 'GROUP', value: () => 'N/A' },
    Labels: { header: 'LABELS', value: (row) => labelText(row.Labels) },
    Links: { header: 'LINKS', value: (row) => (row.UsageData ? String(row.UsageData.RefCount ?? 0) : 'N/A') },
    Mountpoint: { header: 'MOUNTPOINT', value: (row) => row.Mountpoint ?? '' },
    Name: { header: 'VOLUME NAME', value: (row) => row.Name ?? '' },
    Scope: { header: 'SCOPE', value: (row) => row.Scope ?? '' },
    Size: { header: 'SIZE', value: (row) => (row.UsageData ? humanSize(row.UsageData.Size ?? 0) : 'N/A') },
    Status: { header: 'STATUS', value: () => 'N/A' },
  },
  methods: { Label: (row, key) => labelOf(row.Labels, key) },
};

export const list = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: {
    filter: filter('Provide filter values (e.g. "dangling=true")'),
    format: string('', formatHelp),
    quiet: bool('q', 'Only display volume names'),
  },
  async run({ flags, session }) {
    const client = await session.client();
    const volumes = [...((await client.volumes.list(flags.filter)).Volumes ?? [])];
    volumes.sort((a, b) => natural(a.Name ?? '', b.Name ?? ''));
    if (flags.quiet && (flags.format === '' || flags.format === 'table')) {
      session.write(lines(volumes.map((volume) => volume.Name ?? '')));
      return;
    }
    session.write(formatList(volumeSpec, volumes, { format: flags.format, table: '{{.Driver}}\t{{.Name}}' }));
  },
});

export const remove = command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  args: { min: 1 },
  completes: 'volumes',
  flags: { force: bool('f', 'Force the removal of one or more volumes') },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await forEach(
      session,
      args,
      async (name) => {
        await client.volumes.remove(name, flags.force);
        return name;
      },
      1,
    );
  },
});
