// What WASI leaves out of files, as `guests/include/coracle.h` has it.

import { kind } from '../files/inode.ts';
import { listMounts } from '../mounts/listing.ts';
import * as paths from '../mounts/paths.ts';
import { setMode, setOwner, spaceAt, statOf, type PlaceStat } from '../mounts/places.ts';
import { pathArguments } from './arguments.ts';
import { opened } from './descriptions.ts';
import type { Host } from './host.ts';

const statBytes = 80;
/** The type's bits of a mode, as on Linux. */
const typeBits = new Map<number, number>([
  [kind.file, 0o100000],
  [kind.directory, 0o040000],
  [kind.symlink, 0o120000],
  [kind.character, 0o020000],
  [kind.block, 0o060000],
  [kind.fifo, 0o010000],
  [kind.socket, 0o140000],
]);
/** What is no file, by what it was opened as. */
const streamKinds = new Map<number, number>([
  [opened.socket, kind.socket],
  [opened.terminal, kind.character],
]);

export function fileCalls(host: Host) {
  const { process, memory } = host;
  const { space, descriptions } = process;
  const at = pathArguments(host);

  function there(directory: number, path: number, length: number, follow: number) {
    const { from, path: name } = at(directory, path, length);
    return paths.placeAt(space, from, name, follow !== 0);
  }

  function putStat(address: number, stat: PlaceStat): void {
    memory.bytes(address, statBytes);
    const { view } = memory;
    view.setBigUint64(address, stat.device, true);
    view.setBigUint64(address + 8, stat.inode, true);
    const words = [(typeBits.get(stat.kind) ?? 0) | stat.mode, stat.links, stat.uid, stat.gid];
    for (const [index, word] of words.entries()) view.setUint32(address + 16 + index * 4, word, true);
    const sizes = [stat.special >>> 0, stat.size, stat.allocated];
    for (const [index, size] of sizes.entries()) view.setBigUint64(address + 32 + index * 8, BigInt(size), true);
    const times = [stat.accessedNs, stat.modifiedNs, stat.changedNs];
    for (const [index, time] of times.entries()) view.setBigInt64(address + 56 + index * 8, time, true);
  }

  function statOpen(descriptor: number): PlaceStat {
    const description = process.description(descriptor);
    const openedAs = descriptions.kindOf(description);
    if (openedAs === opened.inode) return statOf(space, descriptions.fileOf(description));
    const { uid, gid } = space.credentials;
    return {
      kind: streamKinds.get(openedAs) ?? kind.fifo,
      device: 0n,
      inode: BigInt(descriptions.target(description)),
      mode: 0o600,
      links: 1,
      uid,
      gid,
      special: 0,
      size: 0,
      allocated: 0,
      accessedNs: 0n,
      modifiedNs: 0n,
      changedNs: 0n,
    };
  }

  return {
    stat: (directory: number, path: number, length: number, follow: number, result: number) =>
      putStat(result, statOf(space, there(directory, path, length, follow))),
    fstat: (descriptor: number, result: number) => putStat(result, statOpen(descriptor)),
    chmod: (directory: number, path: number, length: number, mode: number) =>
      setMode(space, there(directory, path, length, 1), mode),
    chown: (directory: number, path: number, length: number, follow: number, uid: number, gid: number) =>
      setOwner(space, there(directory, path, length, follow), uid, gid),
    make_fifo: (directory: number, path: number, length: number, mode: number) => {
      const { from, path: name } = at(directory, path, length);
      paths.makeFifo(space, from, name, mode & 0o7777 & ~host.gate.umask());
    },
    space: (directory: number, path: number, length: number, result: number) => {
      const { total, free } = spaceAt(space, there(directory, path, length, 1));
      memory.bytes(result, 16);
      for (const [index, bytes] of [total, free].entries()) {
        memory.view.setBigUint64(result + index * 8, BigInt(bytes), true);
      }
    },
    mounts: (buffer: number, length: number, used: number) => {
      const lines = listMounts(space.mounts).map(({ source, target, type, options }) =>
        [source, target, type, options].join('\t'),
      );
      const text = new TextEncoder().encode(`${lines.join('\n')}\n`);
      memory.setWord(used, text.length);
      const piece = text.subarray(0, length >>> 0);
      memory.bytes(buffer, piece.length).set(piece);
    },
  };
}
