// Whom `docker` in a terminal talks to. Somebody who has a Docker already keeps it until they choose another engine here; somebody
// who has none finds ours.

import { existsSync } from 'node:fs';
import { dockerContexts } from '../../../runtime/src/connect/docker-contexts.ts';
import type { KnownEngine } from './known.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalChoice {
  readonly engine: KnownEngine;
  /** The user said that this engine is to be used. */
  readonly isChosen: boolean;
  readonly env: Environment;
  /** Where `docker` looks for an engine when nothing else is said. */
  readonly sockets: readonly string[];
}

/** The value of DOCKER_HOST for new terminals; undefined leaves what the user has. */
export function terminalHost({ engine, isChosen, env, sockets }: TerminalChoice): string | undefined {
  // What needs certificates cannot be told by one variable.
  if (!engine.host.startsWith('unix://')) return undefined;
  return isChosen || !hasDocker(env, sockets) ? engine.host : undefined;
}

/** `docker` finds an engine by itself: by its environment, a context of its own, or a socket. */
function hasDocker(env: Environment, sockets: readonly string[]): boolean {
  const isNamed = ['DOCKER_HOST', 'DOCKER_CONTEXT'].some((name) => (env[name] ?? '') !== '');
  return isNamed || dockerContexts(env).length > 0 || sockets.some((path) => existsSync(path));
}
