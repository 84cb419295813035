// Copies what lies in a folder of the host into an empty one.

import type { Kernel, TreeEntry } from '../../host/kernel.ts';

/** Both are read and written from inside, so that no link leads out. */
export async function copyTree(kernel: Pick<Kernel, 'openTree'>, from: string, to: string): Promise<void> {
  await using source = await kernel.openTree({ root: from });
  await using target = await kernel.openTree({ root: to });
  const folders: TreeEntry[] = [];
  for await (const entry of source.walk('')) {
    if (entry.path === '' || entry.type === 'socket') continue;
    if (entry.type === 'directory') folders.push(entry);
    await target.put(entry, entry.content);
  }
  // Once more, now that nothing is put into them: their times.
  for (const folder of folders) await target.put(folder);
  await target.flush();
}
