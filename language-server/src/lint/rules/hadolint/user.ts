// hadolint's rules about USER and WORKDIR: DL3000, DL3002, DL3066.

import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, Word } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed, type Placed } from '../../instructions.ts';
import type { FileFinding, FileRule, Rule } from '../../rule.ts';
import { isAbsolute, plain, unquoted } from '../../words.ts';

function wordOf({ form }: Instruction): Word | undefined {
  return form.kind === 'words' ? form.words[0] : undefined;
}

const root: FileRule = {
  id: 'DL3002',
  severity: 'warning',
  title: 'The last USER is not root',
  scope: 'file',
  instructions: ['USER'],
  *check({ model }): Generator<FileFinding> {
    const last = new Map<Stage | undefined, Placed>();
    for (const place of placed(model, 'USER')) if (!place.onbuild) last.set(place.stage, place);
    for (const { item, instruction } of last.values()) {
      const word = wordOf(instruction);
      if (word === undefined || !/^(?:root|0)(?::|$)/.test(plain(word))) continue;
      const message = 'Containers of this image run as root. Let the last USER of the stage be an ordinary one.';
      yield { item, message, span: word.span };
    }
  },
};

const numeric: FileRule = {
  id: 'DL3066',
  severity: 'info',
  title: 'USER is a number',
  scope: 'file',
  instructions: ['ARG', 'USER'],
  *check({ model }): Generator<FileFinding> {
    const args = new Set<string>();
    for (const { item, instruction, onbuild } of placed(model, 'ARG', 'USER')) {
      if (instruction.name === 'ARG') {
        const pairs = instruction.form.kind === 'pairs' ? instruction.form.pairs : [];
        for (const { key } of pairs) args.add(key.raw);
        continue;
      }
      const word = wordOf(instruction);
      if (word === undefined || onbuild || isNumber(word) || usesArgument(word, args)) continue;
      const message =
        'The host knows users by number only; with a name here nobody outside can tell whether it is root.';
      yield { item, message, span: word.span };
    }
  },
};

function isNumber(word: Word): boolean {
  return /^\d*(?::|$)/.test(plain(word));
}

function usesArgument({ pieces }: Word, args: ReadonlySet<string>): boolean {
  return pieces.some((piece) => piece.kind === 'variable' && args.has(piece.name));
}

const workdir: FileRule = {
  id: 'DL3000',
  severity: 'error',
  title: 'WORKDIR is absolute',
  twins: ['WorkdirRelativePath'],
  scope: 'file',
  instructions: ['WORKDIR'],
  *check({ model }): Generator<FileFinding> {
    let stage: Stage | undefined;
    let directory: string | undefined;
    for (const place of placed(model, 'WORKDIR')) {
      const word = wordOf(place.instruction);
      if (word === undefined || place.onbuild) continue;
      if (place.stage !== stage) directory = undefined;
      stage = place.stage;
      const path = unquoted(word);
      if (isAbsolute(path) || path.startsWith('$')) {
        directory = isPlain(path) && path.startsWith('/') ? path : undefined;
        continue;
      }
      const whole = directory === undefined || !isPlain(path) ? undefined : join(directory, path);
      yield {
        item: place.item,
        message: 'Where this is depends on what stands above or in the base image. Write the whole path, from / on.',
        span: word.span,
        ...(whole !== undefined && {
          fix: { title: `Write ${whole}`, edits: [{ span: word.span, text: whole }], safe: true },
        }),
      };
      // So long a path is no path, and each would be longer than the one before.
      directory = whole !== undefined && whole.length < 4096 ? whole : undefined;
    }
  },
};

/** Whether a path means itself: no variable, no quote, no step up. */
function isPlain(path: string): boolean {
  return /^[\w./-]+$/.test(path) && !/(?:^|\/)\.\.(?:\/|$)/.test(path);
}

function join(directory: string, path: string): string {
  return `${directory.replace(/\/$/, '')}/${path.replace(/^(?:\.\/)+/, '').replace(/^\.$/, '')}`.replace(
    /(.)\/$/,
    '$1',
  );
}

export const userRules: readonly Rule[] = [workdir, root, numeric];
