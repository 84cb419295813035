// A shell in a running container: the best one that is there, as the container's user; or a choice of both.

import { l10n } from '../../l10n.ts';
import { execProgram } from '../../terminals/exec-program.ts';
import { findShells, findUsers, usualShells } from '../../terminals/shells.ts';
import type { PickItem, TerminalOptions } from '../../ui/ui.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';
import { isRunning } from './simple.ts';

export const shell: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.shell',
  noun: containers,
  needsTrust: true,
  isForMany: true,
  question: () => l10n.t('Choose containers to open a shell in'),
  accepts: isRunning,
  async run(context, targets) {
    for (const target of targets) {
      const terminal = await shellTerminal(context, target);
      if (terminal !== undefined) context.ui.terminal(terminal);
    }
  },
};

/** A terminal with the best shell of a container; undefined, and a word to the user, when it has none. */
export async function shellTerminal(
  context: VerbContext,
  target: ContainerTarget,
): Promise<TerminalOptions | undefined> {
  const [best] = await shellsOf(context, target);
  return best === undefined ? undefined : terminalOf(context, target, best, '');
}

/** Asks which shell and which user. */
export const shellAs: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.shellAs',
  noun: containers,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the container to open a shell in'),
  accepts: isRunning,
  async run(context, [target]) {
    if (target === undefined) return;
    const { ui, client } = context;
    const shells = await shellsOf(context, target);
    if (shells.length === 0) return;
    const command =
      shells.length === 1
        ? shells[0]
        : await ui.pick(
            shells.map((path) => ({ label: path, value: path })),
            { title: l10n.t('Choose the shell') },
          );
    if (command === undefined) return;
    const users: PickItem<string>[] = (await findUsers(client, target.id)).map(({ name, uid }) => ({
      label: name,
      description: String(uid),
      value: name,
    }));
    const own = { label: l10n.t("The container's own user"), value: '' };
    const other = { label: l10n.t('Another user...'), value: '?' };
    const user = await ui.pick([own, ...users, other], { title: l10n.t('Choose the user') });
    const named = user === '?' ? await askUser(context) : user;
    if (named !== undefined) ui.terminal(terminalOf(context, target, command, named));
  },
};

/** Tells the user when there is none. */
async function shellsOf({ ui, client, settings }: VerbContext, { id, name }: ContainerTarget): Promise<string[]> {
  const shells = await findShells(client, id, settings.shells.length > 0 ? settings.shells : usualShells);
  if (shells.length === 0) ui.error(l10n.t('There is no shell in {0}. Its files can be looked at all the same.', name));
  return shells;
}

/** A name or a number, with a group or without. */
async function askUser({ ui }: VerbContext): Promise<string | undefined> {
  return await ui.input({
    title: l10n.t('Name or number of the user'),
    placeholder: '1000:1000',
    validate: (text) => (/^[\w.@$-]+(:[\w.@$-]+)?$/.test(text) ? undefined : l10n.t('user or user:group')),
  });
}

function terminalOf(
  { client }: VerbContext,
  { id, name }: ContainerTarget,
  path: string,
  user: string,
): TerminalOptions {
  const program = execProgram(client, id, { command: [path], user, isShell: true });
  return { name: user === '' ? name : `${user}@${name}`, icon: 'terminal', program };
}
