// Verbs that are one call of the engine for each container. Each has its file; this is their common shape.

import { onEach } from '../failures.ts';
import type { EachOptions } from '../failures.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';

interface Call extends Omit<EachOptions<ContainerTarget>, 'title'> {
  readonly id: string;
  readonly needsTrust?: boolean;
  readonly question: () => string;
  readonly title: () => string;
  readonly states: readonly string[];
  readonly call: (context: VerbContext, id: string) => Promise<void>;
}

/** A verb for all selected containers in one of `states`. */
export function callVerb({ id, needsTrust, question, title, states, call, failed }: Call): TargetVerb<ContainerTarget> {
  return {
    id,
    noun: containers,
    isForMany: true,
    question,
    ...(needsTrust === true ? { needsTrust } : {}),
    accepts: ({ state }) => states.includes(state),
    async run(context, targets) {
      await onEach(context.ui, targets, { title: title(), failed }, (target) => call(context, target.id));
    },
  };
}

export const live = ['running', 'paused', 'restarting'];
export const idle = ['created', 'exited', 'dead'];

/** For verbs about processes: something runs in it. */
export const isRunning = ({ state }: ContainerTarget): boolean => state === 'running';
