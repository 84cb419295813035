// The mounts of a container, as programs read them.

import type { Mount } from './mount.ts';

export interface ListedMount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** As in /proc/mounts. */
  readonly options: string;
}

/** In the order in which they were made; the root comes first. */
export function listMounts(mounts: readonly Mount[]): readonly ListedMount[] {
  return mounts.map(({ shownSource, target, tree, isReadOnly }) => ({
    // Where the host has it is nothing that a program needs to know.
    source: tree.type === 'host' ? tree.type : shownSource,
    target,
    type: tree.type,
    options: `${isReadOnly ? 'ro' : 'rw'}${tree.limit === undefined ? '' : `,size=${Math.ceil(tree.limit / 1024)}k`}`,
  }));
}

/** As /proc/mounts has them. https://man7.org/linux/man-pages/man5/fstab.5.html */
export function mountLines(mounts: readonly Mount[]): string {
  return listMounts(mounts)
    .map(({ source, target, type, options }) => `${escaped(source)} ${escaped(target)} ${type} ${options} 0 0\n`)
    .join('');
}

/** What would end a field or a line, in octal. */
function escaped(text: string): string {
  return text.replaceAll(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
