// The trees without VS Code: what each row says, and what is below it. Ids stay the same whatever happens to a thing, so that
// trees keep what is open and selected.

import type { ContainerSummary, PortSummary } from '../../../runtime/src/spec/api/containers.ts';
import type { ImageHistoryResponseItem, ImageSummary } from '../../../runtime/src/spec/api/images.ts';
import type { NetworkSummary } from '../../../runtime/src/spec/api/networks.ts';
import type { Volume } from '../../../runtime/src/spec/api/volumes.ts';
import { shortId } from '../../../runtime/src/spec/ids.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { ContextTarget } from '../commands/context/host.ts';
import { predefined } from '../commands/network/remove.ts';
import { containerTarget, imageTargets } from '../commands/targets.ts';
import type { NodeTarget } from '../commands/targets.ts';
import type { FileAddress } from '../files/uri.ts';
import { l10n } from '../l10n.ts';
import type { EngineLists } from '../model/engine-model.ts';
import type { RegistryTarget } from '../registries/targets.ts';

/** A line of a tooltip. Both are plain texts. */
export type Fact = readonly [name: string, value: string];

export interface Row {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Id of a codicon, and of a theme colour. */
  readonly icon: string;
  readonly colour?: string;
  /** `container;running;project`, as the manifest's menus expect it. */
  readonly context: string;
  readonly facts: readonly Fact[];
  /** Read aloud instead of label and description. */
  readonly spoken: string;
  readonly targets: readonly NodeTarget[];
  readonly contextTarget?: ContextTarget;
  readonly registryTarget?: RegistryTarget;
  readonly children?: readonly Row[];
  /** Children are shown when the user opens the row, and not at once. */
  readonly isCollapsed?: boolean;
  /** Children that are asked for when the row is opened. */
  readonly hasMore?: boolean;
  /** What the row is a file or directory of, and where. */
  readonly file?: FileAddress;
  /** Run when the row is chosen, with its file, else with the row. */
  readonly command?: string;
}

export interface ListOptions {
  /** Rows that contain this text, in whatever case. */
  readonly filter: string;
  readonly sort: string;
}

export interface ContainerOptions extends ListOptions {
  readonly groupBy: 'project' | 'label' | 'none';
  readonly label: string;
}

const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';

/** The id of the row that stands for a thing, whatever happens to it. */
export function rowId({ kind, target }: NodeTarget): string {
  switch (kind) {
    case 'image':
      return `image/${target.id}/${target.name}`;
    case 'volume':
      return `volume/${target.name}`;
    case 'build':
      return target.step === undefined ? `build/${target.id}` : `build/${target.id}/${target.step}`;
    default:
      return `${kind}/${target.id}`;
  }
}

export function containerRows({ containers }: EngineLists, options: ContainerOptions): Row[] {
  const wanted = containers.filter((summary) => fits(options.filter, containerWords(summary)));
  const sorted = [...wanted].sort(containerOrder(options.sort));
  const key = options.groupBy === 'project' ? projectLabel : options.groupBy === 'label' ? options.label : '';
  const groups = new Map<string, ContainerSummary[]>();
  const alone: ContainerSummary[] = [];
  for (const summary of sorted) {
    const group = key === '' ? undefined : ownLabel(summary, key);
    if (group === undefined || group === '') alone.push(summary);
    else groups.set(group, [...(groups.get(group) ?? []), summary]);
  }
  const projects = [...groups].sort(([a], [b]) => compare(a, b));
  return [
    ...projects.map(([name, members]) => groupRow(name, members, options)),
    ...alone.map((summary) => containerRow(summary, false)),
  ];
}

function groupRow(name: string, members: readonly ContainerSummary[], options: ContainerOptions): Row {
  const running = members.filter(({ State }) => State === 'running').length;
  const description = l10n.t('{0} of {1} running', running, members.length);
  const children = members.map((summary) => containerRow(summary, options.groupBy === 'project'));
  return {
    id: `group/${options.groupBy}/${name}`,
    label: name,
    description,
    icon: 'multiple-windows',
    ...(running > 0 ? { colour: 'charts.green' } : {}),
    context: 'project',
    facts: [],
    spoken: `${name}, ${description}`,
    targets: children.flatMap(({ targets }) => targets),
    children,
  };
}

function containerRow(summary: ContainerSummary, isInProject: boolean): Row {
  const target = containerTarget(summary);
  const service = isInProject ? ownLabel(summary, serviceLabel) : undefined;
  const ports = portTexts(summary.Ports ?? []);
  const words = stateWords(summary);
  return {
    id: rowId({ kind: 'container', target }),
    label: service ?? target.name,
    description: [words, ...ports].join(' · '),
    ...stateIcon(target.state, healthOf(summary)),
    context: `container;${target.state}${isInProject ? ';project' : ''}`,
    facts: [
      [l10n.t('Name'), target.name],
      [l10n.t('Image'), target.image],
      [l10n.t('Status'), words],
      [l10n.t('Created'), timeText((summary.Created ?? 0) * 1000)],
      [l10n.t('Ports'), ports.join(', ')],
      [l10n.t('Networks'), Object.keys(summary.NetworkSettings?.Networks ?? {}).join(', ')],
      [
        l10n.t('Mounts'),
        (summary.Mounts ?? [])
          .map((mount) => `${mount.Name || mount.Source || ''} → ${mount.Destination ?? ''}`)
          .join(', '),
      ],
      [l10n.t('Command'), summary.Command ?? ''],
      ['Id', shortId(target.id)],
    ],
    spoken: `${target.name}, ${words}`,
    targets: [{ kind: 'container', target }],
    hasMore: true,
  };
}

/** `healthy`, `unhealthy`, `starting`, or nothing; older engines only tell it in the status. */
export function healthOf({ Health, Status }: ContainerSummary): string {
  return Health?.Status ?? /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(Status ?? '')?.[1] ?? '';
}

/** `running, healthy`, `exited (137)`: what stays true until the next event. */
function stateWords(summary: ContainerSummary): string {
  const state = summary.State ?? '';
  const health = healthOf(summary);
  if (state === 'running' && health !== '') return `${state}, ${health}`;
  const code = /^Exited (\(\d+\))/.exec(summary.Status ?? '')?.[1];
  return state === 'exited' && code !== undefined ? `${state} ${code}` : state;
}

function stateIcon(state: string, health: string): { icon: string; colour?: string } {
  if (state === 'running') {
    if (health === 'unhealthy') return { icon: 'error', colour: 'charts.red' };
    if (health === 'starting') return { icon: 'loading', colour: 'charts.yellow' };
    return { icon: health === 'healthy' ? 'pass-filled' : 'vm-running', colour: 'charts.green' };
  }
  if (state === 'paused') return { icon: 'debug-pause', colour: 'charts.yellow' };
  if (state === 'restarting') return { icon: 'debug-restart', colour: 'charts.yellow' };
  if (state === 'dead') return { icon: 'error', colour: 'charts.red' };
  return { icon: 'vm-outline' };
}

/** `8080→80`, one for both address families. */
export function portTexts(ports: readonly PortSummary[]): string[] {
  const texts = ports
    .filter(({ PublicPort }) => (PublicPort ?? 0) > 0)
    .map(({ PublicPort, PrivatePort, Type }) => `${PublicPort}→${PrivatePort}${Type === 'tcp' ? '' : `/${Type}`}`);
  return [...new Set(texts)];
}

function containerWords(summary: ContainerSummary): string[] {
  const { name, image, state, id } = containerTarget(summary);
  return [name, image, state, id, ownLabel(summary, projectLabel) ?? '', ...portTexts(summary.Ports ?? [])];
}

function containerOrder(sort: string): (a: ContainerSummary, b: ContainerSummary) => number {
  const byName = (a: ContainerSummary, b: ContainerSummary) =>
    compare(containerTarget(a).name, containerTarget(b).name);
  if (sort === 'created') return (a, b) => (b.Created ?? 0) - (a.Created ?? 0) || byName(a, b);
  if (sort === 'state') {
    const rank = ({ State }: ContainerSummary) => ['running', 'restarting', 'paused'].indexOf(State ?? '') >>> 0;
    return (a, b) => rank(a) - rank(b) || byName(a, b);
  }
  return byName;
}

export function imageRows({ images, containers }: EngineLists, { filter, sort }: ListOptions): Row[] {
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return images
    .flatMap((summary) => imageTargets(summary).map((target) => ({ summary, target })))
    .filter(({ target }) => fits(filter, [target.name, target.id]))
    .sort((a, b) => imageOrder(sort, a.summary, b.summary) || compare(a.target.name, b.target.name))
    .map(({ summary, target }): Row => {
      const isUsed = used.has(summary.Id);
      const size = humanSize(target.size, 3);
      const marks = [size, ...(isUsed ? [l10n.t('in use')] : []), ...(target.isDangling ? [l10n.t('no name')] : [])];
      return {
        id: rowId({ kind: 'image', target }),
        label: target.name,
        description: marks.join(' · '),
        icon: isUsed ? 'layers-active' : 'layers',
        context: `image;${target.isDangling ? 'dangling' : 'tagged'}`,
        facts: [
          [l10n.t('Name'), target.name],
          ['Id', shortId(target.id)],
          [l10n.t('Size'), size],
          [l10n.t('Created'), timeText((summary.Created ?? 0) * 1000)],
        ],
        spoken: `${target.name}, ${marks.join(', ')}`,
        targets: [{ kind: 'image', target }],
        hasMore: true,
      };
    });
}

function imageOrder(sort: string, a: ImageSummary, b: ImageSummary): number {
  if (sort === 'size') return (b.Size ?? 0) - (a.Size ?? 0);
  return sort === 'created' ? (b.Created ?? 0) - (a.Created ?? 0) : 0;
}

/** The layers of an image, the newest first, each with the instruction that made it. */
export function layerRows(image: Row, history: readonly ImageHistoryResponseItem[]): Row[] {
  return history.map(({ CreatedBy, Size }, index): Row => {
    const made = (CreatedBy ?? '').replace(/^\/bin\/sh -c (#\(nop\) +)?/, '').replaceAll(/\s+/g, ' ');
    const size = humanSize(Size ?? 0, 3);
    return {
      id: `${image.id}/layer/${index}`,
      label: size,
      description: made,
      icon: (Size ?? 0) > 0 ? 'circle-filled' : 'circle-outline',
      context: 'layer',
      facts: [
        [l10n.t('Size'), size],
        [l10n.t('Made by'), CreatedBy ?? ''],
      ],
      spoken: `${size}, ${made}`,
      targets: [],
    };
  });
}

export interface VolumeOptions extends ListOptions {
  /** Bytes by name, as far as they are known. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
}

export function volumeRows({ volumes, containers }: EngineLists, { filter, sizes }: VolumeOptions): Row[] {
  return volumes
    .filter(({ Name }) => fits(filter, [Name ?? '']))
    .sort((a, b) => compare(a.Name ?? '', b.Name ?? ''))
    .map((volume) => volumeRow(volume, containers, sizes?.get(volume.Name ?? '')));
}

function volumeRow(
  { Name, Driver, CreatedAt, Mountpoint }: Volume,
  containers: readonly ContainerSummary[],
  bytes: number | undefined,
): Row {
  const name = Name ?? '';
  const users = containers
    .filter(({ Mounts }) => Mounts?.some((mount) => mount.Type === 'volume' && mount.Name === name) === true)
    .map((summary) => containerTarget(summary).name);
  const size = bytes === undefined ? '' : humanSize(bytes, 3);
  const use = users.length === 0 ? l10n.t('not in use') : l10n.t('used by {0}', users.join(', '));
  const description = size === '' ? use : `${size} · ${use}`;
  return {
    id: rowId({ kind: 'volume', target: { name } }),
    label: name,
    description,
    icon: 'database',
    context: 'volume',
    facts: [
      [l10n.t('Name'), name],
      [l10n.t('Size'), size],
      [l10n.t('Driver'), Driver ?? ''],
      [l10n.t('Created'), CreatedAt ?? ''],
      [l10n.t('Path'), Mountpoint ?? ''],
      [l10n.t('Used by'), users.join(', ')],
    ],
    spoken: `${name}, ${description}`,
    targets: [{ kind: 'volume', target: { name } }],
    hasMore: true,
  };
}

export function networkRows({ networks, containers }: EngineLists, { filter }: ListOptions): Row[] {
  return networks
    .filter(({ Name, Driver }) => fits(filter, [Name ?? '', Driver ?? '']))
    .sort((a, b) => compare(a.Name ?? '', b.Name ?? ''))
    .map((network) => networkRow(network, containers));
}

function networkRow(
  { Id, Name, Driver, Internal, IPAM }: NetworkSummary,
  containers: readonly ContainerSummary[],
): Row {
  const name = Name ?? '';
  const inside = containers.filter(({ NetworkSettings }) => Object.hasOwn(NetworkSettings?.Networks ?? {}, name));
  const subnets = (IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '').filter((text) => text !== '');
  const marks = [Driver ?? '', ...(Internal === true ? [l10n.t('internal')] : []), ...subnets];
  const id = `network/${Id ?? name}`;
  return {
    id,
    label: name,
    description: marks.join(' · '),
    icon: 'type-hierarchy',
    context: `network;${predefined.includes(name) ? 'builtin' : 'own'}`,
    facts: [
      [l10n.t('Name'), name],
      [l10n.t('Driver'), Driver ?? ''],
      [l10n.t('Subnets'), subnets.join(', ')],
      ['Id', shortId(Id ?? '')],
    ],
    spoken: `${name}, ${marks.join(', ')}`,
    targets: [{ kind: 'network', target: { id: Id ?? '', name } }],
    ...(inside.length === 0 ? {} : { children: inside.map((summary) => memberRow(id, name, summary)) }),
  };
}

function memberRow(parent: string, network: string, summary: ContainerSummary): Row {
  const { id, name } = containerTarget(summary);
  const address = summary.NetworkSettings?.Networks?.[network]?.IPAddress ?? '';
  return {
    id: `${parent}/${id}`,
    label: name,
    description: address,
    icon: 'vm',
    context: 'member',
    facts: [],
    spoken: `${name}, ${address}`,
    targets: [],
  };
}

/** What can be done about an engine that cannot be reached, below the words that say why. */
export function remedyRows(isOurs: boolean): Row[] {
  const remedy = (command: string, label: string, icon: string): Row => ({
    id: `remedy/${command}`,
    label,
    description: '',
    icon,
    context: 'remedy',
    facts: [],
    spoken: label,
    targets: [],
    command,
  });
  return [
    remedy('coracle.containers.refresh', l10n.t('Try again'), 'refresh'),
    ...(isOurs ? [remedy('coracle.system.doctor', l10n.t('Check this machine'), 'pulse')] : []),
    remedy('coracle.engine.showLog', l10n.t('Show the log'), 'output'),
    remedy('coracle.engine.choose', l10n.t('Choose another engine'), 'server'),
  ];
}

export function contextRows(contexts: readonly ContextTarget[]): Row[] {
  return contexts.map((target): Row => {
    const { name, host, description, isCurrent, isStored } = target;
    const marks = [...(isCurrent ? [l10n.t('in use')] : []), description || host];
    return {
      id: `context/${name}`,
      label: name,
      description: marks.join(' · '),
      icon: isCurrent ? 'pass-filled' : 'circle-outline',
      ...(isCurrent ? { colour: 'charts.green' } : {}),
      context: `context;${isCurrent ? 'current' : 'other'};${isStored ? 'stored' : 'known'}`,
      facts: [
        [l10n.t('Name'), name],
        [l10n.t('Address'), host],
      ],
      spoken: `${name}, ${marks.join(', ')}`,
      targets: [],
      contextTarget: target,
    };
  });
}

function ownLabel({ Labels }: ContainerSummary, key: string): string | undefined {
  return Object.hasOwn(Labels ?? {}, key) ? Labels?.[key] : undefined;
}

function fits(filter: string, words: readonly string[]): boolean {
  const wanted = filter.toLowerCase();
  return wanted === '' || words.some((word) => word.toLowerCase().includes(wanted));
}

/** `n2` before `n10`. */
const { compare } = new Intl.Collator('en', { numeric: true });

function timeText(ms: number): string {
  return ms > 0 ? new Date(ms).toISOString() : '';
}
