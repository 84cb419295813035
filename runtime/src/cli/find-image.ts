// An image at its registry, for commands that sign and verify it there, and the files that they are given.

import { readFile } from 'node:fs/promises';
import type { PushTarget, RemoteManifest, Repository } from '../registry/registry.ts';
import { messageOf } from '../spec/errors.ts';
import { type Reference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { openRegistries } from './registry-client.ts';
import type { Session } from './session.ts';

export interface FoundImage {
  readonly reference: Reference;
  readonly repository: Repository;
  readonly target: PushTarget;
  readonly found: RemoteManifest;
}

/** With the user's log-in. @throws EngineError in the registry's words */
export async function findImage(session: Session, name: string, tlsVerify: boolean): Promise<FoundImage> {
  const reference = withDefaultTag(parseReference(name));
  const registry = openRegistries(session).registry(tlsVerify ? [] : [reference.domain]);
  const { auth } = await session.authFor(name);
  const repository = registry.repository(reference, auth);
  const found = await repository.manifest(reference.digest ?? reference.tag ?? '');
  return { reference, repository, target: registry.pushTarget(reference, auth), found };
}

const maximumKeyFile = 256 * 1024;

/** @throws Error that names the file */
export async function readKeyFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`the key cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (text.length > maximumKeyFile) throw new Error(`${path} is too large for a key`);
  return text;
}
