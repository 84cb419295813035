// Verbs that copy one fact about each target, a line for each.

import type { TargetVerb, VerbContext } from './verb.ts';
import type { Noun } from './targets.ts';
import { l10n } from '../l10n.ts';

interface Fact<T> {
  readonly id: string;
  readonly noun: Noun<T>;
  readonly question: () => string;
  /** Undefined when the target has no such fact. */
  readonly of: (target: T, context: VerbContext) => Promise<string | undefined>;
}

export function copyVerb<T>({ id, noun, question, of }: Fact<T>): TargetVerb<T> {
  return {
    id,
    noun,
    isForMany: true,
    question,
    async run(context, targets) {
      const facts = await Promise.all(targets.map((target) => of(target, context)));
      const known = facts.filter((fact) => fact !== undefined && fact !== '');
      if (known.length === 0) context.ui.info(l10n.t('There is nothing to copy.'));
      else await context.ui.copy(known.join('\n'));
    },
  };
}
