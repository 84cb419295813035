// BuildKit's checks of upper and lower case: FromAsCasing, StageNameCasing, ConsistentInstructionCasing.

import { allPlaced } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';
import type { Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';

const asCasing: InstructionRule = {
  id: 'FromAsCasing',
  severity: 'warning',
  title: 'FROM and AS are in the same case',
  scope: 'instruction',
  instructions: ['FROM'],
  *check({ keyword, form }): Generator<Finding> {
    if (form.kind !== 'from' || form.as === undefined || form.stageName === undefined) return;
    // A FROM that is neither is told of by itself.
    if (!isOneCase(keyword)) return;
    const wanted = keyword === keyword.toLowerCase() ? form.as.raw.toLowerCase() : form.as.raw.toUpperCase();
    if (wanted === form.as.raw) return;
    yield {
      message: `\`${form.as.raw}\` is in another case than \`${keyword}\`. Write ${wanted}.`,
      span: form.as.span,
      fix: replace(form.as.span, wanted),
    };
  },
};

const nameCasing: InstructionRule = {
  id: 'StageNameCasing',
  severity: 'warning',
  title: 'Names of stages are in lower case',
  scope: 'instruction',
  instructions: ['FROM'],
  *check({ form }): Generator<Finding> {
    if (form.kind !== 'from' || form.stageName === undefined || form.extra.length > 0) return;
    const { raw, span } = form.stageName;
    if (raw === raw.toLowerCase()) return;
    yield {
      message: `The builder knows the stage \`${raw}\` as \`${raw.toLowerCase()}\`. Write it so.`,
      span,
      fix: replace(span, raw.toLowerCase()),
    };
  },
};

const consistent: FileRule = {
  id: 'ConsistentInstructionCasing',
  severity: 'warning',
  title: 'All instructions are in the same case',
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    let lower = 0;
    let upper = 0;
    const placed = allPlaced(model);
    if (placed.every(({ instruction }) => instruction.keyword === instruction.name)) return;
    // ARG before the first FROM and what ONBUILD keeps have no vote.
    const all = placed.filter(({ stage, onbuild }) => stage !== undefined && !onbuild);
    for (const { instruction } of all) {
      const { keyword, name } = instruction;
      if (keyword === name) upper += 1;
      else if (keyword === keyword.toLowerCase()) lower += 1;
      else if (keyword === keyword.toUpperCase()) upper += 1;
    }
    if (upper === all.length) return;
    const isLower = lower > upper;
    for (const { item, instruction } of all) {
      const { keyword, keywordSpan, name } = instruction;
      const wanted = isLower ? keyword.toLowerCase() : keyword.toUpperCase();
      if (name === undefined || wanted === keyword) continue;
      const others = isLower ? 'lower' : 'upper';
      const message = `Most instructions of this file are in ${others} case. Write ${wanted}.`;
      yield { item, message, span: keywordSpan, fix: replace(keywordSpan, wanted) };
    }
  },
};

function isOneCase(text: string): boolean {
  return text === text.toLowerCase() || text === text.toUpperCase();
}

function replace(span: Span, text: string): Fix {
  return { title: `Change to ${text}`, edits: [{ span, text }], safe: true };
}

export const casingRules: readonly Rule[] = [asCasing, nameCasing, consistent];
