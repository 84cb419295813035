// COPY and ADD of what is not there: in the build's context, or in the image that is copied from.

import { cleanPath } from '../../../../../runtime/src/spec/dockerfile/ignore.ts';
import { stageFinder } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import type { Instruction, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFacts, Known } from '../../../knowledge/knowledge.ts';
import { baseReference, isUnchanged } from '../../base-image.ts';
import type { FileContext, FileFinding, FileRule } from '../../rule.ts';

export const missingSource: FileRule = {
  scope: 'file',
  id: 'missing-source',
  severity: 'warning',
  title: 'COPY and ADD name files that are there',
  *check(context) {
    for (const [item, instruction] of context.model.file.items.entries()) {
      if (instruction.kind !== 'instruction' || (instruction.name !== 'COPY' && instruction.name !== 'ADD')) continue;
      yield* checkInstruction(context, instruction, item);
    }
  },
};

function* checkInstruction(context: FileContext, instruction: Instruction, item: number): Generator<FileFinding> {
  const { form } = instruction;
  if (form.kind !== 'copy') return;
  const from = instruction.flags.find(({ name }) => name === 'from')?.value?.raw;
  const find = from === undefined ? contextFinder(context) : imageFinder(context, from);
  if (find === undefined) return;
  for (const word of form.sources) {
    const path = plainPath(word);
    if (path === undefined || find.of(path).kind !== 'absent') continue;
    yield { item, span: word.span, message: `${path} is not in ${find.where}.` };
  }
}

interface Finder {
  readonly where: string;
  readonly of: (path: string) => Known<FileFacts>;
}

function contextFinder({ contextFile }: FileContext): Finder | undefined {
  return contextFile === undefined ? undefined : { where: 'the build’s context', of: contextFile };
}

/** Files of an image, or of a stage that only has those of its image. */
function imageFinder({ model, knowledge }: FileContext, from: string): Finder | undefined {
  if (from.includes('$')) return undefined;
  const stage = stageFinder(model.stages)(from);
  if (stage !== undefined && !isUnchanged(model, stage, Infinity)) return undefined;
  const reference = stage === undefined ? from : baseReference(stage);
  if (reference === undefined || knowledge.image(reference, undefined).kind !== 'known') return undefined;
  return { where: reference, of: (path) => knowledge.imageFile(reference, `/${cleanPath(path).replace(/^\//, '')}`) };
}

/** A source that names one file: without variables, patterns and addresses. */
function plainPath({ raw, pieces }: Word): string | undefined {
  if (/[*?[\]\\]/.test(raw) || /^[a-z][a-z0-9+.-]*:\/\/|^git@/i.test(raw)) return undefined;
  const texts = pieces.map((piece) => (piece.kind === 'text' ? piece.value : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}
