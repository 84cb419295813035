// The modal before something goes for good: it names what goes.

import { l10n } from '../l10n.ts';
import { nameSome } from '../ui/plain.ts';
import type { Ui } from '../ui/ui.ts';
import type { Named } from './failures.ts';

/** So many names fit a modal. */
const mostNames = 20;

/** One target is named in the question itself, several below it. */
export async function confirmTargets(
  ui: Ui,
  message: string,
  targets: readonly Named[],
  action: string,
  note = '',
): Promise<boolean> {
  const [only, second] = targets;
  if (only === undefined || second !== undefined) return await confirmNamed(ui, message, targets, action, note);
  return await ui.confirm({ message: l10n.t('{0} {1}?', action, only.name), detail: note, action });
}

/**
 * @param message the question; the names are told below it
 * @param note said after the names, empty for nothing
 */
export async function confirmNamed(
  ui: Ui,
  message: string,
  targets: readonly Named[],
  action: string,
  note = '',
): Promise<boolean> {
  const names = targets.map(({ name }) => name);
  const named = nameSome(names, mostNames, (count) => l10n.t('and {0} more', count));
  const detail = [named, note].filter((text) => text !== '').join('\n\n');
  return await ui.confirm({ message, detail, action });
}
