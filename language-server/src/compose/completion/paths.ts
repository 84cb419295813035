// Files and folders beside the file.

import { resolveUri } from '../../language/uri.ts';
import { kinds, type Asked, type Offer } from './offer.ts';

/** Entries of the folder that is typed so far. `of` leaves out files where a folder is wanted. */
export function pathOffers(asked: Asked, of: 'file' | 'folder' | 'any'): Offer[] {
  const { view, context, cursor } = asked;
  const slash = cursor.typed.lastIndexOf('/') + 1;
  const folder = cursor.typed.slice(0, slash);
  const uri = resolveUri(view.document.uri, folder === '' ? './' : folder);
  if (uri === undefined || folder.includes('$')) return [];
  const known = context.files.list(uri);
  if (known.kind !== 'known') return [];
  const span = { start: cursor.span.start + slash, end: cursor.span.end };
  return known.value
    .filter(({ kind }) => of !== 'folder' || kind === 'directory')
    .map(({ name, kind }) => {
      const directory = kind === 'directory';
      return {
        label: directory ? `${name}/` : name,
        kind: directory ? kinds.Folder : kinds.File,
        insert: `${folder === '' ? './' : ''}${name}${directory ? '/' : ''}`,
        span,
        rank: (name.startsWith('.') ? 20 : 10) + (directory ? 0 : 1),
        more: directory,
      };
    });
}
