// Calls on descriptors.

import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import { appendTo, listAt, readAt, setSize, setTimes, sizeOf, statOf, syncAt, writeAt } from '../mounts/places.ts';
import type { PlaceStat } from '../mounts/places.ts';
import { errno, fail } from '../wasi/errno.ts';
import { allRights, fdflags, filetype, filetypeOf, fstflags, rights, whence } from './abi.ts';
import { access, opened } from './descriptions.ts';
import type { Host } from './host.ts';
import { rootDescriptor } from './process.ts';
import { streamsOf } from './streams.ts';
import { after, type Late } from './waiting.ts';

const direntBytes = 24;

export function descriptorCalls(host: Host) {
  const { process, memory, layout } = host;
  const { space, descriptions } = process;
  const streams = streamsOf(host);

  /** What is open at a descriptor. @throws Failure EBADF, ESPIPE for a pipe or a socket */
  function openAt(descriptor: number): { readonly description: number; readonly place: Place } {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) fail(errno.ESPIPE);
    return { description, place: descriptions.fileOf(description) };
  }

  function fileAt(descriptor: number, may: number) {
    const found = openAt(descriptor);
    if (space.kindOf(found.place) === kind.directory) fail(errno.EISDIR);
    if (!descriptions.may(found.description, may)) fail(errno.EBADF);
    return found;
  }

  /** @returns bytes read */
  function readInto(place: Place, offset: number, pieces: readonly Uint8Array[]): number {
    let done = 0;
    for (const piece of pieces) {
      const count = readAt(space, place, offset + done, piece);
      done += count;
      if (count < piece.length) break;
    }
    return done;
  }

  function writeFrom(place: Place, offset: number, pieces: readonly Uint8Array[]): number {
    let done = 0;
    for (const piece of pieces) {
      writeAt(space, place, offset + done, piece);
      done += piece.length;
    }
    return done;
  }

  function read(descriptor: number, pieces: readonly Uint8Array[]): Late<number> {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) return streams.read(description, pieces);
    const { place } = fileAt(descriptor, access.read);
    const offset = descriptions.place(description);
    const done = readInto(place, offset, pieces);
    descriptions.setPlace(description, offset + done);
    return done;
  }

  function write(descriptor: number, pieces: readonly Uint8Array[]): Late<number> {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) return streams.write(description, pieces);
    const { place } = fileAt(descriptor, access.write);
    if ((descriptions.flags(description) & fdflags.append) !== 0) return append(description, place, pieces);
    const offset = descriptions.place(description);
    const done = writeFrom(place, offset, pieces);
    descriptions.setPlace(description, offset + done);
    return done;
  }

  function append(description: number, place: Place, pieces: readonly Uint8Array[]): number {
    let done = 0;
    for (const piece of pieces) {
      const start = appendTo(space, place, piece);
      done += piece.length;
      descriptions.setPlace(description, start + piece.length);
    }
    return done;
  }

  function putFilestat(address: number, place: Place): void {
    const stat = statOf(space, place);
    putStat(address, stat, filetypeOf(stat.kind));
    const { view } = memory;
    const { size } = layout.filestat;
    view.setBigUint64(address + 8, stat.inode, true);
    view.setBigUint64(address + size, BigInt(stat.size), true);
    for (const [index, time] of [stat.accessedNs, stat.modifiedNs, stat.changedNs].entries()) {
      view.setBigUint64(address + size + 8 + index * 8, BigInt.asUintN(64, time), true);
    }
  }

  /** The rest is zero. */
  function putStat(address: number, { device, links }: Pick<PlaceStat, 'device' | 'links'>, type: number): void {
    memory.bytes(address, layout.filestat.bytes).fill(0);
    const { view } = memory;
    view.setBigUint64(address, device, true);
    view.setUint8(address + 16, type);
    view.setUint32(address + layout.filestat.links, links, true);
  }

  function changeTimes(place: Place, accessed: bigint, modified: bigint, flags: number): void {
    const time = (to: bigint, isSet: number, isNow: number) => {
      if ((flags & isSet) !== 0 && (flags & isNow) !== 0) fail(errno.EINVAL);
      if ((flags & isNow) !== 0) return 'now';
      return (flags & isSet) === 0 ? undefined : BigInt.asUintN(64, to);
    };
    const accessedNs = time(accessed, fstflags.atim, fstflags.atimNow);
    const modifiedNs = time(modified, fstflags.mtim, fstflags.mtimNow);
    setTimes(space, place, {
      ...(accessedNs === undefined ? {} : { accessedNs }),
      ...(modifiedNs === undefined ? {} : { modifiedNs }),
    });
  }

  /** Fills a buffer with entries, the last one cut where it does not fit, which tells that there are more. */
  function readDirectory(directory: Place, buffer: Uint8Array, cookie: number): number {
    let used = 0;
    const entry = new Uint8Array(direntBytes + 255);
    const view = new DataView(entry.buffer);
    for (const { kind: found, inode, name, serial } of listAt(space, directory, cookie)) {
      const length = name.end - name.start;
      view.setBigUint64(0, BigInt(serial), true);
      view.setBigUint64(8, inode, true);
      view.setUint32(16, length, true);
      view.setUint32(20, filetypeOf(found), true);
      entry.set(name.bytes.subarray(name.start, name.end), direntBytes);
      const room = Math.min(direntBytes + length, buffer.length - used);
      buffer.set(entry.subarray(0, room), used);
      used += room;
      if (used === buffer.length) break;
    }
    return used;
  }

  function seekStart(from: number | undefined, description: number, place: Place): number {
    if (from === whence.set) return 0;
    if (from === whence.current) return descriptions.place(description);
    return from === whence.end ? sizeOf(space, place) : fail(errno.EINVAL);
  }

  /** Others go on meanwhile: a disk takes its time. */
  function sync(descriptor: number): void {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) return;
    const place = descriptions.fileOf(description);
    host.outside(() => syncAt(place));
  }

  return {
    putFilestat,
    changeTimes,
    calls: {
      fd_advise: (descriptor: number) => void openAt(descriptor),
      fd_allocate: (descriptor: number, offset: bigint, length: bigint) => {
        const { place } = fileAt(descriptor, access.write);
        const end = Number(offset) + Number(length);
        if (end > sizeOf(space, place)) setSize(space, place, end);
      },
      fd_close: (descriptor: number) => process.close(descriptor),
      fd_datasync: (descriptor: number) => sync(descriptor),
      fd_sync: (descriptor: number) => sync(descriptor),
      fd_fdstat_get: (descriptor: number, address: number) => {
        const description = process.description(descriptor);
        const isInode = descriptions.kindOf(description) === opened.inode;
        const isSocket = descriptions.kindOf(description) === opened.socket;
        const isTerminal = descriptions.may(description, access.terminal);
        memory.bytes(address, 24).fill(0);
        const { view } = memory;
        const type = isInode
          ? filetypeOf(space.kindOf(descriptions.fileOf(description)))
          : isTerminal
            ? filetype.character
            : isSocket
              ? filetype.stream
              : filetype.unknown;
        // A C library takes a character device that cannot seek for a terminal.
        const may = isInode ? allRights : allRights & ~(rights.seek | rights.tell);
        view.setUint8(address, type);
        view.setUint16(address + 2, descriptions.flags(description), true);
        view.setBigUint64(address + 8, may, true);
        view.setBigUint64(address + 16, may, true);
      },
      fd_fdstat_set_flags: (descriptor: number, flags: number) =>
        descriptions.setFlags(process.description(descriptor), flags),
      fd_fdstat_set_rights: (descriptor: number) => void process.description(descriptor),
      fd_filestat_get: (descriptor: number, address: number) => {
        const description = process.description(descriptor);
        if (descriptions.kindOf(description) === opened.inode) putFilestat(address, descriptions.fileOf(description));
        else putStat(address, { device: 0n, links: 1 }, filetype.unknown);
      },
      fd_filestat_set_size: (descriptor: number, size: bigint) => {
        setSize(space, fileAt(descriptor, access.write).place, Number(size));
      },
      fd_filestat_set_times: (descriptor: number, accessed: bigint, modified: bigint, flags: number) =>
        changeTimes(openAt(descriptor).place, accessed, modified, flags),
      fd_pread: (descriptor: number, vectors: number, count: number, offset: bigint, result: number) => {
        const { place } = fileAt(descriptor, access.read);
        memory.setWord(result, readInto(place, Number(offset), memory.pieces(vectors, count)));
      },
      fd_pwrite: (descriptor: number, vectors: number, count: number, offset: bigint, result: number) => {
        const { place } = fileAt(descriptor, access.write);
        memory.setWord(result, writeFrom(place, Number(offset), memory.pieces(vectors, count)));
      },
      fd_read: (descriptor: number, vectors: number, count: number, result: number) =>
        after(read(descriptor, memory.pieces(vectors, count)), (done) => memory.setWord(result, done)),
      fd_write: (descriptor: number, vectors: number, count: number, result: number) =>
        after(write(descriptor, memory.pieces(vectors, count)), (done) => memory.setWord(result, done)),
      fd_prestat_get: (descriptor: number, address: number) => {
        const { hasNamesOfDirectories } = layout;
        // One of several whose names are nothing but slashes and dots would be taken for all of them.
        if (descriptor > rootDescriptor && !hasNamesOfDirectories) fail(errno.EBADF);
        const preopen = process.preopen(descriptor);
        process.asksForPreopens = !hasNamesOfDirectories;
        memory.setWord(address, 0);
        memory.setWord(address + 4, preopen.length);
      },
      fd_prestat_dir_name: (descriptor: number, address: number, length: number) => {
        const preopen = process.preopen(descriptor);
        if (length < preopen.length) fail(errno.ENAMETOOLONG);
        memory.bytes(address, preopen.length).set(preopen);
      },
      fd_readdir: (descriptor: number, address: number, length: number, cookie: bigint, result: number) => {
        const { place } = openAt(descriptor);
        memory.setWord(result, readDirectory(place, memory.bytes(address, length), Number(cookie)));
      },
      fd_renumber: (from: number, to: number) => process.renumber(from, to),
      fd_seek: (descriptor: number, offset: bigint, from: number, result: number) => {
        const { description, place } = fileAt(descriptor, access.read | access.write);
        const start = seekStart(layout.whence[from], description, place);
        const to = start + Number(offset);
        if (!(to >= 0 && to <= Number.MAX_SAFE_INTEGER)) fail(errno.EINVAL);
        descriptions.setPlace(description, to);
        memory.view.setBigUint64(result, BigInt(to), true);
      },
      fd_tell: (descriptor: number, result: number) => {
        const { description } = fileAt(descriptor, access.read | access.write);
        memory.view.setBigUint64(result, BigInt(descriptions.place(description)), true);
      },
    },
  };
}
