// Instructions in one line, as progress and history show them.

import type { Instruction } from '../../spec/dockerfile/tree.ts';

/** Flags as they are written, each with a blank behind it. */
export function flagText({ flags }: Instruction): string {
  return flags.map(({ name, value }) => (value === undefined ? `--${name} ` : `--${name}=${value.raw} `)).join('');
}

export function textOf(instruction: Instruction): string {
  const { keyword, body } = instruction;
  return `${keyword.toUpperCase()} ${flagText(instruction)}${body.text.replaceAll(/\s+/g, ' ').trim()}`.trimEnd();
}
