// What goes wrong with images, in the sentences that docker's clients know.

import { EngineError, messageOf } from '../spec/errors.ts';
import { shortId } from '../spec/ids.ts';
import { type Reference, familiarReference, withDefaultTag } from '../spec/reference.ts';

export function noSuchImage(reference: Reference | string): EngineError {
  const name = typeof reference === 'string' ? reference : familiarReference(withDefaultTag(reference));
  return new EngineError('notFound', `No such image: ${name}`);
}

export function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}

export function referenceInUse(reference: string, containerId: string, imageId: string): EngineError {
  return new EngineError(
    'conflict',
    `conflict: unable to remove repository reference "${reference}" (must force) - container ${shortId(containerId)} is using its referenced image ${shortId(imageId)}`,
  );
}

/** Why an image cannot be deleted. Hard conflicts stand even with force. */
export class DeleteConflict extends EngineError {
  /** A container stands on the image. */
  readonly used: boolean;

  constructor(imageId: string, reason: string, options: { readonly hard: boolean; readonly used: boolean }) {
    const force = options.hard ? 'cannot be forced' : 'must be forced';
    super('conflict', `conflict: unable to delete ${shortId(imageId)} (${force}) - ${reason}`);
    this.used = options.used;
  }
}

/** Puts what was being done before a message, keeping its kind. */
export function withContext(error: unknown, context: string): unknown {
  return error instanceof EngineError
    ? new EngineError(error.kind, `${context}: ${messageOf(error)}`, { cause: error })
    : error;
}
