// Reads /etc/passwd and /etc/group of a container without a helper process: by directory descriptors that follow no link,
// so that nobody inside can lead us out. Where a link is in the way a Tree, chrooted into the root, reads instead.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Kernel, Tree } from '../../host/kernel.ts';
import { mostBytes, readInTree, tooLarge } from '../account-files.ts';
import type { AccountFiles } from '../users.ts';

/**
 * The account files below `root`: a mounted root on the host, or /proc/<pid>/root of a running container.
 * @throws EngineError invalidParameter when one is absurdly large
 */
export async function readAccountFiles(root: string, openTree: () => Promise<Tree>): Promise<AccountFiles> {
  const passwd = readBelow(root, 'passwd');
  const group = readBelow(root, 'group');
  if (passwd !== undefined && group !== undefined) return { passwd, group };
  await using tree = await openTree();
  return { passwd: passwd ?? (await readInTree(tree, 'passwd')), group: group ?? (await readInTree(tree, 'group')) };
}

/** Opens the files of a running process's root with all its mounts, for the rare case of links. */
export function treeOfProcess(kernel: Kernel, pid: number): Promise<Tree> {
  return kernel.openTree({ root: '/', joinPid: pid });
}

/** Content of <root>/etc/<name>, empty when it is not there, undefined when a link is in the way. */
function readBelow(root: string, name: string): string | undefined {
  const directory = openNoFollow(`${root}/etc`, constants.O_DIRECTORY);
  if (typeof directory !== 'number') return directory === 'absent' ? '' : undefined;
  try {
    const file = openNoFollow(`/proc/self/fd/${directory}/${name}`, constants.O_NONBLOCK);
    if (typeof file !== 'number') return file === 'absent' ? '' : undefined;
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return '';
      if (stat.size > mostBytes) throw tooLarge(name);
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } finally {
    closeSync(directory);
  }
}

function openNoFollow(path: string, flags: number): number | 'absent' | 'link' {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | flags);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'link';
  }
}
