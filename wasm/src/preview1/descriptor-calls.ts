// Calls on descriptors.

import { readFile, truncateFile, writeFile } from '../files/contents.ts';
import { at, get, getDouble, kind, kindOf, nanosecondsOf, set, setDouble } from '../files/inode.ts';
import { list } from '../files/operations.ts';
import { errno, fail } from '../wasi/errno.ts';
import { allRights, fdflags, filetype, filetypeOf, fstflags, rights } from './abi.ts';
import { access, opened } from './descriptions.ts';
import type { Host } from './host.ts';
import { streamsOf } from './streams.ts';

const direntBytes = 24;

export function descriptorCalls(host: Host) {
  const { process, memory, layout } = host;
  const { files, descriptions } = process;
  const { arena } = files;
  const streams = streamsOf(host);

  /** The inode of a descriptor. @throws Failure EBADF, ESPIPE for a pipe or a socket */
  function inodeAt(descriptor: number): { readonly description: number; readonly inode: number } {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) fail(errno.ESPIPE);
    return { description, inode: descriptions.target(description) };
  }

  function fileAt(descriptor: number, may: number) {
    const found = inodeAt(descriptor);
    if (kindOf(arena, found.inode) === kind.directory) fail(errno.EISDIR);
    if (!descriptions.may(found.description, may)) fail(errno.EBADF);
    return found;
  }

  /** @returns bytes read */
  function readInto(inode: number, offset: number, pieces: readonly Uint8Array[]): number {
    let done = 0;
    for (const piece of pieces) {
      const count = readFile(files, inode, offset + done, piece);
      done += count;
      if (count < piece.length) break;
    }
    if (done > 0) files.touch(inode, at.accessed);
    return done;
  }

  function writeFrom(inode: number, offset: number, pieces: readonly Uint8Array[]): number {
    let done = 0;
    for (const piece of pieces) {
      writeFile(files, inode, offset + done, piece);
      done += piece.length;
    }
    files.touch(inode, at.modified, at.changed);
    return done;
  }

  function read(descriptor: number, pieces: readonly Uint8Array[]): number {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) return streams.read(description, pieces);
    const { inode } = fileAt(descriptor, access.read);
    const place = descriptions.place(description);
    const done = readInto(inode, place, pieces);
    descriptions.setPlace(description, place + done);
    return done;
  }

  function write(descriptor: number, pieces: readonly Uint8Array[]): number {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) return streams.write(description, pieces);
    const { inode } = fileAt(descriptor, access.write);
    const isAppending = (descriptions.flags(description) & fdflags.append) !== 0;
    const place = isAppending ? getDouble(arena, inode, at.size) : descriptions.place(description);
    const done = writeFrom(inode, place, pieces);
    descriptions.setPlace(description, place + done);
    return done;
  }

  function putFilestat(address: number, inode: number): void {
    putStat(address, filetypeOf(kindOf(arena, inode)), get(arena, inode, at.links));
    const { view } = memory;
    const { size } = layout.filestat;
    view.setBigUint64(address + 8, BigInt(get(arena, inode, at.number)), true);
    view.setBigUint64(address + size, BigInt(getDouble(arena, inode, at.size)), true);
    for (const [index, time] of [at.accessed, at.modified, at.changed].entries()) {
      const seconds = BigInt(getDouble(arena, inode, time)) * 1_000_000_000n;
      const all = BigInt.asUintN(64, seconds + BigInt(get(arena, inode, nanosecondsOf(time))));
      view.setBigUint64(address + size + 8 + index * 8, all, true);
    }
  }

  /** The rest is zero. */
  function putStat(address: number, type: number, links: number): void {
    memory.bytes(address, layout.filestat.bytes).fill(0);
    const { view } = memory;
    view.setBigUint64(address, 1n, true);
    view.setUint8(address + 16, type);
    view.setUint32(address + layout.filestat.links, links, true);
  }

  function setTimes(inode: number, accessed: bigint, modified: bigint, flags: number): void {
    const both = [
      { time: at.accessed, to: accessed, isSet: fstflags.atim, isNow: fstflags.atimNow },
      { time: at.modified, to: modified, isSet: fstflags.mtim, isNow: fstflags.mtimNow },
    ];
    if (both.some(({ isSet, isNow }) => (flags & isSet) !== 0 && (flags & isNow) !== 0)) fail(errno.EINVAL);
    for (const { time, to, isSet, isNow } of both) {
      if ((flags & isNow) !== 0) files.touch(inode, time);
      if ((flags & isSet) === 0) continue;
      const nanoseconds = BigInt.asUintN(64, to);
      setDouble(arena, inode, time, Number(nanoseconds / 1_000_000_000n));
      set(arena, inode, nanosecondsOf(time), Number(nanoseconds % 1_000_000_000n));
    }
    files.touch(inode, at.changed);
  }

  /** Fills a buffer with entries, the last one cut where it does not fit, which tells that there are more. */
  function readDirectory(inode: number, buffer: Uint8Array, cookie: number): number {
    let used = 0;
    const entry = new Uint8Array(direntBytes + 255);
    const view = new DataView(entry.buffer);
    for (const { inode: found, name, serial } of list(files, inode, cookie)) {
      const length = name.end - name.start;
      view.setBigUint64(0, BigInt(serial), true);
      view.setBigUint64(8, BigInt(get(arena, found, at.number)), true);
      view.setUint32(16, length, true);
      view.setUint32(20, filetypeOf(kindOf(arena, found)), true);
      entry.set(name.bytes.subarray(name.start, name.end), direntBytes);
      const room = Math.min(direntBytes + length, buffer.length - used);
      buffer.set(entry.subarray(0, room), used);
      used += room;
      if (used === buffer.length) break;
    }
    return used;
  }

  return {
    putFilestat,
    setTimes,
    calls: {
      fd_advise: (descriptor: number) => void inodeAt(descriptor),
      fd_allocate: (descriptor: number, offset: bigint, length: bigint) => {
        const { inode } = fileAt(descriptor, access.write);
        const end = Number(offset) + Number(length);
        if (end > getDouble(arena, inode, at.size)) truncateFile(files, inode, end);
      },
      fd_close: (descriptor: number) => process.close(descriptor),
      fd_datasync: (descriptor: number) => void process.description(descriptor),
      fd_sync: (descriptor: number) => void process.description(descriptor),
      fd_fdstat_get: (descriptor: number, address: number) => {
        const description = process.description(descriptor);
        const isInode = descriptions.kindOf(description) === opened.inode;
        const isSocket = descriptions.kindOf(description) === opened.socket;
        const isTerminal = descriptions.may(description, access.terminal);
        memory.bytes(address, 24).fill(0);
        const { view } = memory;
        const type = isInode
          ? filetypeOf(kindOf(arena, descriptions.target(description)))
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
        if (descriptions.kindOf(description) === opened.inode) putFilestat(address, descriptions.target(description));
        else putStat(address, filetype.unknown, 1);
      },
      fd_filestat_set_size: (descriptor: number, size: bigint) => {
        const { inode } = fileAt(descriptor, access.write);
        truncateFile(files, inode, Number(size));
        files.touch(inode, at.modified, at.changed);
      },
      fd_filestat_set_times: (descriptor: number, accessed: bigint, modified: bigint, flags: number) =>
        setTimes(inodeAt(descriptor).inode, accessed, modified, flags),
      fd_pread: (descriptor: number, vectors: number, count: number, offset: bigint, result: number) => {
        const { inode } = fileAt(descriptor, access.read);
        memory.setWord(result, readInto(inode, Number(offset), memory.pieces(vectors, count)));
      },
      fd_pwrite: (descriptor: number, vectors: number, count: number, offset: bigint, result: number) => {
        const { inode } = fileAt(descriptor, access.write);
        memory.setWord(result, writeFrom(inode, Number(offset), memory.pieces(vectors, count)));
      },
      fd_read: (descriptor: number, vectors: number, count: number, result: number) =>
        memory.setWord(result, read(descriptor, memory.pieces(vectors, count))),
      fd_write: (descriptor: number, vectors: number, count: number, result: number) =>
        memory.setWord(result, write(descriptor, memory.pieces(vectors, count))),
      fd_prestat_get: (descriptor: number, address: number) => {
        const preopen = process.preopen(descriptor);
        memory.setWord(address, 0);
        memory.setWord(address + 4, preopen.length);
      },
      fd_prestat_dir_name: (descriptor: number, address: number, length: number) => {
        const preopen = process.preopen(descriptor);
        if (length < preopen.length) fail(errno.ENAMETOOLONG);
        memory.bytes(address, preopen.length).set(preopen);
      },
      fd_readdir: (descriptor: number, address: number, length: number, cookie: bigint, result: number) => {
        const { inode } = inodeAt(descriptor);
        memory.setWord(result, readDirectory(inode, memory.bytes(address, length), Number(cookie)));
      },
      fd_renumber: (from: number, to: number) => process.renumber(from, to),
      fd_seek: (descriptor: number, offset: bigint, from: number, result: number) => {
        const { description, inode } = fileAt(descriptor, access.read | access.write);
        const bases = [0, descriptions.place(description), getDouble(arena, inode, at.size)];
        const base = bases[layout.whence[from] ?? -1] ?? fail(errno.EINVAL);
        const place = base + Number(offset);
        if (!(place >= 0 && place <= Number.MAX_SAFE_INTEGER)) fail(errno.EINVAL);
        descriptions.setPlace(description, place);
        memory.view.setBigUint64(result, BigInt(place), true);
      },
      fd_tell: (descriptor: number, result: number) => {
        const { description } = fileAt(descriptor, access.read | access.write);
        memory.view.setBigUint64(result, BigInt(descriptions.place(description)), true);
      },
    },
  };
}
