// COPY and ADD of what is not there: in the build's context, or in the image that is copied from.

import { cleanPath } from '../../../../../runtime/src/spec/dockerfile/ignore.ts';
import { stageFinder } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFacts, Known } from '../../../knowledge/knowledge.ts';
import { baseReference, isUnchanged } from '../../base-image.ts';
import { placed } from '../../instructions.ts';
import type { FileContext, FileFinding, FileRule } from '../../rule.ts';

export const missingSource: FileRule = {
  scope: 'file',
  instructions: ['ADD', 'COPY'],
  id: 'missing-source',
  severity: 'warning',
  title: 'COPY and ADD name files that are there',
  *check(context) {
    const finders = new Finders(context);
    for (const { item, instruction, onbuild } of placed(context.model, 'COPY', 'ADD')) {
      if (!onbuild) yield* checkInstruction(finders, instruction, item);
    }
  },
};

function* checkInstruction(finders: Finders, instruction: Instruction, item: number): Generator<FileFinding> {
  const { form } = instruction;
  if (form.kind !== 'copy') return;
  const from = instruction.flags.find(({ name }) => name === 'from')?.value?.raw;
  const find = finders.of(from);
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

/** Where sources are looked for, by `--from`; each found out once. */
class Finders {
  readonly #context: FileContext;
  readonly #stage: (text: string) => Stage | undefined;
  readonly #known = new Map<string | undefined, Finder | undefined>();

  constructor(context: FileContext) {
    this.#context = context;
    this.#stage = stageFinder(context.model.stages);
  }

  of(from: string | undefined): Finder | undefined {
    if (!this.#known.has(from)) this.#known.set(from, from === undefined ? this.#ofContext() : this.#ofImage(from));
    return this.#known.get(from);
  }

  #ofContext(): Finder | undefined {
    const { contextFile } = this.#context;
    return contextFile === undefined ? undefined : { where: 'the build’s context', of: contextFile };
  }

  /** Files of an image, or of a stage that only has those of its image. */
  #ofImage(from: string): Finder | undefined {
    const { model, knowledge } = this.#context;
    if (from.includes('$')) return undefined;
    const stage = this.#stage(from);
    if (stage !== undefined && !isUnchanged(model, stage, Infinity)) return undefined;
    const reference = stage === undefined ? from : baseReference(stage);
    if (reference === undefined || knowledge.image(reference, undefined).kind !== 'known') return undefined;
    return { where: reference, of: (path) => knowledge.imageFile(reference, `/${cleanPath(path).replace(/^\//, '')}`) };
  }
}

/** A source that names one file: without variables, patterns and addresses. */
function plainPath({ raw, pieces }: Word): string | undefined {
  if (/[*?[\]\\]/.test(raw) || /^[a-z][a-z0-9+.-]*:\/\/|^git@/i.test(raw)) return undefined;
  const texts = pieces.map((piece) => (piece.kind === 'text' ? piece.value : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}
