// The files of a snapshot, to look at, or to be changed into a layer: a root of its own that is thrown away.

import type { Tree } from '../../host/kernel.ts';
import type { BuildImages, Snapshot } from '../contract.ts';
import type { StepContainers } from './step-containers.ts';

export interface SnapshotTree extends AsyncDisposable {
  readonly tree: Tree;
  /** Of the root, with all links resolved. */
  realPath(path: string): Promise<string | undefined>;
  /** Where it is mounted on the host, from the first call on. Links in it lead out of it there: resolve them by the tree. */
  path(): Promise<string>;
}

/**
 * Only what the layers have is in it, not what the engine puts below a container's root. Whatever is written into it is gone with the
 * disposal.
 * @param folders top first; shown in place of the snapshot's layers
 */
export async function openSnapshot(
  { containers, images }: { readonly containers: StepContainers; readonly images: BuildImages },
  snapshot: Snapshot,
  folders?: readonly string[],
): Promise<SnapshotTree> {
  await using undo = new AsyncDisposableStack();
  const name = `files ${folders === undefined ? snapshot.key : folders.join(':')}`;
  undo.use(containers.define(name, folders ?? (await ownFolders(images, snapshot))));
  const { Id: id } = await containers.create({
    // It is never started.
    config: { Image: name, Cmd: ['/'] },
    hostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
    networkingConfig: {},
  });
  undo.defer(() => containers.remove(id, { force: true, volumes: true, link: false }));
  const { tree } = undo.use(await containers.openFiles(id));
  const held = undo.move();
  let mounting: Promise<string> | undefined;
  const mount = async (): Promise<string> => held.use(await containers.mountRoot(id)).path;
  return {
    tree,
    path: () => (mounting ??= mount()),
    realPath: (path) => tree.realPath(path.startsWith('/') ? path : `/${path}`),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The engine's own folder is there only where a root would have none at all. */
async function ownFolders(images: BuildImages, { layers }: Snapshot): Promise<readonly string[]> {
  const all = await images.directories(layers);
  return layers.length === 0 ? all : all.slice(0, -1);
}
