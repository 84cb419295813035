// The passwd and group files of a container, read inside its root.

import type { Bytes } from '../host/host.ts';
import type { Tree } from '../host/kernel.ts';
import { isKind } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { type Room, rootSpec } from './room.ts';

const largest = 1024 * 1024;

export interface Accounts {
  readonly passwd: string;
  readonly group: string;
}

/** Missing files are empty; of one beyond 1 MiB only the beginning counts. */
export async function readAccounts(room: Room, container: Container): Promise<Accounts> {
  await using tree = await room.runner.openRoot(await rootSpec(room, container), []);
  return await accountsOf(tree);
}

export async function accountsOf(tree: Tree): Promise<Accounts> {
  return { passwd: await textOf(tree, '/etc/passwd'), group: await textOf(tree, '/etc/group') };
}

async function textOf(tree: Tree, path: string): Promise<string> {
  const entry = await tree.stat(path, { follow: true });
  if (entry?.type !== 'file') return '';
  try {
    return await collect(tree.read(path));
  } catch (error) {
    if (isKind(error, 'notFound')) return '';
    throw error;
  }
}

async function collect(bytes: Bytes): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of bytes) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largest) break;
  }
  return text;
}
