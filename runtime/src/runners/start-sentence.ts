// Why a program could not be started, in the sentences that Docker's users and clients know. The docker CLI matches them, letter case
// included.

import { EngineError } from '../spec/errors.ts';
import type { StartFailure } from './runner.ts';

const prefixes = {
  container:
    'failed to create task for container: failed to create shim task: OCI runtime create failed: ' +
    'unable to start container process: error during container init: ',
  exec: 'OCI runtime exec failed: exec failed: unable to start container process: ',
} as const;

/**
 * @param exitCode 127 not found, 126 not executable, 128 anything else
 * @param advice follows the sentence
 * @returns EngineError with a StartFailure as its cause: invalidParameter with 126 and 127, else system
 */
export function startFailure(
  kind: 'container' | 'exec',
  { exitCode, text }: StartFailure,
  advice = '',
): EngineError & { readonly cause: StartFailure } {
  const failure: StartFailure = { exitCode, text: `${prefixes[kind]}${text}: unknown${advice}` };
  const error = new EngineError(exitCode === 128 ? 'system' : 'invalidParameter', failure.text, { cause: failure });
  return error as EngineError & { readonly cause: StartFailure };
}
