// hadolint's rules about ENV, ARG, EXPOSE, ONBUILD and MAINTAINER, and about its own pragma: DL1001, DL3011, DL3043, DL3044, DL3064, DL4000.

import type { Instruction, Pair, Variable, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed } from '../../instructions.ts';
import { pragmaOf } from '../../pragmas.ts';
import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';
import { plain } from '../../words.ts';
import { sensitiveNames, sensitiveParts } from './sensitive.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

function pairsOf({ form }: Instruction): readonly Pair[] {
  return form.kind === 'pairs' ? form.pairs : [];
}

const pragmas: FileRule = {
  id: 'DL1001',
  severity: 'off',
  title: 'No rules are ignored in comments',
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    for (const [item, comment] of model.file.items.entries()) {
      if (comment.kind !== 'comment') continue;
      const pragma = pragmaOf(comment);
      if (pragma?.kind !== 'ignore' || pragma.reach !== 'next') continue;
      yield { item, message: 'Rules are ignored here. Mend what they find instead.', span: comment.span };
    }
  },
};

const ports: InstructionRule = {
  id: 'DL3011',
  severity: 'error',
  title: 'Ports are numbers up to 65535',
  twins: ['invalid-port'],
  scope: 'instruction',
  instructions: ['EXPOSE'],
  *check({ form }): Generator<Finding> {
    for (const word of form.kind === 'words' ? form.words : []) {
      const numbers = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(plain(word))?.slice(1) ?? [];
      if (numbers.every((number) => number === undefined || Number(number) <= 65_535)) continue;
      yield { message: 'Ports go from 0 to 65535.', span: word.span };
    }
  },
};

const triggers: InstructionRule = {
  id: 'DL3043',
  severity: 'error',
  title: 'ONBUILD keeps no FROM, MAINTAINER or ONBUILD',
  twins: ['onbuild-trigger', 'onbuild-chained'],
  scope: 'instruction',
  instructions: ['ONBUILD'],
  *check({ form }): Generator<Finding> {
    const trigger = form.kind === 'onbuild' ? form.trigger : undefined;
    if (trigger?.name !== 'FROM' && trigger?.name !== 'MAINTAINER' && trigger?.name !== 'ONBUILD') return;
    yield { message: `${trigger.name} cannot be kept for later by ONBUILD.`, span: trigger.keywordSpan };
  },
};

const sameEnv: FileRule = {
  id: 'DL3044',
  severity: 'error',
  title: 'ENV does not use what it only then defines',
  twins: ['UndefinedVar'],
  scope: 'file',
  instructions: ['ARG', 'ENV'],
  *check({ model }): Generator<FileFinding> {
    if (!placed(model, 'ENV').some(({ instruction }) => usedBeside(instruction).length > 0)) return;
    const defined = new Set<string>();
    for (const { item, instruction, onbuild } of placed(model, 'ARG', 'ENV')) {
      if (instruction.name === 'ENV' && !onbuild) {
        for (const { name, span } of usedBeside(instruction)) {
          if (defined.has(name)) continue;
          const message = `\`${name}\` gets its value in this very ENV, so it is not yet there. Use a second ENV.`;
          yield { item, message, span };
        }
      }
      for (const { key } of pairsOf(instruction)) defined.add(plain(key));
    }
  },
};

const beside = keptBy<Instruction, readonly Variable[]>();

/** Variables in the values of an ENV that another pair of it defines; found once and kept with it. */
function usedBeside(instruction: Instruction): readonly Variable[] {
  let found = beside.get(instruction);
  if (found === undefined) {
    const pairs = pairsOf(instruction);
    found = pairs.length > 1 && instruction.text.includes('$') ? findBeside(pairs) : [];
    beside.set(instruction, found);
  }
  return found;
}

function findBeside(pairs: readonly Pair[]): readonly Variable[] {
  const firsts = new Map<string, number>();
  const several = new Set<string>();
  for (const [index, { key }] of pairs.entries()) {
    const name = plain(key);
    if (firsts.has(name)) several.add(name);
    else firsts.set(name, index);
  }
  return pairs.flatMap(({ value }, index) => {
    if (value === undefined) return [];
    return variablesOf(value).filter(({ name }) => {
      return firsts.has(name) && (several.has(name) || firsts.get(name) !== index);
    });
  });
}

function variablesOf({ pieces }: Word): readonly Variable[] {
  return pieces.filter((piece) => piece.kind === 'variable');
}

const secrets: InstructionRule = {
  id: 'DL3064',
  severity: 'warning',
  title: 'No secrets in ARG and ENV',
  twins: ['SecretsUsedInArgOrEnv'],
  scope: 'instruction',
  instructions: ['ARG', 'ENV'],
  onbuild: true,
  *check(instruction): Generator<Finding> {
    for (const { key } of pairsOf(instruction)) {
      const name = plain(key);
      const isKnown = sensitiveNames.has(name.toUpperCase());
      if (!isKnown && !sensitiveParts.some((part) => name.toLowerCase().includes(part))) continue;
      const message = `\`${name}\` looks like a secret, and its value stays in the image for all to read. Use \`RUN --mount=type=secret\`.`;
      yield { message, span: key.span };
    }
  },
};

const maintainer: InstructionRule = {
  id: 'DL4000',
  severity: 'error',
  title: 'A label instead of MAINTAINER',
  twins: ['MaintainerDeprecated'],
  scope: 'instruction',
  instructions: ['MAINTAINER'],
  *check(instruction): Generator<Finding> {
    const fix = toLabel(instruction);
    yield {
      message: 'MAINTAINER is deprecated. Use the label `org.opencontainers.image.authors`.',
      span: instruction.keywordSpan,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

export function toLabel({ form, keyword, span }: Instruction): Fix | undefined {
  const name = form.kind === 'words' ? form.words[0]?.raw.replace(/^(["'])(.*)\1$/s, '$2') : undefined;
  if (name === undefined || /["$\\`\r\n]/.test(name)) return undefined;
  const label = keyword === keyword.toLowerCase() ? 'label' : 'LABEL';
  const text = `${label} org.opencontainers.image.authors="${name}"`;
  return { title: 'Use a label', edits: [{ span, text }], safe: true };
}

export const valueRules: readonly Rule[] = [pragmas, ports, triggers, sameEnv, secrets, maintainer];
