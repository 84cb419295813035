// `exec -it`: one command in a running container, in a terminal.

import { l10n } from '../../l10n.ts';
import { execProgram } from '../../terminals/exec-program.ts';
import { HeldProgram } from '../../terminals/held-program.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { splitWords, wordsFault } from '../words.ts';
import { isRunning } from './simple.ts';

export const exec: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.exec',
  noun: containers,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the container to run a command in'),
  accepts: isRunning,
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const text = await ui.input({
      title: l10n.t('Run a Command in {0}', target.name),
      prompt: l10n.t('The command and its arguments; quotes keep spaces'),
      placeholder: 'ls -l "/some folder"',
      validate: (typed) => (typed.trim() === '' ? l10n.t('Type a command.') : wordsFault(typed)),
    });
    if (text === undefined) return;
    const command = splitWords(text);
    const program = new HeldProgram(execProgram(client, target.id, { command, user: '', isShell: false }));
    ui.terminal({ name: `${target.name}: ${command[0] ?? ''}`, icon: 'terminal', program });
  },
};
