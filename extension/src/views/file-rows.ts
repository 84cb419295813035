// Files as rows below their container or volume. Knows no VS Code.

import type { FileStatus } from '../../../runtime/src/spec/engine/files.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { FileAddress } from '../files/uri.ts';
import { l10n } from '../l10n.ts';
import type { Row } from './rows.ts';

/** The root of what a container's or volume's row stands for; undefined for rows without files. */
export function filesOf(row: Row, engine: string): FileAddress | undefined {
  if (row.file !== undefined) return row.file;
  const [first] = row.targets;
  if (first?.kind === 'container') return { engine, noun: 'containers', ref: first.target.id, path: '/' };
  if (first?.kind === 'volume') return { engine, noun: 'volumes', ref: first.target.name, path: '/' };
  return undefined;
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
