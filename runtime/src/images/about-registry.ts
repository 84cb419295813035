// Docker's sentences about what is wrong with an image or an answer do not all say where it came from. Somebody with several registries,
// mirrors and pipelines has to know.

import { errnoOf } from '../host/errno.ts';
import { EngineError, isKind } from '../spec/errors.ts';

/** Runs `ask` and has its failures name the registry, where they are the registry's. @param domain of the reference */
export async function aboutRegistry<T>(domain: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw named(domain, error);
  }
}

/** The same of what comes piece by piece: of a pull that has begun, or a blob. */
export async function* toldOfRegistry<T>(domain: string, pieces: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* pieces;
  } catch (error) {
    throw named(domain, error);
  }
}

function named(domain: string, error: unknown): unknown {
  if (!isKind(error, 'invalidParameter', 'notFound', 'system', 'unauthorized')) return error;
  // A failure of this machine's disk is not the registry's.
  if (/^E[A-Z0-9]+$/.test(errnoOf(error) ?? '')) return error;
  if (error.message.includes(domain)) return error;
  return new EngineError(error.kind, `registry ${domain}: ${error.message}`, { cause: error });
}
