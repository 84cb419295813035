// What the step before leaves for the daemon of an ordinary user, and how it fails. Apart from that step, which only it needs.

import type { Finding } from '../spec/engine/system.ts';
import type { Rootless } from '../spec/rootless.ts';

/** Names the variable by which the step before tells the daemon. */
export const enteredVariable = 'CORACLE_ROOTLESS';

/** The finding that names containers which outlived their engine's namespaces. */
export const besideName = 'containers of an earlier engine';

/** What the step before has left for this process. @returns undefined when there was none */
export function enteredNamespaces(env: NodeJS.ProcessEnv): Rootless | undefined {
  const text = env[enteredVariable];
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Rootless);
}

/** The host does not allow it. The message is for people, a line for each thing to mend. */
export class RootlessError extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const lines = findings
      .filter(({ state }) => state === 'missing')
      .map(({ message, remedy }) => `  ${message}${remedy === undefined ? '' : `\n    mend it with: ${remedy}`}`);
    super(`this system does not allow an engine without root yet:\n${lines.join('\n')}`);
    this.name = 'RootlessError';
    this.findings = findings;
  }
}
