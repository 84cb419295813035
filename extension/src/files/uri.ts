// Where a file is, as text that VS Code carries around: `coracle://<engine>/containers/<name>~<id>/<path>`. The name is there for
// people, who read it in breadcrumbs; only the id counts. Knows no VS Code.

import type { FilesNoun } from '../../../runtime/src/client/files.ts';

export const fileScheme = 'coracle';

/** Files of containers, volumes and images, and of what steps of builds left. */
export type AddressNoun = FilesNoun | 'steps';

export interface FileAddress {
  /** The name that an engine has in the Contexts view. */
  readonly engine: string;
  readonly noun: AddressNoun;
  /** Id of a container, name of a volume, id or name of an image, place of a step. */
  readonly ref: string;
  /** What people call it; says nothing about which one it is. */
  readonly label?: string;
  /** Absolute, inside it. */
  readonly path: string;
}

/** What a URI consists of, decoded. */
export interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

const nouns: readonly string[] = ['containers', 'volumes', 'images', 'steps'];

/** Nobody changes what was built. */
export function isReadOnly({ noun }: Pick<FileAddress, 'noun'>): boolean {
  return noun === 'images' || noun === 'steps';
}

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

export function fileUri({ engine, noun, ref, label = '', path }: FileAddress): UriParts {
  // Slashes of an image's name would be folders.
  const told = label.slice(label.lastIndexOf('/') + 1);
  const name = told === '' || told === ref ? '' : `${encodePart(told)}~`;
  return {
    scheme: fileScheme,
    authority: encodeEngine(engine),
    path: `/${noun}/${name}${encodePart(ref).replaceAll('~', '%7E')}${path === '/' ? '' : path}`,
  };
}

/** @returns undefined for what names no file of an engine */
export function parseFileUri({ scheme, authority, path }: UriParts): FileAddress | undefined {
  const match = /^\/(\w+)\/(?:([^/]*)~)?([^/~]+)(\/.*)?$/s.exec(path);
  const [, noun = '', name = '', id = '', rest = '/'] = match ?? [];
  if (scheme !== fileScheme || authority === '' || !nouns.includes(noun)) return undefined;
  const [ref, label] = [decodePart(id), decodePart(name)];
  if (ref === undefined || label === undefined) return undefined;
  return {
    engine: decodeEngine(authority),
    noun: noun as AddressNoun,
    ref,
    ...(label === '' ? {} : { label }),
    path: rest.length > 1 && rest.endsWith('/') ? rest.slice(0, -1) : rest,
  };
}

/** Colons stay, so that people can read the tag of an image. */
function encodePart(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // Somebody else's `%`: it names nothing.
  }
}
