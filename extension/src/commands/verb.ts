// The shape of a verb, and how one is run: trust first, then the targets (the chosen nodes, or a quick pick), then the verb.
// Knows no VS Code; what it asks and shows goes through a `Ui`.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildServices } from '../builds/services.ts';
import { l10n } from '../l10n.ts';
import type { LocalFiles } from '../files/local.ts';
import type { LogIns } from '../registries/log-ins.ts';
import type { Ui } from '../ui/ui.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import type { Noun } from './targets.ts';

/** What the user set that verbs go by. */
export interface VerbSettings {
  readonly logs: {
    /** Lines shown of what is there already. */
    readonly tail: number;
    readonly timestamps: boolean;
    readonly openIn: 'terminal' | 'output';
  };
  /** Paths of shells, the best first. */
  readonly shells: readonly string[];
}

export interface VerbContext {
  readonly ui: Ui;
  readonly client: EngineClient;
  readonly builds: BuildServices;
  /** What paths lead to. */
  readonly local: LocalFiles;
  /** Who the user is to registries. */
  readonly logIns: LogIns;
  readonly settings: VerbSettings;
}

/** A verb about the engine or about nothing that is there yet. */
export interface PlainVerb {
  readonly id: string;
  /** Runs or makes something, which an untrusted workspace does not allow. */
  readonly needsTrust?: boolean;
  run(context: VerbContext): Promise<void>;
}

/** A verb about one kind of thing. */
export interface TargetVerb<T> {
  readonly id: string;
  readonly noun: Noun<T>;
  readonly needsTrust?: boolean;
  /** Takes several at once. */
  readonly isForMany: boolean;
  /** The question of the quick pick. */
  readonly question: () => string;
  /** Which targets it makes sense for; all when absent. */
  accepts?(target: T): boolean;
  run(context: VerbContext, targets: readonly T[]): Promise<void>;
}

/** Refuses in code what the menus hide. @returns whether the verb may run */
export async function checkTrust(ui: Ui, verb: { readonly needsTrust?: boolean }): Promise<boolean> {
  if (verb.needsTrust !== true || ui.isTrusted) return true;
  ui.error(l10n.t('This workspace is not trusted: nothing is run or made from it.'), {
    label: l10n.t('Manage Trust'),
    run: () => ui.manageTrust(),
  });
  return false;
}

export async function runPlain(verb: PlainVerb, context: VerbContext): Promise<void> {
  if (!(await checkTrust(context.ui, verb))) return;
  await guarded(context.ui, () => verb.run(context));
}

/** @param chosen the selected nodes' targets; a quick pick asks when there are none */
export async function runOnTargets<T>(verb: TargetVerb<T>, context: VerbContext, chosen: readonly T[]): Promise<void> {
  if (!(await checkTrust(context.ui, verb))) return;
  await guarded(context.ui, async () => {
    const targets = chosen.length > 0 ? accepted(verb, chosen) : await pickTargets(verb, context);
    if (targets === undefined) return;
    if (targets.length === 0) context.ui.info(verb.noun.nothing());
    else await verb.run(context, verb.isForMany ? targets : targets.slice(0, 1));
  });
}

function accepted<T>(verb: TargetVerb<T>, targets: readonly T[]): readonly T[] {
  return verb.accepts === undefined ? targets : targets.filter((target) => verb.accepts?.(target));
}

async function pickTargets<T>(verb: TargetVerb<T>, { ui, client }: VerbContext): Promise<readonly T[] | undefined> {
  const targets = accepted(verb, await verb.noun.list(client));
  if (targets.length === 0) return [];
  const items = targets.map((target) => verb.noun.item(target));
  const options = { title: verb.question() };
  if (verb.isForMany) return await ui.pickMany(items, options);
  const one = await ui.pick(items, options);
  return one === undefined ? undefined : [one];
}

/** What a verb did not expect becomes one message. Turning away is no error. */
export async function guarded(ui: Ui, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if ((error as Error | undefined)?.name === 'AbortError') return;
    ui.error(messageOf(error));
  }
}
