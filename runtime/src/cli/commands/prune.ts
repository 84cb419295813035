// `container|image|network|volume|system prune`.

import type { EngineClient } from '../../client/client.ts';
import { command, ExitError } from '../command.ts';
import { bool, filter } from '../flags/types.ts';
import type { FilterValues } from '../flags/types.ts';
import { humanSize } from '../../text/units.ts';
import { confirm } from '../io/ask.ts';

const filterFlag = filter('Provide filter values (e.g. "until=<timestamp>")', '');
const force = bool('f', 'Do not prompt for confirmation');

const warnings = {
  containers: 'WARNING! This will remove all stopped containers.',
  danglingImages: 'WARNING! This will remove all dangling images.',
  allImages: 'WARNING! This will remove all images without at least one container associated to them.',
  networks: 'WARNING! This will remove all custom networks not used by at least one container.',
  anonymousVolumes: 'WARNING! This will remove anonymous local volumes not used by at least one container.',
  allVolumes: 'WARNING! This will remove all local volumes not used by at least one container.',
};

async function ask(warning: string, isForced: boolean): Promise<void> {
  if (isForced) return;
  if (!(await confirm(`${warning}\nAre you sure you want to continue?`))) throw new ExitError(0);
}

interface Pruned {
  readonly text: string;
  readonly space: number;
}

async function containers(client: EngineClient, filters: FilterValues): Promise<Pruned> {
  const { ContainersDeleted, SpaceReclaimed } = await client.containers.prune(filters);
  return { text: section('Deleted Containers:', ContainersDeleted ?? []), space: SpaceReclaimed ?? 0 };
}

async function images(client: EngineClient, filters: FilterValues, all: boolean): Promise<Pruned> {
  const report = await client.images.prune({ ...filters, dangling: [String(!all)] });
  const lines = (report.ImagesDeleted ?? []).map((item) =>
    item.Untagged ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted ?? ''}`,
  );
  return { text: section('Deleted Images:', lines), space: report.SpaceReclaimed ?? 0 };
}

async function networks(client: EngineClient, filters: FilterValues): Promise<Pruned> {
  const { NetworksDeleted } = await client.networks.prune(filters);
  return { text: section('Deleted Networks:', NetworksDeleted ?? []), space: 0 };
}

async function volumes(client: EngineClient, filters: FilterValues, all: boolean): Promise<Pruned> {
  const report = await client.volumes.prune(all ? { ...filters, all: ['true'] } : filters);
  return { text: section('Deleted Volumes:', report.VolumesDeleted ?? []), space: report.SpaceReclaimed ?? 0 };
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `${line}\n`).join('')}\n`;
}

const total = (space: number): string => `Total reclaimed space: ${humanSize(space)}`;

export const pruneContainers = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { filter: filterFlag, force },
  async run({ flags, session }) {
    await ask(warnings.containers, flags.force);
    const { text, space } = await containers(await session.client(), flags.filter);
    session.print(text + total(space));
  },
});

export const pruneImages = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { all: bool('a', 'Remove all unused images, not just dangling ones'), filter: filterFlag, force },
  async run({ flags, session }) {
    await ask(flags.all ? warnings.allImages : warnings.danglingImages, flags.force);
    const { text, space } = await images(await session.client(), flags.filter, flags.all);
    session.print(text + total(space));
  },
});

export const pruneNetworks = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { filter: filterFlag, force },
  async run({ flags, session }) {
    await ask(warnings.networks, flags.force);
    const { text } = await networks(await session.client(), flags.filter);
    session.write(text);
  },
});

export const pruneVolumes = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { all: bool('a', 'Remove all unused volumes, not just anonymous ones'), filter: filterFlag, force },
  async run({ flags, session }) {
    await ask(flags.all ? warnings.allVolumes : warnings.anonymousVolumes, flags.force);
    const { text, space } = await volumes(await session.client(), flags.filter, flags.all);
    session.print(text + total(space));
  },
});

export const pruneSystem = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: {
    all: bool('a', 'Remove all unused images not just dangling ones'),
    filter: filterFlag,
    force,
    volumes: bool('', 'Prune anonymous volumes'),
  },
  async run({ flags, session }) {
    if (flags.volumes && Object.hasOwn(flags.filter, 'until')) {
      throw new Error('The "until" filter is not supported with "--volumes"');
    }
    const parts = [
      'all stopped containers',
      'all networks not used by at least one container',
      ...(flags.volumes ? ['all anonymous volumes not used by at least one container'] : []),
      flags.all ? 'all images without at least one container associated to them' : 'all dangling images',
    ];
    const filters = Object.entries(flags.filter).flatMap(([key, values]) =>
      values.map((value) => `  - ${key}=${value}\n`),
    );
    const filtered = filters.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${filters.join('')}`;
    await ask(`WARNING! This will remove:\n${parts.map((part) => `  - ${part}\n`).join('')}${filtered}`, flags.force);
    const client = await session.client();
    const results = [await containers(client, flags.filter), await networks(client, flags.filter)];
    if (flags.volumes) results.push(await volumes(client, flags.filter, false));
    results.push(await images(client, flags.filter, flags.all));
    const space = results.reduce((sum, result) => sum + result.space, 0);
    session.print(results.map((result) => result.text).join('') + total(space));
  },
});
