// Builds as rows, and their steps below them: how each ended, whether the cache had it or why not. Knows no VS Code.

import { basename } from 'node:path';
import type { BuildRecord, StepRecord, StepResult } from '../../../runtime/src/spec/engine/builds.ts';
import { shortId } from '../../../runtime/src/spec/ids.ts';
import { isSilent, seconds } from '../../../runtime/src/text/build-words.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import { buildTarget } from '../commands/targets.ts';
import { stepLabel, stepRef } from '../files/step-images.ts';
import { l10n } from '../l10n.ts';
import type { Fact, Row } from './rows.ts';

/** Names of what changed that a tooltip lists. */
const mostChanged = 10;

/**
 * Open are those that run, so that their steps are seen as they come, and the newest one where it failed.
 * @param engine the name of the engine that has the records, and with them the files of steps; undefined where it has neither
 */
export function buildRows(records: readonly BuildRecord[], engine: string | undefined, nowMs: number): Row[] {
  return records.map((record, index) => {
    const isOpen = record.state === 'running' || (index === 0 && record.state === 'failed');
    return { ...buildRow(record, engine, nowMs), isCollapsed: !isOpen };
  });
}

function buildRow(record: BuildRecord, engine: string | undefined, nowMs: number): Row {
  const { id, tags, state, steps, startedAtMs, durationMs, target, message } = record;
  const name = tags[0] ?? l10n.t('without a name');
  const marks = [...(target === '' ? [] : [target]), ...resultMarks(record), clock(startedAtMs, nowMs)];
  const image = imageRow(record);
  const children = [...steps.map((step) => stepRow(record, step, engine)), ...(image === undefined ? [] : [image])];
  return {
    id: `build/${id}`,
    label: name,
    description: marks.join(' · '),
    ...stateIcon(state),
    context: `build;${state}`,
    facts: [
      [l10n.t('Name'), tags.join(', ')],
      [l10n.t('Dockerfile'), record.origin?.dockerfile ?? record.dockerfile],
      [l10n.t('Folder'), record.origin?.folder ?? ''],
      [l10n.t('Stage'), target],
      [l10n.t('State'), stateWord(state)],
      [l10n.t('Begun'), new Date(startedAtMs).toISOString()],
      [l10n.t('Time'), durationMs === undefined ? '' : seconds(durationMs)],
      [l10n.t('Why'), message ?? ''],
      ['Id', shortId(id)],
    ],
    spoken: [name, stateWord(state), ...marks].join(', '),
    targets: [{ kind: 'build', target: buildTarget(record) }],
    ...(children.length === 0 && state !== 'running' ? {} : { children }),
  };
}

/** `3/10`, `4/10 cached`, `failed at line 7`, and the time it took. */
function resultMarks({ state, steps, durationMs }: BuildRecord): readonly string[] {
  const count = (wanted: (result: StepResult) => boolean) =>
    steps.filter(({ result }) => result !== undefined && wanted(result)).length;
  const took = durationMs === undefined ? [] : [seconds(durationMs)];
  if (state === 'running') return steps.length === 0 ? [] : [`${count(() => true)}/${steps.length}`];
  if (state === 'cancelled') return [l10n.t('cancelled'), ...took];
  const failed = steps.find(({ result }) => result?.state === 'failed');
  if (failed !== undefined) return [l10n.t('failed at line {0}', failed.source.startLine), ...took];
  if (state === 'failed') return [l10n.t('failed'), ...took];
  // Of what a cache can have: many steps only set something.
  const work = count((result) => !isSilent(result));
  const cached = count((result) => result.state === 'cached');
  return [l10n.t('{0}/{1} cached', cached, work), ...took];
}

function stepRow(record: BuildRecord, step: StepRecord, engine: string | undefined): Row {
  const { text, result, stageName, startedAtMs } = step;
  const state = result?.state ?? (startedAtMs === undefined || record.state !== 'running' ? 'waiting' : 'running');
  const marks = stepMarks(result, state);
  const files = filesRows(record, step, engine);
  return {
    id: `build/${record.id}/${step.step}`,
    label: text,
    description: marks.join(' · '),
    ...stateIcon(result !== undefined && isSilent(result) ? 'cached' : state),
    context: `step;${state}${files.length === 0 ? '' : ';files'}`,
    facts: stepFacts(record, step, state),
    spoken: [
      text,
      ...(stageName === undefined ? [] : [stageName]),
      ...(marks.length === 0 ? [stateWord(state)] : marks),
    ].join(', '),
    targets: [{ kind: 'build', target: buildTarget(record, step.step) }],
    command: 'coracle.build.openLine',
    ...(files.length === 0 ? {} : { children: files, isCollapsed: true }),
  };
}

function stepMarks(result: StepResult | undefined, state: string): readonly string[] {
  if (result === undefined) return state === 'running' ? [stateWord(state)] : [];
  const { durationMs, layerSize = 0, miss, exitCode } = result;
  if (result.state === 'cached') return [stateWord('cached')];
  return [
    ...(result.state === 'failed'
      ? [exitCode === undefined ? stateWord('failed') : l10n.t('exit code {0}', exitCode)]
      : []),
    ...(result.state === 'cancelled' ? [stateWord('cancelled')] : []),
    ...(durationMs < 50 ? [] : [seconds(durationMs)]),
    ...(layerSize === 0 ? [] : [humanSize(layerSize, 3)]),
    ...(miss === undefined ? [] : [miss.message]),
  ];
}

function stepFacts(
  { origin, dockerfile }: BuildRecord,
  { text, source, result, stageName }: StepRecord,
  state: string,
): Fact[] {
  const changed = result?.miss?.changed ?? [];
  const more = changed.length > mostChanged ? ` ${l10n.t('and {0} more', changed.length - mostChanged)}` : '';
  const place = basename(origin?.dockerfile ?? dockerfile);
  return [
    [l10n.t('Instruction'), text],
    [l10n.t('Line'), `${place}:${source.startLine}`],
    [l10n.t('Stage'), stageName ?? ''],
    [l10n.t('State'), stateWord(state)],
    [l10n.t('Not in the cache'), result?.miss?.message ?? ''],
    [l10n.t('Changed'), `${changed.slice(0, mostChanged).join(', ')}${more}`],
    [l10n.t('Time'), result === undefined ? '' : seconds(result.durationMs)],
    [l10n.t('Size'), result?.layerSize === undefined ? '' : humanSize(result.layerSize, 3)],
    [l10n.t('Why'), result?.message ?? ''],
  ];
}

/** What a step left, and what it began with where that is kept as well. */
function filesRows(record: BuildRecord, { step, result }: StepRecord, engine: string | undefined): Row[] {
  if (engine === undefined || result === undefined || result.state === 'cancelled') return [];
  const label = stepLabel(buildTarget(record).name, step);
  const row = (isBefore: boolean, words: string): Row => ({
    id: `build/${record.id}/${step}/${isBefore ? 'before' : 'files'}`,
    label: words,
    description: '',
    icon: 'root-folder',
    context: 'folder',
    facts: [[l10n.t('Path'), '/']],
    spoken: words,
    targets: [],
    file: { engine, noun: 'steps', ref: stepRef({ build: record.id, step, isBefore }), label, path: '/' },
    hasMore: true,
  });
  if (result.state !== 'failed') return [row(false, l10n.t('Files'))];
  return [row(false, l10n.t('Files that it left')), row(true, l10n.t('Files that it began with'))];
}

function imageRow({ id, imageId, tags }: BuildRecord): Row | undefined {
  if (imageId === undefined) return undefined;
  const name = tags[0] ?? shortId(imageId);
  const label = l10n.t('Image {0}', name);
  return {
    id: `build/${id}/image`,
    label,
    description: shortId(imageId),
    icon: 'layers',
    context: 'image;built',
    facts: [
      [l10n.t('Name'), tags.join(', ')],
      ['Id', imageId],
    ],
    spoken: label,
    targets: [{ kind: 'image', target: { id: imageId, name, isDangling: tags.length === 0, size: 0 } }],
    command: 'coracle.image.show',
  };
}

type State = BuildRecord['state'] | StepResult['state'] | 'waiting';

function stateIcon(state: State): { icon: string; colour?: string } {
  switch (state) {
    case 'running':
      return { icon: 'loading~spin', colour: 'charts.blue' };
    case 'done':
      return { icon: 'pass-filled', colour: 'charts.green' };
    case 'cached':
      return { icon: 'pass', colour: 'charts.green' };
    case 'failed':
      return { icon: 'error', colour: 'charts.red' };
    case 'cancelled':
      return { icon: 'circle-slash' };
    case 'waiting':
      return { icon: 'circle-outline' };
  }
}

function stateWord(state: string): string {
  const words: Readonly<Record<string, string>> = {
    running: l10n.t('running'),
    done: l10n.t('done'),
    cached: l10n.t('cached'),
    failed: l10n.t('failed'),
    cancelled: l10n.t('cancelled'),
    waiting: l10n.t('not run'),
  };
  return words[state] ?? state;
}

/** The time of a day, of another day its date. */
function clock(ms: number, nowMs: number): string {
  const [then, now] = [new Date(ms), new Date(nowMs)];
  return then.toDateString() === now.toDateString() ? then.toTimeString().slice(0, 5) : then.toISOString().slice(0, 10);
}
