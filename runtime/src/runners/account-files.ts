// /etc/passwd and /etc/group of a root, read where links lead inside it.

import type { Tree } from '../host/kernel.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import type { AccountFiles } from './users.ts';

/** More than any account file has; larger ones are refused. */
export const mostBytes = 16 * 1024 * 1024;

/** Absent files are empty. @throws EngineError invalidParameter when one is absurdly large */
export async function accountsOfTree(tree: Tree): Promise<AccountFiles> {
  return { passwd: await readInTree(tree, 'passwd'), group: await readInTree(tree, 'group') };
}

export async function readInTree(tree: Tree, name: string): Promise<string> {
  const path = `/etc/${name}`;
  try {
    const entry = await tree.stat(path, { follow: true });
    if (entry?.type !== 'file') return '';
    if (entry.size > mostBytes) throw tooLarge(name);
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of tree.read(path)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  } catch (error) {
    if (isKind(error, 'notFound')) return '';
    throw error;
  }
}

export function tooLarge(name: string): EngineError {
  return new EngineError('invalidParameter', `/etc/${name} of the container is too large`);
}
