// Files as rows below their container, volume or image. Knows no VS Code.

import { posix } from 'node:path';
import type { FileStatus } from '../../../runtime/src/spec/engine/files.ts';
import { shortId } from '../../../runtime/src/spec/ids.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { NodeTarget } from '../commands/targets.ts';
import { stepLabel, stepRef } from '../files/step-images.ts';
import type { FileAddress } from '../files/uri.ts';
import { l10n } from '../l10n.ts';
import type { Row } from './rows.ts';

/** The root of the files of a thing; undefined for what has none. */
export function rootOf({ kind, target }: NodeTarget, engine: string): FileAddress | undefined {
  switch (kind) {
    case 'container':
      return { engine, noun: 'containers', ref: shortId(target.id), label: target.name, path: '/' };
    case 'image':
      return { engine, noun: 'images', ref: shortId(target.id), label: target.name, path: '/' };
    case 'volume':
      return { engine, noun: 'volumes', ref: target.name, path: '/' };
    case 'build': {
      const { id, name, step } = target;
      if (step === undefined) return undefined;
      const ref = stepRef({ build: id, step, isBefore: false });
      return { engine, noun: 'steps', ref, label: stepLabel(name, step), path: '/' };
    }
    case 'network':
      return undefined;
  }
}

/** The directory that a row stands for, or the root of its container, volume or image; undefined for rows without files. */
export function filesOf(row: Row, engine: string): FileAddress | undefined {
  const [first] = row.targets;
  return row.file ?? (first === undefined ? undefined : rootOf(first, engine));
}

/** Where what is dropped on a row goes: into it, or beside a file. */
export function dropFolderOf(row: Row, engine: string): FileAddress | undefined {
  // A group has no files of its own.
  if (row.children !== undefined) return undefined;
  const file = filesOf(row, engine);
  return file !== undefined && row.context === 'file' ? { ...file, path: posix.dirname(file.path) } : file;
}

/** Above the layers of an image. */
export function imageFilesRow(image: Row, root: FileAddress): Row {
  const label = l10n.t('Files');
  return {
    id: `${image.id}/files`,
    label,
    description: '',
    icon: 'root-folder',
    context: 'folder',
    facts: [[l10n.t('Path'), '/']],
    spoken: label,
    targets: [],
    file: root,
    hasMore: true,
  };
}

/** The entries of a directory, directories first. @param parent the row that is opened */
export function fileRows(parent: Row, directory: FileAddress, entries: readonly FileStatus[]): Row[] {
  return entries
    .map((entry) => ({ entry, isDirectory: (entry.targetType ?? entry.type) === 'directory' }))
    .sort((a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.entry.name < b.entry.name ? -1 : 1))
    .map(({ entry, isDirectory }): Row => {
      const path = `${directory.path === '/' ? '' : directory.path}/${entry.name}`;
      const isFile = (entry.targetType ?? entry.type) === 'file';
      return {
        id: `${parent.id}/${entry.name}`,
        label: entry.name,
        description: entry.linkTarget === undefined || entry.linkTarget === '' ? '' : `→ ${entry.linkTarget}`,
        icon: isDirectory ? 'folder' : entry.type === 'symlink' ? 'file-symlink-file' : 'file',
        context: isDirectory ? 'folder' : 'file',
        facts: [
          [l10n.t('Path'), path],
          [l10n.t('Size'), isFile ? humanSize(entry.size, 3) : ''],
        ],
        spoken: entry.name,
        targets: [],
        file: { ...directory, path },
        ...(isDirectory ? { hasMore: true } : isFile ? { command: 'vscode.open' } : {}),
      };
    });
}

/** What stands where files cannot be read. */
export function faultRow(parent: Row, message: string): Row {
  return {
    id: `${parent.id}/!`,
    label: message,
    description: '',
    icon: 'warning',
    context: 'fault',
    facts: [],
    spoken: message,
    targets: [],
  };
}
