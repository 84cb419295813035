// What a step that ran and did not succeed is told as.

import { EngineError } from '../../spec/errors.ts';
import type { LayerRef } from '../contract.ts';

/** A command that ended with another status than 0, or that could not be started. */
export class StepFailure extends EngineError {
  readonly exitCode: number;
  /** What it had changed by then. */
  halfMade: LayerRef | undefined;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super('invalidParameter', message, options);
    this.exitCode = exitCode;
  }
}

/** In the words that clients of the classic builder look for. */
export function endedWith(argv: readonly string[], exitCode: number): StepFailure {
  return new StepFailure(`The command '${argv.join(' ')}' returned a non-zero code: ${exitCode}`, exitCode);
}
