// Names that are known, and the one that was probably meant by a name that is not.

import { nearest } from '../nearest.ts';
import type { InstructionName } from './tree.ts';

export const instructionNames: readonly InstructionName[] = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];

const byName = new Map<string, InstructionName>(
  instructionNames.flatMap((name) => [
    [name, name],
    [name.toLowerCase(), name],
  ]),
);

/** The instruction that a keyword names, in any case. */
export function instructionName(keyword: string): InstructionName | undefined {
  return byName.get(keyword) ?? (keyword.length > 16 ? undefined : byName.get(keyword.toUpperCase()));
}

/** More names of a file than this are not compared with one that is not known. */
export const maxNames = 200;

/** Names of the things that have one, not more than are compared. */
export function someNames(named: readonly { readonly name: string | undefined }[]): string[] {
  return named.slice(0, maxNames).flatMap(({ name }) => name ?? []);
}

/** The known name that is probably meant; undefined for one that is known, and where none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  return names.includes(name) ? undefined : nearest(name, names);
}
