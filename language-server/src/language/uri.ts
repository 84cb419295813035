// Paths that a file names, as URIs.

/** The URI of what `path` names, seen from the folder of the file `base`; undefined for what is no path (a URL, `~`, nothing). */
export function resolveUri(base: string, path: string): string | undefined {
  if (path === '' || path.startsWith('~') || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return undefined;
  const root = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(base)?.[0];
  if (root === undefined) return undefined;
  const folder = path.startsWith('/') ? [] : base.slice(root.length).split('/').slice(0, -1);
  const segments = folder.filter((segment) => segment !== '');
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encodeName(segment));
  }
  return `${root}/${segments.join('/')}`;
}

/** A name of a path as a part of a URI. Half a character, as texts may have while somebody types, becomes the sign for none. */
export function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

/** The last part of a URI's path, decoded where it can be. */
export function fileName(uri: string): string {
  const last = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch (error) {
    // A lone `%` is a character like any other.
    if (error instanceof URIError) return last;
    throw error;
  }
}
