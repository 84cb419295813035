// A context that is an address: a Git repository, a tar, or a Dockerfile alone.

import type { Bytes } from '../../host/host.ts';
import { compressionOf } from '../../host/decompress.ts';
import { EngineError } from '../../spec/errors.ts';
import { blockSize, decodeHeader, noXattrs } from '../../spec/tar/header.ts';
import { concat } from '../../spec/bytes.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import { type BuildContext, type ContextDeps, type ContextOptions, openContext } from './context.ts';
import { fetchTree, isGitAddress, readGitSource, splitFragment } from './git-source.ts';
import { get, parseAddress } from './http.ts';

/** Of a Dockerfile. */
const maximumText = 8 * 1024 * 1024;

/** @throws EngineError in the words of who could not be reached, invalidParameter for an address that is not right */
export async function openRemoteContext(
  deps: ContextDeps,
  address: string,
  options: ContextOptions,
): Promise<BuildContext> {
  if (!isGitAddress(address)) {
    const response = await get(deps.host.http, parseAddress(address), options.signal);
    return await openContext(deps, await tarOf(response.body, options.dockerfile ?? 'Dockerfile'), options);
  }
  const scratch = `${deps.folder}/${options.id}-git`;
  await using undo = new AsyncDisposableStack();
  undo.defer(() => deps.kernel.removeTree(scratch));
  await deps.host.files.makeDirectory(scratch, { recursive: true, mode: 0o700 });
  const source = readGitSource(...splitFragment(address));
  const { sshAgent = noAgent, signal } = options;
  const keepsGitFolder = source.keepsGitFolder || options.keepsGitFolder === true;
  const tar = await fetchTree(deps.host.git, { ...source, keepsGitFolder }, { scratch, sshAgent, signal });
  return await openContext(deps, tar, { ...options, folder: source.folder });
}

const noAgent = () => Promise.resolve(undefined);

/** What is no archive is a Dockerfile. */
async function tarOf(body: Bytes, dockerfile: string): Promise<Bytes> {
  const source = body[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let size = 0;
  let isEnded = false;
  const take = async (): Promise<void> => {
    const next = await source.next();
    if (next.done === true) isEnded = true;
    else {
      parts.push(next.value);
      size += next.value.length;
    }
  };
  while (size < blockSize && !isEnded) await take();
  if (isArchive(concat(parts))) return joined(parts, source);
  while (!isEnded && size <= maximumText) await take();
  if (!isEnded) {
    await source.return?.();
    throw new EngineError('invalidParameter', 'what was fetched is no archive, and too large to be a Dockerfile');
  }
  const text = concat(parts);
  const plain = { mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, linkName: '', deviceMajor: 0, deviceMinor: 0 };
  const content = joined([text], undefined);
  return writeTar([{ path: dockerfile, type: 'file', ...plain, size: text.length, xattrs: noXattrs, content }]);
}

/** @throws EngineError invalidParameter for an archive in a compression that nothing here reads */
function isArchive(head: Uint8Array): boolean {
  if (compressionOf(head) !== 'none') return true;
  try {
    decodeHeader(head.subarray(0, blockSize));
    return true;
  } catch {
    // No tar: a text.
    return false;
  }
}

async function* joined(
  parts: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* parts;
    if (rest === undefined) return;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest?.return?.();
  }
}
