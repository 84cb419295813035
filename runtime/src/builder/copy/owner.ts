// `--chown`: ids, or names that the root which is copied into knows.

import type { Tree } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const maximumId = 2 ** 32 - 2;
const maximumFile = 1024 * 1024;

/**
 * A user alone brings its group along: by name the one of passwd, by number the group of the same number.
 * @throws EngineError invalidParameter, in docker's words, for names that are not there
 */
export async function resolveOwner(text: string, parent: Tree | undefined): Promise<Owner> {
  const [user = '', group] = text.split(':', 2);
  const uid = idOf(user);
  const account = uid === undefined ? await find(parent, '/etc/passwd', user) : undefined;
  if (uid === undefined && account === undefined) throw unknown('uid for user', 'user', user);
  const own = { uid: uid ?? numberAt(account, 2), gid: uid ?? numberAt(account, 3) };
  if (group === undefined || group === '') return own;
  const gid = idOf(group);
  if (gid !== undefined) return { ...own, gid };
  const entry = await find(parent, '/etc/group', group);
  if (entry === undefined) throw unknown('gid for group', 'group', group);
  return { ...own, gid: numberAt(entry, 2) };
}

function idOf(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  if (id > maximumId)
    throw new EngineError('invalidParameter', `invalid --chown: ${text} is no id that a file can have`);
  return id;
}

function numberAt(fields: readonly string[] | undefined, index: number): number {
  return Number(fields?.[index] ?? 0);
}

/** The fields of the line of a name; ids are numbers in it. */
async function find(parent: Tree | undefined, path: string, name: string): Promise<readonly string[] | undefined> {
  if (parent === undefined || name === '') return undefined;
  for (const line of (await textOf(parent, path)).split('\n')) {
    const fields = line.trim().split(':');
    if (fields[0] !== name || idOf(fields[2] ?? '') === undefined) continue;
    if (path === '/etc/group' || idOf(fields[3] ?? '') !== undefined) return fields;
  }
  return undefined;
}

async function textOf(tree: Tree, path: string): Promise<string> {
  const entry = await tree.stat(path, { follow: true });
  if (entry?.type !== 'file') return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of tree.read(path, { offset: 0, length: maximumFile })) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function unknown(what: string, kind: string, name: string): EngineError {
  const message = `unable to convert uid/gid chown string to host mapping: can't find ${what} ${name}: no such ${kind}: ${name}`;
  return new EngineError('invalidParameter', message);
}
