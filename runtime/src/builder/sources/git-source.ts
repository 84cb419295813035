// Git repositories as sources: how they are written, `address#ref:folder` or with a query, `address?ref=v1&subdir=docs`, and the files
// of a commit.

import type { Bytes, GitTransport, GitTree } from '../../host/host.ts';
import { EngineError } from '../../spec/errors.ts';
import { cleanPath } from '../../spec/dockerfile/ignore.ts';
import { readTar } from '../../spec/tar/reader.ts';
import { type WritableMember, writeTar } from '../../spec/tar/writer.ts';
import { joinPath } from './entry-tree.ts';
import { checkPlace, parseAddress } from './http.ts';

export interface GitSource {
  readonly address: string;
  /** Empty: what the repository shows first. */
  readonly ref: string;
  /** Clean, without a slash at either end; empty: all of it. */
  readonly folder: string;
  /** The commit that it has to be, or the beginning of its id. */
  readonly commit: string | undefined;
  /** Whether the repositories that belong into it are fetched as well. */
  readonly submodules: boolean;
  /** Whether the repository itself is there, as `.git`. */
  readonly keepsGitFolder: boolean;
}

/**
 * @param ref and folder as the fragment has them
 * @throws EngineError invalidParameter for what is not honoured, forbidden for a place that only this machine reaches
 */
export function readGitSource(text: string, ref: string, folder: string): GitSource {
  const mark = text.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1));
  const address = (mark < 0 ? text : text.slice(0, mark)).replace(/^github\.com\//, 'https://github.com/');
  checkPlace(placeOf(address), placeOf(address));
  let source: GitSource = { address, ref, folder, commit: undefined, submodules: true, keepsGitFolder: false };
  for (const [key, value] of query) source = { ...source, ...partOf(key, value) };
  return { ...source, folder: cleanPath(`/${source.folder}`).slice(1) };
}

function partOf(key: string, value: string): Partial<GitSource> {
  if (['ref', 'tag', 'branch'].includes(key)) return { ref: value };
  if (key === 'subdir') return { folder: value };
  if (key === 'commit' || key === 'checksum') return { commit: value };
  const isOn = value === '' || /^(?:1|t|true)$/i.test(value);
  if (isOn || /^(?:0|f|false)$/i.test(value)) {
    if (key === 'submodules') return { submodules: isOn };
    if (key === 'keep-git-dir') return { keepsGitFolder: isOn };
    if (key === 'fetch-by-commit' && !isOn) return {};
  }
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

/** Where an address of a repository leads, as one of http: only the host counts. @throws EngineError invalidParameter */
function placeOf(address: string): URL {
  if (/^https?:/.test(address)) return parseAddress(address);
  const ofUrl = /^(?:git|ssh):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)/.exec(address)?.[1];
  const host = ofUrl ?? /^[\w.-]+@([^:/]+):/.exec(address)?.[1] ?? '';
  if (URL.canParse(`http://${host}/`)) return new URL(`http://${host}/`);
  const words = `${JSON.stringify(address)} is no https, http, git or ssh address of a repository`;
  throw new EngineError('invalidParameter', words);
}

export interface FetchTreeOptions {
  /** An empty folder, in use until the tar was read. */
  readonly scratch: string;
  /** Asked for the socket of an agent where an address is one of ssh. */
  readonly sshAgent: () => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/**
 * The files of a commit as a tar, and of the submodules in it.
 * @throws EngineError invalidParameter where it is another commit than it has to be
 */
export async function fetchTree(git: GitTransport, source: GitSource, options: FetchTreeOptions): Promise<Bytes> {
  const { commit, ref } = source;
  if (commit !== undefined && !/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new EngineError(
      'invalidParameter',
      `${JSON.stringify(commit)} is no id of a commit: 7 to 64 hexadecimal digits`,
    );
  }
  const fetching = new TreeFetching(git, options);
  const tree = await fetching.fetch(source.address, ref === '' ? (commit ?? '') : ref);
  if (commit !== undefined && !tree.commit.startsWith(commit)) {
    throw new EngineError('invalidParameter', `expected the commit ${commit}, and ${ref} is ${tree.commit}`);
  }
  const hasMore = source.keepsGitFolder || (source.submodules && tree.submodules.length > 0);
  return hasMore ? writeTar(fetching.members(tree, source)) : tree.tar;
}

/** Submodules of submodules of … */
const deepest = 10;
const mostFetches = 200;

class TreeFetching {
  readonly #git: GitTransport;
  readonly #options: FetchTreeOptions;
  #fetches = 0;

  constructor(git: GitTransport, options: FetchTreeOptions) {
    this.#git = git;
    this.#options = options;
  }

  async fetch(address: string, ref: string): Promise<GitTree> {
    const { scratch, sshAgent: askAgent, signal } = this.#options;
    if (++this.#fetches > mostFetches) throw new EngineError('invalidParameter', 'too many submodules');
    const sshAgent = /^(?:ssh:\/\/|[\w.-]+@)/.test(address) ? await askAgent() : undefined;
    return await this.#git.fetch({ address, ref, folder: `${scratch}/${this.#fetches}`, sshAgent, signal });
  }

  async *members(tree: GitTree, source: GitSource): AsyncGenerator<WritableMember, void, undefined> {
    yield* this.#below(tree, source, '', 0);
    if (source.keepsGitFolder) yield* under('.git', tree.gitFolder());
  }

  async *#below(
    tree: GitTree,
    { address, submodules }: Pick<GitSource, 'address' | 'submodules'>,
    folder: string,
    depth: number,
  ): AsyncGenerator<WritableMember, void, undefined> {
    yield* under(folder, tree.tar);
    if (!submodules || tree.submodules.length === 0) return;
    if (depth >= deepest) throw new EngineError('invalidParameter', 'submodules lie too deep in each other');
    for (const module of tree.submodules) {
      const own = resolveAddress(module.address, address);
      checkPlace(placeOf(own), placeOf(address));
      const inner = await this.fetch(own, module.commit);
      yield* this.#below(inner, { address: own, submodules }, joinPath(folder, module.path), depth + 1);
    }
  }
}

async function* under(folder: string, tar: Bytes): AsyncGenerator<WritableMember, void, undefined> {
  for await (const { path, linkName, ...member } of readTar(tar)) {
    const isHard = member.type === 'hardlink';
    yield { ...member, path: joinPath(folder, path), linkName: isHard ? joinPath(folder, linkName) : linkName };
  }
}

/** An address as git reads it of a submodule: one that begins with a dot is relative to that of the repository. */
function resolveAddress(address: string, base: string): string {
  if (!/^\.{1,2}\//.test(address)) return address;
  let [at, rest] = [base.replace(/\/+$/, ''), address];
  for (let step = /^\.{1,2}\/+/.exec(rest)?.[0]; step !== undefined; step = /^\.{1,2}\/+/.exec(rest)?.[0]) {
    rest = rest.slice(step.length);
    if (step.startsWith('..')) at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
  }
  return `${at}/${rest}`;
}
