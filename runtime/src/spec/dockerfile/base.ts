// What is wrong with a stage's FROM whatever arguments the build gets: its image's name, its platform.

import { EngineError } from '../errors.ts';
import { parsePlatform } from '../platform.ts';
import { parseReference } from '../reference.ts';
import { expandWord, type Lookup } from './expand.ts';
import type { Model, Stage } from './model.ts';
import { maxNames, nearestName, someNames } from './names.ts';
import type { Fault, Word } from './tree.ts';
import { excerpt, hint, quote } from './quote.ts';

/** @param certain what variables are for certain, `unknownValue` for what the build may set */
export function baseFaults(stage: Stage, stages: readonly Stage[], certain: Lookup): Model['faults'] {
  const faults: Fault[] = [];
  if (stage.base.kind === 'image') addNameFault(stage.base.word, stage, stages, certain, faults);
  const platform = stage.from.flags.find(({ name }) => name === 'platform')?.value;
  if (platform !== undefined) addPlatformFault(platform, certain, faults);
  return faults.map((fault) => ({ ...fault, item: stage.item }));
}

function addNameFault(word: Word, stage: Stage, stages: readonly Stage[], certain: Lookup, faults: Fault[]): void {
  const { value } = expandWord(word, certain);
  if (value === undefined) return;
  if (value === '') {
    const message = word.pieces.some((piece) => piece.kind === 'variable')
      ? `${excerpt(word.raw)} is empty: no ARG before the first FROM declares it, so no build can set it.`
      : 'The name of the base image is empty.';
    faults.push({ code: 'blank-base-name', message, span: word.span });
    return;
  }
  const reason = referenceFault(value);
  if (reason === undefined) return;
  const before = someNames(stages.slice(Math.max(0, stage.index - maxNames), stage.index));
  const suggestion = before.includes(value.toLowerCase()) ? value.toLowerCase() : nearestName(value, before);
  const message = `${quote(value)} is no image's name: ${reason}. ${hint(suggestion, '')}`.trimEnd();
  faults.push({
    code: 'invalid-reference',
    message,
    span: word.span,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Why a text is no image's name; undefined where it is one. */
export function referenceFault(text: string): string | undefined {
  return refusal(() => parseReference(text));
}

function addPlatformFault(word: Word, certain: Lookup, faults: Fault[]): void {
  const { value } = expandWord(word, certain);
  if (value === undefined) return;
  if (value === '' && word.raw !== '') {
    faults.push({ code: 'empty-platform', message: `${excerpt(word.raw)} gives no platform.`, span: word.span });
  } else if (value !== '') {
    if (platformFault(value) === undefined) return;
    const message = `${quote(value)} is no platform. One is written as linux/amd64 or linux/arm64/v8.`;
    faults.push({ code: 'invalid-platform', message, span: word.span });
  }
}

/** Why a text is no platform; undefined where it is one. */
export function platformFault(text: string): string | undefined {
  return refusal(() => parsePlatform(text, { os: 'linux', architecture: 'amd64' }));
}

/** Reasons repeat the name, which may be as long as a line. */
const longestReason = 200;

function refusal(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message.slice(0, longestReason);
    throw error;
  }
}
