// What the language knows of its instructions, flags, mounts and directives, as data for completion, hover and signature help.

import type { InstructionName } from '../../../../runtime/src/spec/dockerfile/tree.ts';

/** An instruction: what it does, and the ways to write it. Texts are Markdown. */
export interface InstructionReference {
  readonly name: InstructionName;
  readonly summary: string;
  readonly details: string;
  readonly signatures: readonly SignatureReference[];
  readonly flags: readonly FlagReference[];
}

/** One way to write an instruction. Each parameter's label is a part of `label`. */
export interface SignatureReference {
  readonly label: string;
  readonly parameters: readonly { readonly label: string; readonly text: string }[];
}

export interface FlagReference {
  /** Without the dashes. */
  readonly name: string;
  readonly text: string;
  /** `switch` takes no value or true/false. */
  readonly value:
    'switch' | 'text' | 'platform' | 'stage' | 'owner' | 'mode' | 'duration' | 'number' | 'mount' | 'path';
  /** Values to choose from. */
  readonly choices?: readonly Choice[];
  readonly repeatable?: boolean;
  /** First version of the Dockerfile syntax that has it, `labs` where no stable one has. */
  readonly since?: string;
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export interface MountReference {
  readonly type: string;
  readonly text: string;
  readonly keys: readonly MountKeyReference[];
}

export interface MountKeyReference {
  readonly name: string;
  /** Other spellings. */
  readonly aliases: readonly string[];
  readonly text: string;
  readonly value: 'path' | 'source' | 'stage' | 'switch' | 'text' | 'mode' | 'number' | 'size' | 'cache-id';
  readonly choices?: readonly Choice[];
}

export interface DirectiveReference {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly text: string;
  readonly choices: readonly Choice[];
}
