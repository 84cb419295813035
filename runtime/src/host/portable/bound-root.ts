// A container's root with its volumes, as a tree of the engine sees both.

import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import type { Storage } from '../../../../wasm/src/files/reference.ts';
import type { HostFiles } from '../../../../wasm/src/mounts/host-files.ts';
import { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { openNamespace } from '../../../../wasm/src/mounts/open.ts';
import { MountError, prepareMounts, releaseMounts } from '../../../../wasm/src/mounts/prepare.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { TreeRoot } from '../kernel.ts';
import { fromHeld } from './inside.ts';

export interface BoundRoot extends Disposable {
  readonly space: Namespace;
}

/**
 * Missing mount points are made, as when the container starts.
 * @param files the root, for this thread
 * @throws EngineError notFound for a source that is not there, invalidParameter, unavailable when somebody is inside who does not come out
 */
export function bindRoot(
  files: FileSystem,
  binds: NonNullable<TreeRoot['binds']>,
  { host, storage }: { readonly host: HostFiles | undefined; readonly storage: Storage },
): BoundRoot {
  if (binds.length === 0) return { space: Namespace.of(files), [Symbol.dispose]() {} };
  const deps = { host, storage };
  const mounts = binds.map(({ source, target, readOnly }) => ({
    target,
    readOnly,
    source: { kind: 'host' as const, path: source },
    shownSource: source,
  }));
  try {
    const reference = prepareMounts(files, mounts, { ...deps, isReadOnly: false, isBare: true });
    const space = openNamespace(files, reference, deps);
    return { space, [Symbol.dispose]: () => releaseMounts(files, reference, deps) };
  } catch (error) {
    if (!(error instanceof MountError)) throw fromHeld(error);
    const isGone = error.cause instanceof Error && error.cause.message === 'ENOENT';
    throw new EngineError(isGone ? 'notFound' : 'invalidParameter', messageOf(error), { cause: error });
  }
}
