// What the `prune` verbs share: what would go is listed and named, and exactly that is removed. Something that came to be used
// meanwhile is left by the engine and told.

import { l10n } from '../l10n.ts';
import { confirmNamed } from './confirm.ts';
import { onEach } from './failures.ts';
import type { Named } from './failures.ts';
import type { VerbContext } from './verb.ts';

export interface Prunable extends Named {
  remove(): Promise<void>;
}

interface Words {
  readonly nothing: string;
  readonly question: string;
  readonly title: string;
  readonly failed: (names: string) => string;
  readonly done: (count: number) => string;
}

export async function pruneNamed({ ui }: VerbContext, prunable: readonly Prunable[], words: Words): Promise<void> {
  if (prunable.length === 0) {
    ui.info(words.nothing);
    return;
  }
  if (!(await confirmNamed(ui, words.question, prunable, l10n.t('Remove')))) return;
  const done = await onEach(ui, prunable, words, (one) => one.remove());
  if (done.length > 0) ui.info(words.done(done.length));
}
