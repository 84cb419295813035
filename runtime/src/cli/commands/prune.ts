// `container|image|network|volume|builder|system prune`.

import type { EngineClient } from '../../client/client.ts';
import { command, ExitError } from '../command.ts';
import { bool, bytes, filter } from '../flags/types.ts';
import type { FilterValues } from '../flags/types.ts';
import { humanSize } from '../../text/units.ts';
import { confirm } from '../io/ask.ts';

const filterFlag = filter('Provide filter values (e.g. "until=<timestamp>")', '');
const force = bool('f', 'Do not prompt for confirmation');

const warnings = {
  containers: 'WARNING! This will remove all stopped containers.\n',
  danglingImages: 'WARNING! This will remove all dangling images.\n',
  allImages: 'WARNING! This will remove all images without at least one container associated to them.\n',
  networks: 'WARNING! This will remove all custom networks not used by at least one container.\n',
  anonymousVolumes: 'WARNING! This will remove anonymous local volumes not used by at least one container.\n',
  allVolumes: 'WARNING! This will remove all local volumes not used by at least one container.\n',
  // In one line with the question, as docker has it.
  buildCache: 'WARNING! This will remove all dangling build cache. ',
  allBuildCache: 'WARNING! This will remove all build cache. ',
};

async function ask(warning: string, isForced: boolean): Promise<void> {
  if (isForced) return;
  if (!(await confirm(`${warning}Are you sure you want to continue?`))) throw new ExitError(0);
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

async function buildCache(
  client: EngineClient,
  filters: FilterValues,
  options: Parameters<EngineClient['images']['pruneBuilds']>[1],
): Promise<Pruned> {
  const { CachesDeleted, SpaceReclaimed } = await client.images.pruneBuilds(filters, options);
  return { text: section('Deleted build cache objects:', CachesDeleted ?? []), space: SpaceReclaimed ?? 0 };
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

export const pruneBuilder = command({
  usage: '',
  args: { max: 0 },
  flags: {
    all: bool('a', 'Remove all unused build cache, not just dangling ones'),
    filter: filter('Provide filter values (e.g. "until=24h")', ''),
    force,
    'keep-storage': bytes('', 'Amount of disk space to keep for cache'),
    'max-used-space': bytes('', 'Maximum amount of disk space allowed to keep for cache'),
  },
  async run({ flags, session }) {
    await ask(flags.all ? warnings.allBuildCache : warnings.buildCache, flags.force);
    const { text, space } = await buildCache(await session.client(), flags.filter, {
      all: flags.all,
      keepStorage: flags['keep-storage'],
      maxUsedSpace: flags['max-used-space'],
    });
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
      throw new Error('ERROR: The "until" filter is not supported with "--volumes"');
    }
    const parts = [
      'all stopped containers',
      'all networks not used by at least one container',
      ...(flags.volumes ? ['all anonymous volumes not used by at least one container'] : []),
      flags.all ? 'all images without at least one container associated to them' : 'all dangling images',
      flags.all ? 'all build cache' : 'unused build cache',
    ];
    const filters = Object.entries(flags.filter).flatMap(([key, values]) =>
      values.map((value) => `  - ${key}=${value}\n`),
    );
    const filtered = filters.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${filters.join('')}`;
    await ask(`WARNING! This will remove:\n${parts.map((part) => `  - ${part}\n`).join('')}${filtered}\n`, flags.force);
    const client = await session.client();
    const results = [await containers(client, flags.filter), await networks(client, flags.filter)];
    if (flags.volumes) results.push(await volumes(client, flags.filter, false));
    results.push(await images(client, flags.filter, flags.all));
    results.push(await buildCache(client, flags.filter, { all: flags.all }));
    const space = results.reduce((sum, result) => sum + result.space, 0);
    session.print(results.map((result) => result.text).join('') + total(space));
  },
});
