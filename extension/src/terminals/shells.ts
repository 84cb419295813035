// Which shells a container has and which users it knows: asked of its files, so that nothing needs to run in it, and a
// container without any shell is found out before one is started.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isApiError } from '../../../runtime/src/client/errors.ts';
import { readTar } from '../../../runtime/src/spec/tar/reader.ts';

type Files = Pick<EngineClient, 'containers'>;

/** Where shells lie, the best first. */
export const usualShells: readonly string[] = [
  '/bin/bash',
  '/usr/bin/bash',
  '/usr/local/bin/bash',
  '/bin/zsh',
  '/usr/bin/zsh',
  '/usr/bin/fish',
  '/bin/ash',
  '/bin/dash',
  '/bin/sh',
  '/usr/bin/sh',
];

/** Those of `candidates` that are there, in their order; of one name only the first. */
export async function findShells(client: Files, id: string, candidates: readonly string[]): Promise<string[]> {
  const found = await Promise.all(candidates.map((path) => exists(client, id, path)));
  const there = candidates.filter((_path, index) => found[index]);
  // A container that is gone has no files either: that is told by its own error.
  if (there.length === 0) await client.containers.inspect(id);
  return there.filter((path, index) => there.findIndex((other) => nameOf(other) === nameOf(path)) === index);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function exists({ containers }: Files, id: string, path: string): Promise<boolean> {
  try {
    await containers.statPath(id, path);
    return true;
  } catch (error) {
    // 400 is a path that goes through a file.
    if (isApiError(error, 400, 404)) return false;
    throw error;
  }
}

export interface User {
  readonly name: string;
  readonly uid: number;
}

/** Larger files of users are not read on. */
const mostBytes = 1024 * 1024;

/** The users that `/etc/passwd` names, none when there is no such file. */
export async function findUsers({ containers }: Files, id: string): Promise<User[]> {
  let archive;
  try {
    archive = await containers.getArchive(id, '/etc/passwd');
  } catch (error) {
    if (isApiError(error, 400, 404)) return [];
    throw error;
  }
  for await (const member of readTar(archive.tar)) {
    if (member.type === 'file') return parseUsers(await textOf(member.content));
  }
  return [];
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of content) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > mostBytes) break;
  }
  return text;
}

/** Lines of `name:x:uid:…`; anything else is left out. */
export function parseUsers(text: string): User[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = ''] = line.split(':');
    return /^[\w.@$-]+$/.test(name) && /^\d{1,10}$/.test(uid) ? [{ name, uid: Number(uid) }] : [];
  });
}
