// Docker's sentences about containers and execs, each in one place.

import { EngineError } from '../spec/errors.ts';

export function noSuchContainer(ref: string): EngineError {
  return new EngineError('notFound', `No such container: ${ref}`);
}

export function noSuchExec(id: string): EngineError {
  return new EngineError('notFound', `No such exec instance: ${id}`);
}

export function ambiguousPrefix(prefix: string): EngineError {
  return new EngineError('invalidParameter', `multiple IDs found with provided prefix: ${prefix}`);
}

export function nameInUse(name: string, holder: string): EngineError {
  return new EngineError(
    'conflict',
    `Conflict. The container name "/${name}" is already in use by container "${holder}". ` +
      'You have to remove (or rename) that container to be able to reuse that name.',
  );
}

export function notRunning(id: string): EngineError {
  return new EngineError('conflict', `container ${id} is not running`);
}

export function isRestarting(id: string): EngineError {
  return new EngineError('conflict', `Container ${id} is restarting, wait until the container is running`);
}

export function isPausedForExec(name: string): EngineError {
  return new EngineError('conflict', `Container ${name} is paused, unpause the container before exec`);
}

export function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}

export function conflict(message: string): EngineError {
  return new EngineError('conflict', message);
}
