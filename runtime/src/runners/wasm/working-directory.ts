// The working directory of a container, made where it is not there, as an OCI runtime does.

import type { WritableRoot } from '../../host/portable/contract.ts';
import type { TreeEntry } from '../../host/kernel.ts';
import type { SandboxMount } from '../runner.ts';

/** What lies in a mount is that mount's own. */
export async function workingDirectory(
  root: WritableRoot,
  path: string,
  mounts: readonly SandboxMount[],
): Promise<void> {
  if (path === '/' || mounts.some(({ target }) => path === target || path.startsWith(`${target}/`))) return;
  await using tree = await root.tree([]);
  if ((await tree.realPath(path)) !== undefined) return;
  const names = path.split('/').filter((name) => name !== '');
  await tree.put({ ...directory, path: names.join('/') });
  await tree.flush();
}

const directory: TreeEntry = {
  path: '',
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  linkName: '',
  deviceMajor: 0,
  deviceMinor: 0,
  xattrs: new Map(),
};
