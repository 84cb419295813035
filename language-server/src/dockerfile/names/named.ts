// What has a name in a Dockerfile and where it stands: a stage, a variable, the delimiter of a heredoc. Definition, references,
// highlights and renaming are all told from this.

import type { Place } from '../../../../runtime/src/spec/dockerfile/model.ts';
import type { DockerfileView } from '../view.ts';
import { heredocAt } from './heredocs.ts';
import { stageAt } from './stages.ts';
import { variableAt } from './variables.ts';

export interface Occurrence extends Place {
  /** `definition` gives the name its meaning, `assignment` is a shell's. */
  readonly role: 'definition' | 'assignment' | 'use';
}

export interface Named {
  readonly kind: 'stage' | 'variable' | 'heredoc';
  readonly name: string;
  /** The one that was asked about. */
  readonly here: Occurrence;
  /** Where the meaning of `here` comes from; undefined when no line of the file says. */
  readonly definition: Place | undefined;
  /** In the order of the file. */
  readonly occurrences: readonly Occurrence[];
  /** Why it cannot have another name. */
  readonly fixed: string | undefined;
}

export function namedAt(view: DockerfileView, offset: number): Named | undefined {
  return stageAt(view, offset) ?? variableAt(view, offset) ?? heredocAt(view, offset);
}
