// A container that the request for another one names, by a link or for its volumes.

import { isKind, messageOf } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import type { Room } from './room.ts';

/**
 * Of "not found" clients would believe that it is about the image, and pull that.
 * @param saying what goes before the reason
 * @throws EngineError invalidParameter, as dockerd, when it is not there
 */
export function otherContainer(room: Room, ref: string, saying = ''): Container {
  try {
    return room.store.find(ref);
  } catch (error) {
    throw isKind(error, 'notFound') ? invalid(`${saying}${messageOf(error)}`) : error;
  }
}
