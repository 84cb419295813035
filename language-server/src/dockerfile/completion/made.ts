// What the steps of a stage make, as far as it can be read off: users, groups, folders.

import type { Stage } from '../../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { DockerfileView } from '../view.ts';
import { chain } from '../items.ts';

const makers = {
  user: /\b(?:useradd|adduser)\b([^;&|\n]*)/g,
  group: /\b(?:groupadd|addgroup)\b([^;&|\n]*)/g,
};

/** Names of the users or groups that RUN instructions before `item` make, in the stage and those it stands on. */
export function accountsMade(view: DockerfileView, stage: Stage, item: number, kind: 'user' | 'group'): string[] {
  const names = new Set<string>();
  for (const instruction of before(view, stage, item, 'RUN')) {
    const text = instruction.body.text.slice(0, 100_000);
    for (const match of text.matchAll(makers[kind])) {
      const name = (match[1] ?? '')
        .trim()
        .split(/\s+/)
        .findLast((word) => /^[a-z_][a-z0-9_-]*$/.test(word));
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

/** Absolute folders that WORKDIR, COPY, ADD and VOLUME name. */
export function foldersMade(view: DockerfileView, stage: Stage, item: number): string[] {
  const folders = new Set<string>();
  for (const instruction of before(view, stage, item)) {
    const { form } = instruction;
    const words =
      form.kind === 'words' && (instruction.name === 'WORKDIR' || instruction.name === 'VOLUME')
        ? form.words
        : form.kind === 'copy' && form.destination !== undefined
          ? [form.destination]
          : [];
    for (const { raw } of words) {
      if (raw.startsWith('/') && (instruction.name === 'WORKDIR' || raw.endsWith('/')))
        folders.add(raw.replace(/\/*$/, '/'));
    }
  }
  return [...folders];
}

function* before(view: DockerfileView, stage: Stage, item: number, name?: string): Generator<Instruction> {
  for (const each of chain(stage)) {
    for (const index of each.instructions) {
      const instruction = view.file.items[index];
      if (index < item && instruction?.kind === 'instruction' && (name === undefined || instruction.name === name)) {
        yield instruction;
      }
    }
  }
}
