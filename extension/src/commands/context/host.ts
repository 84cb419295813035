// What the verbs of contexts stand on: the engines that are known, which is in use, and the file that keeps those the user made.

import type { ContextStore } from '../../../../runtime/src/connect/contexts.ts';
import { l10n } from '../../l10n.ts';
import type { PickItem, Ui } from '../../ui/ui.ts';

export interface ContextTarget {
  readonly name: string;
  /** Address of the engine. */
  readonly host: string;
  readonly description: string;
  readonly isCurrent: boolean;
  /** Kept in the store, so that it can be removed; others are ours or were found on the machine. */
  readonly isStored: boolean;
}

export interface ContextHost {
  readonly ui: Ui;
  readonly store: ContextStore;
  list(): Promise<readonly ContextTarget[]>;
  /** Makes an engine the one that views and verbs speak to. */
  use(name: string): Promise<void>;
  /** Told after the store was changed. */
  changed(): void;
}

export interface ContextVerb {
  readonly id: string;
  /** What to choose when no node was clicked; absent for a verb that needs none. */
  readonly question?: () => string;
  accepts?(target: ContextTarget): boolean;
  run(host: ContextHost, target: ContextTarget | undefined): Promise<void>;
}

/** The context that was clicked, or is chosen now. @returns undefined when there is none or the user turned away */
export async function chooseContext(
  host: ContextHost,
  verb: ContextVerb,
  clicked: ContextTarget | undefined,
): Promise<ContextTarget | undefined> {
  if (clicked !== undefined) return clicked;
  const targets = (await host.list()).filter((target) => verb.accepts?.(target) ?? true);
  if (targets.length === 0) {
    host.ui.info(l10n.t('There is no context for this.'));
    return undefined;
  }
  return await host.ui.pick(targets.map(itemOf), { title: verb.question?.() ?? '' });
}

function itemOf(target: ContextTarget): PickItem<ContextTarget> {
  const { name, host, description, isCurrent } = target;
  return {
    label: name,
    description: isCurrent ? l10n.t('{0} (in use)', host) : host,
    ...(description === '' ? {} : { detail: description }),
    value: target,
  };
}
