// Who listens on a port of this network namespace, for the error of whoever wants it too.

import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Looks through /proc; what may not be read is passed over.
 * @returns e.g. `nginx (process 812)`, `another process` when its owner cannot be seen, undefined when nobody listens
 */
export async function portHolder(protocol: 'tcp' | 'udp', port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const suffix of ['', '6']) {
    const text = await quietly(() => readFile(`/proc/net/${protocol}${suffix}`, 'utf8'), '');
    for (const inode of listeners(text, protocol, port)) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await quietly(() => readdir(`/proc/${pid}/fd`), [])) {
      const link = await quietly(() => readlink(`/proc/${pid}/fd/${fd}`), '');
      if (!inodes.has(link)) continue;
      const name = await quietly(() => readFile(`/proc/${pid}/comm`, 'utf8'), '');
      return `${name.trim()} (process ${pid})`;
    }
  }
  return 'another process';
}

/** Inodes of the sockets that listen on `port`, from a table of /proc/net. */
function* listeners(table: string, protocol: 'tcp' | 'udp', port: number): Generator<string> {
  const state = protocol === 'tcp' ? '0A' : '07';
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === state && Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port) yield fields[9] ?? '';
  }
}

/** Processes come and go while one looks. */
async function quietly<T>(action: () => Promise<T>, fallback: T): Promise<T> {
  try {
    return await action();
  } catch {
    return fallback;
  }
}
