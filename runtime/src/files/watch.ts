// Changes of files as they come, until nobody wants them any more or what they belong to is removed.

import type { Cancellable } from '../spec/engine/containers.ts';
import type { FileChange } from '../spec/engine/files.ts';
import { about } from './failure.ts';
import { checkedPath } from './path.ts';
import type { FileRoots } from './roots.ts';

export async function watch(
  roots: FileRoots,
  ref: string,
  given: string,
  options: { readonly recursive: boolean } & Cancellable,
): Promise<AsyncIterable<FileChange>> {
  const path = checkedPath(given);
  await using undo = new AsyncDisposableStack();
  const view = undo.use(await roots.open(ref));
  // Closing the tree ends the iteration, also where its reader has stopped reading.
  const end = async (): Promise<void> => view[Symbol.asyncDispose]();
  undo.use(view.beforeRemoval(end));
  const changes = await about(path, () => view.tree.watch(path, { recursive: options.recursive }));
  const held = undo.move();
  return absolute(path === '/' ? '' : path, changes, held, options.signal);
}

async function* absolute(
  base: string,
  changes: AsyncIterable<FileChange>,
  held: AsyncDisposable,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileChange, void, undefined> {
  await using _held = held;
  const leave = (): void => void held[Symbol.asyncDispose]();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    if (signal?.aborted === true) return;
    for await (const { type, path } of changes) yield { type, path: (path === '' ? base : `${base}/${path}`) || '/' };
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
