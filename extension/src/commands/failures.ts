// Several targets, one message: who failed and why, in the engine's words.

import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { nameSome } from '../ui/plain.ts';
import type { Action, Ui } from '../ui/ui.ts';

export interface Named {
  readonly name: string;
}

export interface Failure<T> {
  readonly target: T;
  readonly error: unknown;
}

/** How much is asked of the engine at once. */
const atOnce = 8;

export interface EachOptions<T> {
  /** Shown while it goes on. */
  readonly title: string;
  /** `Could not stop {0}`, with the names. */
  readonly failed: (names: string) => string;
  /** What may be offered when some failed. */
  readonly actions?: (failures: readonly Failure<T>[]) => readonly Action[];
}

/**
 * Does something to each target, several at a time, and tells all failures in one message. Cancelling leaves the rest out.
 * @returns the targets it was done to
 */
export async function onEach<T extends Named>(
  ui: Ui,
  targets: readonly T[],
  options: EachOptions<T>,
  work: (target: T) => Promise<void>,
): Promise<readonly T[]> {
  const done: T[] = [];
  const failures: Failure<T>[] = [];
  await ui.progress(options.title, async ({ report, signal }) => {
    const queue = [...targets];
    const worker = async () => {
      for (let target = queue.shift(); target !== undefined && !signal.aborted; target = queue.shift()) {
        if (targets.length > 1) report(target.name, (done.length + failures.length) / targets.length);
        try {
          await work(target);
          done.push(target);
        } catch (error) {
          failures.push({ target, error });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, targets.length) }, worker));
  });
  tellFailures(ui, failures, options);
  return done;
}

function tellFailures<T extends Named>(ui: Ui, failures: readonly Failure<T>[], options: EachOptions<T>): void {
  const [first] = failures;
  if (first === undefined) return;
  const names = nameSome(
    failures.map(({ target }) => target.name),
    3,
    (count) => l10n.t('and {0} more', count),
  );
  const actions = [...(options.actions?.(failures) ?? [])];
  const isSame = failures.every(({ error }) => messageOf(error) === messageOf(first.error));
  if (!isSame) actions.push(details(ui, failures, options.failed));
  ui.error(`${options.failed(names)}: ${messageOf(first.error)}`, ...actions);
}

function details<T extends Named>(ui: Ui, failures: readonly Failure<T>[], failed: (names: string) => string): Action {
  const lines = failures.map(({ target, error }) => `${failed(target.name)}: ${messageOf(error)}\n`);
  const key = String(Date.now());
  return {
    label: l10n.t('Show Details'),
    run: () => ui.document({ name: l10n.t('failures.txt'), key, load: () => Promise.resolve(lines.join('')) }),
  };
}
