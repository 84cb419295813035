// What a container's command line starts, as far as its words tell.

import type { Program } from './contract.ts';

/** Longer ones are data. */
const longest = 4096;

/** Last parts of what may be programs in it, those in a shell's text among them. */
export function programNames(program: Program): string[] {
  return wordsOf(program).map((word) => word.slice(word.lastIndexOf('/') + 1));
}

/** The word that names one of these programs, as it is written. */
export function namedProgram(program: Program, names: readonly string[]): string | undefined {
  return wordsOf(program).find((word) => names.includes(word.slice(word.lastIndexOf('/') + 1)));
}

function wordsOf({ entrypoint, command }: Program): string[] {
  return [...entrypoint, ...command].flatMap((word) =>
    /\s/.test(word) ? word.slice(0, longest).split(/[\s;&|()"']+/) : [word],
  );
}
