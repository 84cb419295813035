// The real host and helper over a folder of its own, and contexts made of a few lines.

import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import type { Host } from '../../runtime/src/host/host.ts';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import type { BuildContext } from '../../runtime/src/builder/sources/context.ts';
import { openContext } from '../../runtime/src/builder/sources/context.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import type { WritableMember } from '../../runtime/src/spec/tar/writer.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { chunksOf } from '../images/fixture.ts';
import { entry, tar } from '../images/tar-members.ts';
import { helperPath } from '../native/setup.ts';

export interface Lab extends AsyncDisposable {
  readonly path: string;
  readonly host: Host;
  readonly kernel: Kernel;
}

export async function openLab(): Promise<Lab> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTempFolder());
  const kernel = undo.use(await startKernel({ helperPath: helperPath(), execRoot: folder.path, logger: silentLogger }));
  const kept = undo.move();
  return {
    path: folder.path,
    host: createNodeHost(),
    kernel,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const never = new AbortController().signal;

/** A context of a tar's members. */
export function contextOf(
  lab: Lab,
  members: readonly WritableMember[],
  options: { readonly dockerfile?: string; readonly pack?: (bytes: Uint8Array) => Uint8Array } = {},
): Promise<BuildContext> {
  const { dockerfile = 'Dockerfile', pack = (bytes: Uint8Array) => bytes } = options;
  const deps = { host: lab.host, kernel: lab.kernel, folder: `${lab.path}/contexts` };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* chunksOf(pack(await tar(...members)), 4096);
  }
  return openContext(deps, bytes(), { id: 'one', dockerfile, signal: never });
}

/** Members for plain files: path -> content; a path with a slash at its end is a folder, content `-> x` makes a link. */
export function files(tree: Readonly<Record<string, string>>): WritableMember[] {
  return Object.entries(tree).map(([path, data]) => {
    if (path.endsWith('/')) return entry(path.slice(0, -1), { type: 'directory', mode: 0o755 });
    if (data.startsWith('-> ')) return entry(path, { type: 'symlink', mode: 0o777, linkName: data.slice(3) });
    return entry(path, { data });
  });
}
