// Refuses a Dockerfile that says it is for another program: read as an ordinary one, it would mean something else.

import { isOwnFrontend } from '../../spec/dockerfile/frontend.ts';
import type { Dockerfile } from '../../spec/dockerfile/tree.ts';
import { EngineError } from '../../spec/errors.ts';
import { placedError } from './build-fault.ts';

/**
 * As for BuildKit, BUILDKIT_SYNTAX counts before the file's `# syntax=`, and what follows the first blank is for the program.
 * @param name of the Dockerfile
 * @throws EngineError notImplemented
 */
export function refuseForeignFrontend(
  file: Dockerfile,
  name: string,
  buildArgs: Readonly<Record<string, string>>,
): void {
  const given = Object.hasOwn(buildArgs, 'BUILDKIT_SYNTAX') ? imageOf(buildArgs['BUILDKIT_SYNTAX'] ?? '') : '';
  if (given !== '') {
    if (!isOwnFrontend(given)) throw foreign(`BUILDKIT_SYNTAX=${given}`, 'leave it out');
    return;
  }
  const item = file.items.findIndex((each) => each.kind === 'directive' && each.name === 'syntax');
  const directive = file.items[item];
  const image = directive?.kind === 'directive' ? imageOf(directive.value) : '';
  if (image === '' || isOwnFrontend(image)) return;
  throw placedError(file, name, item, foreign(`# syntax=${image}`, 'take the line out, or name docker/dockerfile:1'));
}

function imageOf(text: string): string {
  return text.trim().split(' ', 1)[0] ?? '';
}

function foreign(what: string, remedy: string): EngineError {
  const words = `${what.slice(0, 300)} cannot be used: this engine reads Dockerfiles by itself (${remedy})`;
  return new EngineError('notImplemented', words);
}
