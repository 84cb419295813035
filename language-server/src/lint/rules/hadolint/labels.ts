// hadolint's rules about labels: DL3048 to DL3056 and DL3058.

import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, Pair } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { sourceNames, stageFinder } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import { allPlaced } from '../../instructions.ts';
import type {
  FileContext,
  FileFinding,
  FileRule,
  Finding,
  InstructionRule,
  LabelKind,
  Rule,
  RuleInfo,
} from '../../rule.ts';
import { plain } from '../../words.ts';
import { kinds } from './label-kinds.ts';
import { lineage } from './stages-used.ts';

function pairsOf({ form }: Instruction): readonly Pair[] {
  return form.kind === 'pairs' ? form.pairs : [];
}

type Settings = FileContext['settings'];

/** A rule about each label that some LABEL sets. */
function labelRule(
  info: RuleInfo,
  check: (key: string, pair: Pair, settings: Settings) => string | undefined,
): InstructionRule {
  return {
    ...info,
    scope: 'instruction',
    instructions: ['LABEL'],
    *check(instruction, { settings }): Generator<Finding> {
      for (const pair of pairsOf(instruction)) {
        const message = check(plain(pair.key), pair, settings);
        if (message !== undefined) yield { message, span: pair.span };
      }
    },
  };
}

const keys = labelRule(
  { id: 'DL3048', severity: 'style', title: "Labels' names follow Docker's guidelines" },
  (key) => {
    const isFine = /^[a-z](?:[a-z0-9._/-]*[a-z0-9])?$/.test(key) && !/\.\.|--/.test(key);
    if (!isFine) {
      return `\`${key}\` is no good name for a label: small letters and digits, with single . and - between them, beginning with a letter.`;
    }
    if (!/^(?:com\.docker|io\.docker|org\.dockerproject)\./.test(key)) return undefined;
    return `Labels that begin as \`${key}\` are Docker's own.`;
  },
);

const superfluous = labelRule(
  { id: 'DL3050', severity: 'info', title: 'No labels that the schema does not name' },
  (key, _pair, { strictLabels, labelSchema }) => {
    if (!strictLabels || Object.hasOwn(labelSchema, key)) return undefined;
    return `The label \`${key}\` is not in the schema.`;
  },
);

const empty = labelRule(
  { id: 'DL3051', severity: 'warning', title: 'Labels of the schema have values' },
  (key, { value }, { labelSchema }) => {
    if (!Object.hasOwn(labelSchema, key) || (value !== undefined && value.pieces.some(isSomething))) return undefined;
    return `The label \`${key}\` is empty.`;
  },
);

function isSomething(piece: Pair['key']['pieces'][number]): boolean {
  return piece.kind === 'variable' || piece.value !== '';
}

function kindRule(id: string, names: readonly LabelKind[], what: string): InstructionRule {
  return labelRule(
    { id, severity: 'warning', title: `Labels that are ${what} by the schema are so` },
    (key, { value }, { labelSchema }) => {
      const kind = Object.hasOwn(labelSchema, key) ? labelSchema[key] : undefined;
      if (kind === undefined || !names.includes(kind) || value === undefined) return undefined;
      // Nobody knows what a variable holds.
      if (value.pieces.some((piece) => piece.kind === 'variable') || kinds[kind](plain(value))) return undefined;
      return `The label \`${key}\` should be ${what}.`;
    },
  );
}

const missing: FileRule = {
  id: 'DL3049',
  severity: 'info',
  title: 'Images have the labels of the schema',
  scope: 'file',
  instructions: ['COPY', 'LABEL'],
  *check(context): Generator<FileFinding> {
    const wanted = Object.keys(context.settings.labelSchema);
    if (wanted.length === 0) return;
    const set = labelsOfStages(context);
    const served = stagesThatOnlyServe(context, set);
    for (const stage of context.model.stages) {
      for (const label of wanted) {
        if (served(stage, label) || hasLabel(stage, label, set, context)) continue;
        const message = `The label \`${label}\` is missing.`;
        yield { item: stage.item, message, span: stage.from.keywordSpan };
      }
    }
  },
};

type StageLabels = ReadonlyMap<Stage | undefined, ReadonlySet<string>>;

function labelsOfStages({ model }: FileContext): StageLabels {
  const set = new Map<Stage | undefined, Set<string>>();
  for (const { instruction, stage, onbuild } of allPlaced(model)) {
    if (instruction.name !== 'LABEL' || onbuild) continue;
    const labels = set.get(stage) ?? new Set();
    for (const { key } of pairsOf(instruction)) labels.add(plain(key));
    set.set(stage, labels);
  }
  return set;
}

function hasLabel(stage: Stage, label: string, set: StageLabels, { knowledge }: FileContext): boolean {
  for (const each of lineage(stage)) {
    if (set.get(each)?.has(label) === true) return true;
    if (each.base.kind !== 'image' || each.base.reference === undefined) continue;
    const image = knowledge.image(each.base.reference, undefined);
    if (image.kind === 'known' && Object.hasOwn(image.value.labels, label)) return true;
  }
  return false;
}

/** Stages whose files are only copied, or on which one stands that sets the label itself. */
function stagesThatOnlyServe({ model }: FileContext, set: StageLabels): (stage: Stage, label: string) => boolean {
  const find = stageFinder(model.stages);
  const copied = new Set<Stage | undefined>();
  for (const { instruction } of allPlaced(model)) {
    if (instruction.name === 'COPY') for (const { text } of sourceNames(instruction)) copied.add(find(text));
  }
  const built = new Map<Stage, Stage[]>();
  for (const stage of model.stages) {
    if (stage.base.kind !== 'stage') continue;
    const others = built.get(stage.base.stage);
    if (others === undefined) built.set(stage.base.stage, [stage]);
    else others.push(stage);
  }
  return (stage, label) => copied.has(stage) || built.get(stage)?.some((each) => set.get(each)?.has(label)) === true;
}

export const labelRules: readonly Rule[] = [
  keys,
  missing,
  superfluous,
  empty,
  kindRule('DL3052', ['url'], 'a URL'),
  kindRule('DL3053', ['rfc3339'], 'a moment as RFC 3339 writes it'),
  kindRule('DL3054', ['spdx'], 'an SPDX identifier'),
  kindRule('DL3055', ['hash', 'githash'], 'a git commit: 7 or 40 hex digits'),
  kindRule('DL3056', ['semver'], 'a semantic version'),
  kindRule('DL3058', ['email'], 'an email address'),
];
