// hadolint's rules about FROM: DL3006, DL3007, DL3024, DL3026, DL3029, DL3061, DL3063, DL3065.

import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, Span, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { sourceNames } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import type { FileContext, FileFinding, FileRule, Finding, InstructionRule, Rule } from '../../rule.ts';
import { allPlaced } from '../../instructions.ts';

/** The parts of an image's name as it is written, variables and all. */
interface ImageName {
  readonly registry: string | undefined;
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function splitImage(text: string): ImageName {
  const [rest = '', digest] = text.split('@', 2);
  const slash = rest.lastIndexOf('/');
  const colon = rest.indexOf(':', slash + 1);
  const name = colon < 0 ? rest : rest.slice(0, colon);
  const host = name.indexOf('/') < 0 ? undefined : name.slice(0, name.indexOf('/'));
  const isHost = host !== undefined && (/[.:]/.test(host) || host === 'localhost');
  return { registry: isHost ? host : undefined, name, tag: colon < 0 ? undefined : rest.slice(colon + 1), digest };
}

/** A word with each variable as `$`, so that what is in braces has no say. */
function masked(word: Word): string {
  return word.pieces.map((piece) => (piece.kind === 'text' ? piece.value : '$')).join('');
}

function* images({
  model,
}: FileContext): Generator<{ readonly stage: Stage; readonly word: Word; readonly image: ImageName }> {
  for (const stage of model.stages) {
    if (stage.base.kind !== 'image') continue;
    const { word } = stage.base;
    yield { stage, word, image: splitImage(masked(word)) };
  }
}

const tagged: FileRule = {
  id: 'DL3006',
  severity: 'warning',
  title: 'Images have tags',
  scope: 'file',
  instructions: [],
  *check(context): Generator<FileFinding> {
    for (const { stage, word, image } of images(context)) {
      if (image.tag !== undefined || image.digest !== undefined) continue;
      // What a variable at an end holds may be the whole name, or the tag.
      if (/^\$|\$$/.test(image.name)) continue;
      const message = `Without a tag this is \`${image.name}:latest\`, which changes without notice. Name a version.`;
      yield { item: stage.item, message, span: word.span };
    }
  },
};

const latest: FileRule = {
  id: 'DL3007',
  severity: 'warning',
  title: 'Images have other tags than latest',
  scope: 'file',
  instructions: [],
  *check(context): Generator<FileFinding> {
    for (const { stage, word, image } of images(context)) {
      if (image.tag !== 'latest' || image.digest !== undefined) continue;
      const message = 'What `latest` names changes without notice. Name a version.';
      yield { item: stage.item, message, span: word.span };
    }
  },
};

const unique: FileRule = {
  id: 'DL3024',
  severity: 'error',
  title: 'Names of stages are unique',
  twins: ['DuplicateStageName'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    const names = new Map<string, Stage>();
    for (const stage of model.stages) {
      if (stage.name === undefined || stage.namePlace === undefined) continue;
      const first = names.get(stage.name);
      if (first?.namePlace === undefined) {
        names.set(stage.name, stage);
        continue;
      }
      yield {
        item: stage.item,
        message: `A stage above is called \`${stage.name}\` too. Give this one another name.`,
        span: stage.namePlace.span,
        related: [{ ...first.namePlace, message: 'The first stage of this name.' }],
      };
    }
  },
};

const reserved: FileRule = {
  id: 'DL3063',
  severity: 'warning',
  title: 'Stages have no reserved names',
  twins: ['ReservedStageName'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    for (const { name, namePlace } of model.stages) {
      if (namePlace === undefined || (name !== 'scratch' && name !== 'context')) continue;
      yield { ...namePlace, message: `\`${name}\` means something else to the builder. Give the stage another name.` };
    }
  },
};

const registries: FileRule = {
  id: 'DL3026',
  severity: 'error',
  title: 'Images come from allowed registries',
  scope: 'file',
  instructions: ['COPY', 'RUN'],
  *check(context): Generator<FileFinding> {
    const { allowedRegistries } = context.settings;
    if (allowedRegistries.length === 0) return;
    const isAllowed = (text: string) => {
      const { registry } = splitImage(text);
      const names = registry === undefined ? ['docker.io', 'hub.docker.com'] : [registry];
      return names.some((name) => allowedRegistries.some((pattern) => matches(pattern, name)));
    };
    for (const { item, span, text } of imageNames(context)) {
      if (isAllowed(text)) continue;
      const list = allowedRegistries.slice(0, 5).join(', ');
      yield { item, span, message: `Images may come from ${list} only.` };
    }
  },
};

/** Every image that the file names: in FROM, in `COPY --from` and in mounts, stages left out. */
function* imageNames(
  context: FileContext,
): Generator<{ readonly item: number; readonly span: Span; readonly text: string }> {
  const { model } = context;
  const names = new Set<string | undefined>();
  for (const { item, instruction, stage } of allPlaced(model)) {
    if (instruction.name === 'FROM' && stage !== undefined) {
      if (stage.base.kind === 'image') yield { item, span: stage.base.word.span, text: masked(stage.base.word) };
      names.add(stage.name);
    } else {
      for (const { text, span } of sourceNames(instruction)) {
        const isStage = names.has(text.toLowerCase()) || /^\d+$/.test(text);
        if (!isStage && text !== 'scratch') yield { item, span, text };
      }
    }
  }
}

/** `*` stands for anything at one end of the pattern, or for everything. */
function matches(pattern: string, registry: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return registry.endsWith(pattern.slice(1));
  if (pattern.endsWith('*')) return registry.startsWith(pattern.slice(0, -1));
  return registry === pattern;
}

function platformOf({ flags }: Instruction): { readonly span: Span; readonly value: string } | undefined {
  const flag = flags.find(({ name }) => name === 'platform');
  return flag?.value === undefined ? undefined : { span: flag.span, value: flag.value.raw };
}

const platform: InstructionRule = {
  id: 'DL3029',
  severity: 'warning',
  title: 'FROM has no fixed platform',
  twins: ['FromPlatformFlagConstDisallowed'],
  scope: 'instruction',
  instructions: ['FROM'],
  *check(instruction): Generator<Finding> {
    const flag = platformOf(instruction);
    if (flag === undefined || /(?:BUILD|TARGET)PLATFORM/.test(flag.value)) return;
    const message =
      'With a fixed platform this file builds for no other. Leave the choice to `docker build --platform`.';
    yield { message, span: flag.span };
  },
};

const redundant: InstructionRule = {
  id: 'DL3065',
  severity: 'warning',
  title: 'FROM does not ask for the platform that it gets anyway',
  twins: ['RedundantTargetPlatform'],
  scope: 'instruction',
  instructions: ['FROM'],
  *check(instruction): Generator<Finding> {
    const flag = platformOf(instruction);
    if (flag === undefined || !/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(flag.value)) return;
    const end = /^\s*/.exec(instruction.text.slice(flag.span.end))?.[0].length ?? 0;
    yield {
      message: 'This is the platform that FROM takes by itself. Leave the flag out.',
      span: flag.span,
      fix: {
        title: 'Remove --platform',
        edits: [{ span: { start: flag.span.start, end: flag.span.end + end }, text: '' }],
        safe: true,
      },
    };
  },
};

const order: FileRule = {
  id: 'DL3061',
  severity: 'error',
  title: 'Only ARG stands before the first FROM',
  twins: ['no-stage-yet', 'no-stage'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    const first = model.stages[0]?.item ?? Infinity;
    for (const { item, instruction, onbuild } of allPlaced(model)) {
      if (item >= first) return;
      if (onbuild || instruction.name === 'ARG' || instruction.name === 'FROM') continue;
      const message = `${instruction.keyword} belongs to a stage, and no FROM stands above it.`;
      yield { item, message, span: instruction.keywordSpan };
    }
  },
};

export const fromRules: readonly Rule[] = [tagged, latest, unique, registries, platform, order, reserved, redundant];
