// Contexts with names of their own (`--build-context`): folders that the client offered, images, and what the engine fetches.

import type { BuildRequest } from '../spec/engine/builds.ts';
import { EngineError } from '../spec/errors.ts';
import { familiarReference, parseReference } from '../spec/reference.ts';
import { isGitAddress } from './sources/git-source.ts';

export type NamedContext =
  | { readonly kind: 'image'; readonly reference: string }
  /** A client's folder that was offered. */
  | { readonly kind: 'folder'; readonly id: string }
  /** A git repository or an archive. */
  | { readonly kind: 'remote'; readonly address: string };

/** Name as `contextName` makes it -> what it is. */
export type NamedContexts = ReadonlyMap<string, NamedContext>;

/** @throws EngineError invalidParameter naming a context that is none */
export function namedContextsOf({
  namedContexts,
  namedFolders = {},
}: Pick<BuildRequest, 'namedContexts' | 'namedFolders'>): NamedContexts {
  const found = new Map<string, NamedContext>();
  for (const [name, value] of Object.entries(namedContexts)) found.set(contextName(name), contextOf(name, value));
  for (const [name, id] of Object.entries(namedFolders)) found.set(contextName(name), { kind: 'folder', id });
  return found;
}

function contextOf(name: string, value: string): NamedContext {
  const image = /^docker-image:\/\/(.+)$/.exec(value)?.[1];
  if (image !== undefined) return { kind: 'image', reference: image };
  if (isGitAddress(value) || /^https?:\/\//.test(value)) return { kind: 'remote', address: value };
  const words = `invalid context ${JSON.stringify(name)}: ${JSON.stringify(value.slice(0, 200))}`;
  throw new EngineError('invalidParameter', `${words} is no git or http address and no docker-image://NAME`);
}

/** Two ways to write the name of an image are one name of a context, as for BuildKit: `alpine` is `docker.io/library/alpine:latest`. */
export function contextName(text: string): string {
  try {
    return familiarReference(parseReference(text)).replace(/:latest$/, '');
  } catch {
    // A name that no image can have, of a stage perhaps, stands for itself.
    return text;
  }
}
