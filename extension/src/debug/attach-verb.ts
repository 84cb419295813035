// Brings a debugger to a container that runs.

import { containers } from '../commands/targets.ts';
import type { ContainerTarget } from '../commands/targets.ts';
import { isRunning } from '../commands/container/simple.ts';
import type { TargetVerb } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';

/** @param debug starts a session by its configuration */
export function attachDebuggerVerb(
  debug: (configuration: { name: string; type: string; request: string; container: string }) => Promise<void>,
): TargetVerb<ContainerTarget> {
  return {
    id: 'coracle.container.attachDebugger',
    noun: containers,
    needsTrust: true,
    isForMany: false,
    question: () => l10n.t('Choose the container to debug'),
    accepts: isRunning,
    async run(_context, [target]) {
      if (target === undefined) return;
      await debug({ type: 'coracle', request: 'attach', name: target.name, container: target.id });
    },
  };
}
