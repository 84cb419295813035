// Tree workers: a process of the helper chrooted into a file tree, spoken to over a socket of its own.

import { EngineError } from '../../spec/errors.ts';
import type { Tree, TreeRoot } from '../kernel.ts';
import type { HelperClient } from './helper-client.ts';

/** Forks a worker for `root` and connects to it. */
export async function openTree(helper: HelperClient, _execRoot: string, root: TreeRoot): Promise<Tree> {
  await helper.call('openTree', root.root);
  throw new EngineError('notImplemented', 'tree worker');
}
