// The changes of a container as a layer: a tar with OCI whiteouts, of what differs in its files from those of its image.

import type { WalkedEntry } from '../host/kernel.ts';
import { opaquePath, whiteoutPath } from '../spec/tar/whiteout.ts';
import { type WritableMember, writeTar } from '../spec/tar/writer.ts';
import { changesIn } from './changes.ts';
import type { Container } from './container.ts';
import { type Change, isWhiteout } from './layer-diff.ts';
import { type Room, rootSpec } from './room.ts';

export interface LayerOptions {
  /** Absolute paths: where they are empty and of no image, they are left out. */
  readonly mountPoints: readonly string[];
  /** Times that are later become this one. */
  readonly latestNs: bigint | undefined;
}

/** @returns undefined when nothing changed */
export async function layerOf(
  room: Room,
  container: Container,
  { mountPoints, latestNs }: LayerOptions = { mountPoints: [], latestNs: undefined },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const root = await rootSpec(room, container);
  await using undo = new AsyncDisposableStack();
  const tree = undo.use(await room.runner.openChanges(root));
  const found = await changesIn(
    room,
    tree,
    root,
    mountPoints.map((path) => path.slice(1)),
  );
  if (found.length === 0) return undefined;
  const held = undo.move();
  return (async function* () {
    await using _tree = held;
    yield* writeTar(members(tree.walk(''), found, latestNs), { subSecond: true });
  })();
}

async function* members(
  entries: AsyncIterable<WalkedEntry>,
  found: readonly Change[],
  latestNs: bigint | undefined,
): AsyncGenerator<WritableMember, void, undefined> {
  const known = new Map(found.map((change) => [change.entry.path, change]));
  for await (const walked of entries) {
    const isLate = latestNs !== undefined && walked.mtimeNs > latestNs;
    const entry = isLate ? { ...walked, mtimeNs: latestNs } : walked;
    const change = known.get(entry.path);
    if (change === undefined) continue;
    if (isWhiteout(entry)) {
      yield marker(entry, whiteoutPath(entry.path));
      continue;
    }
    const xattrs = new Map([...entry.xattrs].filter(([name]) => !/^(trusted|user)\.overlay\./.test(name)));
    yield { ...entry, xattrs };
    if (change.hidesLower) yield marker(entry, opaquePath(entry.path));
  }
}

/** An empty file with a whiteout's name. */
function marker(entry: WalkedEntry, path: string): WritableMember {
  return {
    path,
    type: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: entry.mtimeNs,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
  };
}
