// What a check sees.

import type { Knowledge } from '../../knowledge/knowledge.ts';
import type { Context } from '../../language/context.ts';
import type { ComposeModel } from '../model/model.ts';
import type { Project } from '../model/project.ts';
import type { Entry } from '../model/resolver.ts';
import type { ComposeView } from '../view.ts';
import { valueOf } from '../yaml/tree.ts';

export interface CheckInput {
  readonly view: ComposeView;
  readonly model: ComposeModel;
  readonly project: Project;
  readonly context: Context;
  readonly knowledge: Knowledge;
}

/** Services of the file itself, without keys of the user's own. */
export function servicesOf(model: ComposeModel): readonly Entry[] {
  return model.resolver.entries(valueOf(model.file.root, 'services'));
}

/** The value of an environment variable where Compose would find one. */
export function lookupIn(project: Project): (name: string) => string | undefined {
  return (name) => project.variables.get(name)?.value;
}
