// Where a file is, as text that VS Code carries around: `coracle://<engine>/containers/<id>/<path>`. Knows no VS Code.

import type { FilesNoun } from '../../../runtime/src/client/files.ts';

export const fileScheme = 'coracle';

export interface FileAddress {
  /** The name that an engine has in the Contexts view. */
  readonly engine: string;
  readonly noun: FilesNoun;
  /** Id of a container, name of a volume, id or name of an image. */
  readonly ref: string;
  /** Absolute, inside it. */
  readonly path: string;
}

/** What a URI consists of, decoded. */
export interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

const nouns: readonly string[] = ['containers', 'volumes', 'images'];

/** An authority has no upper case for VS Code: everything but small letters, digits and `.-` is written as `_` and two hex digits. */
function encodeEngine(name: string): string {
  return [...new TextEncoder().encode(name)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[a-z0-9.-]/.test(char) ? char : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function decodeEngine(authority: string): string {
  const hex = authority.replaceAll(/_([0-9a-f]{2})|([^_])/g, (_, code?: string, char?: string) =>
    code === undefined ? (char ?? '').charCodeAt(0).toString(16).padStart(2, '0') : code,
  );
  return new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

export function fileUri({ engine, noun, ref, path }: FileAddress): UriParts {
  // An image's name may have slashes.
  const rest = path === '/' ? '' : path;
  return {
    scheme: fileScheme,
    authority: encodeEngine(engine),
    path: `/${noun}/${encodeURIComponent(ref)}${rest}`,
  };
}

/** @returns undefined for what names no file of an engine */
export function parseFileUri({ scheme, authority, path }: UriParts): FileAddress | undefined {
  const match = /^\/(\w+)\/([^/]+)(\/.*)?$/s.exec(path);
  const [, noun = '', ref = '', rest = '/'] = match ?? [];
  if (scheme !== fileScheme || authority === '' || !nouns.includes(noun)) return undefined;
  const clean = rest.length > 1 && rest.endsWith('/') ? rest.slice(0, -1) : rest;
  return { engine: decodeEngine(authority), noun: noun as FilesNoun, ref: decodeURIComponent(ref), path: clean };
}
