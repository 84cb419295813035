// Short ways to look into a tree.

import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Fault, Instruction, Span, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** The first instruction of a text. */
export function instruction(text: string): Instruction {
  const found = instructions(text)[0];
  if (found === undefined) throw new Error(`no instruction in ${JSON.stringify(text)}`);
  return found;
}

export function instructions(text: string): Instruction[] {
  return parseDockerfile(text).items.filter((item) => item.kind === 'instruction');
}

/** What stands at a span of an instruction. */
export function at(item: Instruction, span: Span | undefined): string | undefined {
  return span === undefined ? undefined : item.text.slice(span.start, span.end);
}

/** A word's pieces: text as it is, quoted text in its quotes, variables with a dollar sign. */
export function pieces(word: Word | undefined): string[] {
  return (word?.pieces ?? []).map((piece) => {
    const mark = { none: '', single: "'", double: '"' }[piece.quote];
    return `${mark}${piece.kind === 'text' ? piece.value : `$${piece.name}`}${mark}`;
  });
}

export function model(text: string): Model {
  return analyse(parseDockerfile(text));
}

/** Everything that is wrong with a file: `code "where"`. */
export function faults(text: string): string[] {
  const { file, faults: ofModel } = model(text);
  const all = [
    ...file.items.flatMap((item, index) => item.faults.map((fault) => ({ ...fault, item: index }))),
    ...ofModel,
  ];
  return all.map((fault) => `${fault.code} ${where(fault, file.items[fault.item]?.text ?? '')}`);
}

function where({ span }: Fault, text: string): string {
  return JSON.stringify(text.slice(span.start, span.end));
}
