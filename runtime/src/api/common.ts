// What answering a request is, however it came: the route that it is for, the headers that every reply has, and what is logged of a failure.

import { EngineError, isEngineError, isKind, messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { Headers } from './call.ts';
import { errorReply } from './error-reply.ts';
import type { Match, Router } from './router.ts';
import { formatVersion, newestVersion, splitVersion } from './version.ts';

/** @param version the engine's own */
export function usualHeaders(version: string): Headers {
  return {
    'Api-Version': formatVersion(newestVersion),
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    // Some clients read the operating system out of this pattern.
    Server: `Docker/${version} (linux)`,
  };
}

/** @param url path and query, as in a request's line @throws EngineError notFound, invalidParameter */
export function findRoute(router: Router, method: string, url: string): Match {
  const found = findAmong(router, method, url);
  if (found === undefined) throw new EngineError('notFound', 'page not found');
  return found;
}

/** As `findRoute`, of a router that does not know all routes. @throws EngineError invalidParameter */
export function findAmong(router: Router, method: string, url: string): Match | undefined {
  const { version, path } = splitVersion(decodePath(url));
  return router.match(method, path, version);
}

/** What is behind the question mark. */
export function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function decodePath(url: string): string {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new EngineError('invalidParameter', `invalid URL escape in ${JSON.stringify(path.slice(0, 200))}`, { cause });
  }
}

export function logFailure(
  logger: Logger,
  { method, url }: { readonly method?: string | undefined; readonly url?: string | undefined },
  error: unknown,
): void {
  const { status } = errorReply(error);
  const fields = { method, url, status, error: messageOf(error) };
  if (status < 500 || isKind(error, 'unavailable', 'notImplemented', 'cancelled')) {
    logger.debug('request refused', fields);
  } else {
    // Only what nobody foresaw needs its place in the code.
    const stack = error instanceof Error && !isEngineError(error) ? error.stack : undefined;
    logger.error('request failed', { ...fields, stack });
  }
}
