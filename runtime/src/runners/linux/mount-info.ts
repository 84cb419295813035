// The mount table of this process (/proc/self/mountinfo), parsed; who needs a mount's type, options or propagation asks here.

export interface MountInfo {
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** Of this mount: `ro`, `nosuid` … */
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
  /** `shared:N`, `master:N` … */
  readonly propagation: readonly string[];
}

/** Parses the text of /proc/<pid>/mountinfo; lines of another shape are left out. */
export function parseMountInfo(text: string): readonly MountInfo[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, mountPoint, options = '', ...propagation] = left.split(' ');
    const [type, , superOptions = ''] = right.split(' ');
    if (root === undefined || mountPoint === undefined || type === undefined) return [];
    const entry = { root: unescape(root), mountPoint: unescape(mountPoint), type };
    return [{ ...entry, options: options.split(','), superOptions: superOptions.split(','), propagation }];
  });
}

/** The mount that holds `path`: the longest mount point above it, the latest when several are equal. */
export function mountOf(path: string, mounts: readonly MountInfo[]): MountInfo | undefined {
  let best: MountInfo | undefined;
  for (const mount of mounts) {
    const above = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    if (above && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/** Blanks, tabs, newlines and backslashes are written as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
