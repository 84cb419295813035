// The `o` option of a local volume, as mount(8) takes it: words that are flags of mount(2), and the rest as its data.

/** Words of mount(8) -> bits set and bits cleared. */
const words: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  defaults: [0, 0],
  ro: [1, 0],
  rw: [0, 1],
  nosuid: [2, 0],
  suid: [0, 2],
  nodev: [4, 0],
  dev: [0, 4],
  noexec: [8, 0],
  exec: [0, 8],
  sync: [16, 0],
  async: [0, 16],
  dirsync: [128, 0],
  noatime: [1024, 0],
  atime: [0, 1024],
  nodiratime: [2048, 0],
  diratime: [0, 2048],
  bind: [4096, 0],
  rbind: [4096 | 16384, 0],
  relatime: [1 << 21, 0],
  norelatime: [0, 1 << 21],
  strictatime: [1 << 24, 0],
  nostrictatime: [0, 1 << 24],
};

export interface MountOptions {
  /** MS_* bits. */
  readonly flags: number;
  readonly data: string;
}

/** Splits `o` into the bits and the data of mount(2). */
export function parseMountOptions(text: string): MountOptions {
  let flags = 0;
  const data: string[] = [];
  for (const word of text.split(',').filter((part) => part !== '')) {
    const bits = Object.hasOwn(words, word) ? words[word] : undefined;
    if (bits === undefined) data.push(word);
    else flags = (flags | bits[0]) & ~bits[1];
  }
  return { flags, data: data.join(',') };
}

/** The mount points of /proc/self/mountinfo, their escapes undone. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((path) => path !== undefined)
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    );
}
