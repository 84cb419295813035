// Git repositories as sources: how they are written, `address#ref:folder` or with a query, `address?ref=v1&subdir=docs`, and the files
// of a commit.

import type { Bytes, GitTransport } from '../../host/host.ts';
import { EngineError } from '../../spec/errors.ts';
import { cleanPath } from '../../spec/dockerfile/ignore.ts';
import { checkPlace, parseAddress } from './http.ts';

export interface GitSource {
  readonly address: string;
  /** Empty: what the repository shows first. */
  readonly ref: string;
  /** Clean, without a slash at either end; empty: all of it. */
  readonly folder: string;
  /** The commit that it has to be, or the beginning of its id. */
  readonly commit: string | undefined;
}

/**
 * @param ref and folder as the fragment has them
 * @throws EngineError invalidParameter for what is not honoured, forbidden for a place that only this machine reaches
 */
export function readGitSource(text: string, ref: string, folder: string): GitSource {
  const mark = text.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1));
  const address = (mark < 0 ? text : text.slice(0, mark)).replace(/^github\.com\//, 'https://github.com/');
  if (/^https?:/.test(address)) checkPlace(parseAddress(address), parseAddress(address));
  let source: GitSource = { address, ref, folder, commit: undefined };
  for (const [key, value] of query) source = { ...source, ...partOf(key, value) };
  return { ...source, folder: cleanPath(`/${source.folder}`).slice(1) };
}

function partOf(key: string, value: string): Partial<GitSource> {
  if (['ref', 'tag', 'branch'].includes(key)) return { ref: value };
  if (key === 'subdir') return { folder: value };
  if (key === 'commit' || key === 'checksum') return { commit: value };
  if (['submodules', 'keep-git-dir', 'fetch-by-commit'].includes(key) && /^(?:0|f|false)$/i.test(value)) return {};
  throw new EngineError('invalidParameter', `${key} of a Git source is not supported`);
}

/** Whether the address of a context is one of a repository, as the docker CLI judges it. */
export function isGitAddress(text: string): boolean {
  const path = text.replace(/[?#].*$/s, '');
  return /^(?:git:\/\/|git@|ssh:\/\/|github\.com\/)/.test(text) || (/^https?:\/\//.test(text) && path.endsWith('.git'));
}

/** @param text an address with its fragment */
export function splitFragment(text: string): readonly [address: string, ref: string, folder: string] {
  const hash = text.indexOf('#');
  if (hash < 0) return [text, '', ''];
  const [ref = '', folder = ''] = text.slice(hash + 1).split(':', 2);
  return [text.slice(0, hash), ref, folder];
}

/**
 * The files of a commit as a tar.
 * @param scratch an empty folder, in use until the tar was read
 * @throws EngineError invalidParameter where it is another commit than it has to be
 */
export async function fetchTree(
  git: GitTransport,
  { address, ref, commit }: GitSource,
  scratch: string,
  signal: AbortSignal,
): Promise<Bytes> {
  if (commit !== undefined && !/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new EngineError(
      'invalidParameter',
      `${JSON.stringify(commit)} is no id of a commit: 7 to 64 hexadecimal digits`,
    );
  }
  const tree = await git.fetch({ address, ref: ref === '' ? (commit ?? '') : ref, folder: scratch, signal });
  if (commit === undefined || tree.commit.startsWith(commit)) return tree.tar;
  throw new EngineError('invalidParameter', `expected the commit ${commit}, and ${ref} is ${tree.commit}`);
}
