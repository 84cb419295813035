// BuildKit's checks of paths: WorkdirRelativePath, CopyIgnoredFile.

import { expandWord, unknownValue } from '../../../../../runtime/src/spec/dockerfile/expand.ts';
import { literalValue } from '../../../../../runtime/src/spec/dockerfile/faults/literal.ts';
import { sourceKind } from '../../../../../runtime/src/spec/dockerfile/faults/sources.ts';
import { cleanPath } from '../../../../../runtime/src/spec/dockerfile/ignore.ts';
import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { definitionOf } from '../../../../../runtime/src/spec/dockerfile/scope.ts';
import type { Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed } from '../../instructions.ts';
import type { FileContext, FileFinding, FileRule, Fix, Rule } from '../../rule.ts';

const workdir: FileRule = {
  id: 'WorkdirRelativePath',
  severity: 'warning',
  title: 'The first WORKDIR is absolute',
  twins: ['DL3000'],
  scope: 'file',
  instructions: ['ARG', 'ENV', 'WORKDIR'],
  *check(context): Generator<FileFinding> {
    // Once a stage has a WORKDIR, what follows stands on that; so do the stages that stand on it.
    const set = new Set<Stage>();
    const all = placed(context.model, 'WORKDIR').filter(({ onbuild }) => !onbuild);
    let next = 0;
    for (const stage of context.model.stages) {
      let isSet = stage.base.kind === 'stage' && set.has(stage.base.stage);
      for (let place = all[next]; place !== undefined && place.item < stage.end; place = all[++next]) {
        const word = place.instruction.form.kind === 'words' ? place.instruction.form.words[0] : undefined;
        if (place.stage !== stage || word === undefined) continue;
        if (!isSet && isRelative(context.model, place.item, word)) {
          const fix = toAbsolute(context, stage, word);
          yield {
            item: place.item,
            message: 'Where this path leads depends on the base image. Write it whole, from / on.',
            span: word.span,
            ...(fix === undefined ? {} : { fix }),
          };
        }
        isSet = true;
      }
      if (isSet) set.add(stage);
    }
  },
};

/** Whether a path is relative for certain, with what is known of its variables. */
function isRelative(model: Model, item: number, word: Word): boolean {
  const { value } = expandWord(word, (name) => {
    const definition = definitionOf(model, item, name);
    return definition === undefined ? unknownValue : (definition.value ?? unknownValue);
  });
  if (value !== undefined) return !isAbsolute(value);
  const [first] = word.pieces;
  return first?.kind === 'text' && first.value !== '' && !isAbsolute(first.value);
}

/** `C:x` is a place in the folder that is current on C: it is not absolute. */
function isAbsolute(path: string): boolean {
  return /^(?:[/\\\\]|[A-Za-z]:[/\\\\])/.test(path);
}

function toAbsolute({ knowledge }: FileContext, { base }: Stage, word: Word): Fix | undefined {
  const path = literalValue(word);
  if (path === undefined || path.includes('..') || /[\s"'\\`$]/.test(path)) return undefined;
  const image =
    base.kind === 'image' && base.reference !== undefined ? knowledge.image(base.reference, undefined) : undefined;
  const directory = image?.kind === 'known' ? image.value.workingDir : '';
  const text = cleanPath(`/${directory}/${path}`);
  // Only where the base image is known it is certain that this is the same folder.
  const safe = base.kind === 'scratch' || image?.kind === 'known';
  return { title: `Write ${text}`, edits: [{ span: word.span, text }], safe };
}

const ignoredFile: FileRule = {
  id: 'CopyIgnoredFile',
  severity: 'warning',
  title: 'What is copied is not excluded by .dockerignore',
  scope: 'file',
  instructions: ['ADD', 'ARG', 'COPY', 'ENV'],
  *check({ model, ignored }): Generator<FileFinding> {
    if (ignored === undefined) return;
    for (const { item, instruction, onbuild } of placed(model, 'COPY', 'ADD')) {
      const { form, flags, name } = instruction;
      if (onbuild || form.kind !== 'copy' || (name === 'COPY' && flags.some((flag) => flag.name === 'from'))) continue;
      for (const word of form.sources) {
        const source = expandWord(word, (variable) => {
          return definitionOf(model, item, variable)?.value ?? unknownValue;
        }).value;
        if (source === undefined || sourceKind(source) !== 'file' || !ignored(source)) continue;
        const message = `.dockerignore keeps \`${source}\` out of the build, so there is nothing to copy.`;
        yield { item, message, span: word.span };
      }
    }
  },
};

export const pathRules: readonly Rule[] = [workdir, ignoredFile];
