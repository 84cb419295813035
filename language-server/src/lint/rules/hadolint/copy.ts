// hadolint's rules about COPY and ADD: DL3010, DL3020, DL3021, DL3022, DL3023, DL3045, DL3067.

import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { CopyForm, Instruction, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import { placed } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';
import { runOf } from '../../scripts.ts';
import { isAbsolute, lastPart, unquoted } from '../../words.ts';
import { lineage } from './stages-used.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

const archives = /\.(?:tar|Z|bz2|gz|lz|lzma|tZ|tb2|tbz|tbz2|tgz|tlz|tpz|txz|xz)$/;

function formOf({ form }: Instruction): CopyForm | undefined {
  return form.kind === 'copy' ? form : undefined;
}

function fromOf({ flags }: Instruction): Word | undefined {
  return flags.find(({ name }) => name === 'from')?.value;
}

const add: InstructionRule = {
  id: 'DL3020',
  severity: 'error',
  title: 'COPY instead of ADD for files and folders',
  scope: 'instruction',
  instructions: ['ADD'],
  *check(instruction): Generator<Finding> {
    const sources = formOf(instruction)?.sources ?? [];
    const wrong = sources.filter((source) => !needsAdd(unquoted(source)));
    if (wrong.length === 0) return;
    const fix = toCopy(instruction, sources);
    yield {
      message: 'ADD unpacks archives and fetches URLs, which is not needed here. COPY only copies.',
      span: instruction.keywordSpan,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

function needsAdd(source: string): boolean {
  return archives.test(source) || /^https?:\/\/|^(?:git|ssh):\/\/|^git@/.test(source);
}

function toCopy({ flags, keywordSpan, keyword }: Instruction, sources: readonly Word[]): Fix | undefined {
  const isForCopyToo = flags.every(({ name }) => !/^(?:checksum|keep-git-dir|unpack)$/.test(name));
  // A pattern or a variable may stand for an archive.
  const isPlain = sources.every((source) => !needsAdd(unquoted(source)) && !/[*?[$]/.test(source.raw));
  if (!isForCopyToo || !isPlain) return undefined;
  const text = keyword === keyword.toLowerCase() ? 'copy' : 'COPY';
  return { title: 'Use COPY', edits: [{ span: keywordSpan, text }], safe: true };
}

const destination: InstructionRule = {
  id: 'DL3021',
  severity: 'error',
  title: 'The destination of several files is a directory',
  scope: 'instruction',
  instructions: ['COPY'],
  *check(instruction): Generator<Finding> {
    const form = formOf(instruction);
    const target = form?.destination;
    if (form === undefined || target === undefined) return;
    if (form.sources.length + instruction.heredocs.length < 2 || unquoted(target).endsWith('/')) return;
    const end = form.json?.closed === true ? (form.json.strings.at(-1)?.span.end ?? 0) - 1 : target.span.end;
    const at = form.json?.closed !== true && /["']$/.test(target.raw) ? end - 1 : end;
    yield {
      message: 'More than one source needs a directory as destination: let it end with /.',
      span: target.span,
      fix: { title: 'Add /', edits: [{ span: { start: at, end: at }, text: '/' }], safe: true },
    };
  },
};

const source: FileRule = {
  id: 'DL3022',
  severity: 'warning',
  title: 'COPY --from names a stage above',
  scope: 'file',
  instructions: ['COPY'],
  *check({ model }): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild } of placed(model, 'COPY')) {
      const from = fromOf(instruction);
      if (from === undefined || onbuild) continue;
      const name = unquoted(from);
      // A fault of the syntax says so.
      if (name === '') continue;
      const until = (stage?.index ?? -1) + 1;
      const isNumber = /^\d+$/.test(name) && Number(name) < until;
      if (name.includes(':') || isNumber || hasStage(name, model, until)) continue;
      const message = `No stage above is called \`${name}\`. For an image, write its tag; for a stage, give that one the name with AS.`;
      yield { item, message, span: from.span };
    }
  },
};

function hasStage(name: string, model: Model, until: number): boolean {
  let names = firstStages.get(model.stages);
  if (names === undefined) {
    // Of stages with the same name the first one is set last.
    names = new Map(model.stages.toReversed().map((stage) => [stage.name, stage.index]));
    firstStages.set(model.stages, names);
  }
  return (names.get(name.toLowerCase()) ?? Infinity) < until;
}

/** The first stage of each name. */
const firstStages = keptBy<Model['stages'], ReadonlyMap<string | undefined, number>>();

const itself: FileRule = {
  id: 'DL3023',
  severity: 'error',
  title: 'A stage does not copy from itself',
  twins: ['own-stage'],
  scope: 'file',
  instructions: ['COPY'],
  *check({ model }): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild } of placed(model, 'COPY')) {
      const from = fromOf(instruction);
      if (from === undefined || onbuild || stage?.name === undefined) continue;
      if (unquoted(from).toLowerCase() !== stage.name) continue;
      const message = `\`${stage.name}\` is the stage that is being built here; nothing can be copied from it.`;
      yield { item, message, span: from.span };
    }
  },
};

const relative: FileRule = {
  id: 'DL3045',
  severity: 'warning',
  title: 'A relative destination needs a WORKDIR',
  scope: 'file',
  instructions: ['COPY', 'WORKDIR'],
  *check({ model, knowledge }): Generator<FileFinding> {
    const set = new Set<Stage | undefined>();
    for (const { item, instruction, stage, onbuild } of placed(model, 'WORKDIR', 'COPY')) {
      if (onbuild) continue;
      if (instruction.name === 'WORKDIR') set.add(stage);
      const target = instruction.name === 'COPY' ? formOf(instruction)?.destination : undefined;
      if (target === undefined || isAbsolute(unquoted(target)) || unquoted(target).startsWith('$')) continue;
      if (stage === undefined ? set.has(undefined) : hasWorkdir(stage)) continue;
      const message = 'Where this goes depends on the base image: no WORKDIR is set. Set one, or write the whole path.';
      yield { item, message, span: target.span };
    }
    function hasWorkdir(stage: Stage): boolean {
      for (const each of lineage(stage)) {
        if (set.has(each)) return true;
        if (each.base.kind !== 'image' || each.base.reference === undefined) continue;
        const platform = each.from.flags.find(({ name }) => name === 'platform')?.value?.raw;
        const image = knowledge.image(each.base.reference, platform?.includes('$') === true ? undefined : platform);
        if (image.kind === 'known' && !/^\/?$/.test(image.value.workingDir)) return true;
      }
      return false;
    }
  },
};

const whole: InstructionRule = {
  id: 'DL3067',
  severity: 'warning',
  title: 'No copy of a whole file system',
  scope: 'instruction',
  instructions: ['COPY'],
  *check(instruction): Generator<Finding> {
    const form = formOf(instruction);
    if (form?.destination === undefined || fromOf(instruction) === undefined) return;
    const root = form.sources.find((word) => unquoted(word) === '/');
    if (root === undefined || unquoted(form.destination) !== '/') return;
    const message =
      'This copies the whole file system of another stage or image. Start FROM it, or copy what is needed.';
    yield { message, span: { start: root.span.start, end: form.destination.span.end } };
  },
};

const extracted: FileRule = {
  id: 'DL3010',
  severity: 'info',
  title: 'ADD unpacks archives',
  scope: 'file',
  instructions: ['COPY', 'RUN'],
  *check({ model }): Generator<FileFinding> {
    let stage: Stage | undefined;
    let copied = new Map<string, { readonly item: number; readonly word: Word }>();
    for (const place of placed(model, 'COPY', 'RUN')) {
      const { item, instruction, onbuild } = place;
      if (onbuild) continue;
      if (place.stage !== stage) copied = new Map();
      stage = place.stage;
      if (instruction.name === 'COPY') {
        for (const word of archivesOf(instruction)) copied.set(lastPart(unquoted(word)), { item, word });
        continue;
      }
      if (copied.size === 0) continue;
      for (const program of runOf(instruction).programs.filter(unpacks)) {
        for (const operand of operands(program)) {
          const archive = copied.get(lastPart(textOf(operand)));
          if (archive === undefined) continue;
          copied.delete(lastPart(textOf(operand)));
          yield {
            item: archive.item,
            message: 'The archive stays in this layer beside what is unpacked from it. ADD unpacks it as it copies.',
            span: archive.word.span,
            related: [{ item, span: program.word.span, message: 'Here it is unpacked.' }],
          };
        }
      }
    }
  },
};

/** Archives that a COPY of the build's context brings, by the names that they have afterwards. */
function archivesOf(instruction: Instruction): readonly Word[] {
  const form = formOf(instruction);
  if (form === undefined || fromOf(instruction) !== undefined) return [];
  if (form.destination !== undefined && archives.test(unquoted(form.destination))) return [form.destination];
  return form.sources.filter((word) => archives.test(unquoted(word)));
}

const unpackers = new Set(['unzip', 'gunzip', 'bunzip2', 'unlzma', 'unxz', 'zgz', 'uncompress', 'zcat', 'gzcat']);

function unpacks({ name, args }: Program): boolean {
  if (unpackers.has(name)) return true;
  if (name !== 'tar') return false;
  return args.some((word, index) => {
    const text = textOf(word);
    return (
      text === '--extract' || text === '--get' || /^-[^-]*x/.test(text) || (index === 0 && /^[a-zA-Z]*x/.test(text))
    );
  });
}

export const copyRules: readonly Rule[] = [extracted, add, destination, source, itself, relative, whole];
