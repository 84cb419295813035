// What steps ask for beyond a sandbox: the engine has to let clients allow it, and the client has to allow it this build.

import type { Entitlement } from '../spec/engine/builds.ts';
import { frame } from '../spec/dockerfile/frame.ts';
import { EngineError } from '../spec/errors.ts';
import type { Operation, Plan } from './contract.ts';

/**
 * @param file the Dockerfile
 * @param rights `given` by the client to this build, and `allowed` to be given at all
 * @throws EngineError forbidden naming the line, and what would allow it
 */
export function refuseUnallowed(
  { operations }: Plan,
  file: { readonly name: string; readonly text: string },
  {
    given,
    allowed,
  }: { readonly given: readonly Entitlement[]; readonly allowed: Readonly<Record<Entitlement, boolean>> },
): void {
  for (const operation of operations) {
    const wanted = wantedBy(operation);
    if (wanted === undefined || (given.includes(wanted) && allowed[wanted])) continue;
    const { startLine, endLine } = operation.source;
    const hint = allowed[wanted]
      ? `build with --allow ${wanted}`
      : `the engine has to be started with --builder ${wanted.replace('.', '-')}=true`;
    const message = `${file.name}:${startLine}: ${wanted} is not allowed: ${hint}`;
    throw new EngineError('forbidden', `${message}\n${frame(file.text, startLine, endLine)}`);
  }
}

function wantedBy(operation: Operation): Entitlement | undefined {
  if (operation.kind !== 'run') return undefined;
  if (operation.security === 'insecure') return 'security.insecure';
  return operation.network === 'host' ? 'network.host' : undefined;
}
