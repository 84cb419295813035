// Who a container's process is: the `user[:group]` of Config.User and the groups of GroupAdd, looked up in the
// container's own passwd and group files. Pure; the runners read the files.

import { EngineError } from '../spec/errors.ts';
import { type IdMap, requireIds } from '../spec/id-map.ts';

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const maxId = 2 ** 31 - 1;

/** What the files of a container say; absent files are empty. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

/**
 * Resolves `user`, `uid`, `user:group`, `uid:gid` and mixes; a number is never taken as a name. An empty spec is root.
 * @throws EngineError invalidParameter in moby's words when a name or a group is not there
 */
export function resolveUser(spec: string, groupAdd: readonly string[], files: AccountFiles): ProcessUser {
  const [userPart = '', groupPart = ''] = spec.split(':');
  const uid = numeric(userPart);
  const passwd = parsePasswd(files.passwd);
  const groups = parseGroups(files.group);
  const entry = passwd.find((candidate) => {
    if (userPart === '') return candidate.uid === 0;
    return uid === undefined ? candidate.name === userPart : candidate.uid === uid;
  });
  if (entry === undefined && userPart !== '' && uid === undefined) {
    throw invalid(`unable to find user ${userPart}: no matching entries in passwd file`);
  }
  const primary = primaryGroup(groupPart, groups) ?? entry?.gid ?? 0;
  const supplementary =
    groupPart === '' && entry !== undefined
      ? groups.filter((group) => group.members.includes(entry.name)).map((group) => group.gid)
      : [];
  const added = groupAdd.map((group) => groupId(group, groups));
  return {
    uid: entry?.uid ?? uid ?? 0,
    gid: primary,
    additionalGids: [...new Set([primary, ...supplementary, ...added])],
  };
}

/** Where a user is at home, `/` for one whom the files do not know. */
export function homeOf(uid: number, { passwd }: Pick<AccountFiles, 'passwd'>): string {
  const fields = lines(passwd).find(([, , id]) => isId(id) && Number(id) === uid);
  return fields?.[5] || '/';
}

/** @throws EngineError invalidParameter when the user or a group of theirs does not exist on this host */
export function requireUser(
  { uid, additionalGids, gid }: ProcessUser,
  { rights }: { readonly rights: { readonly ids: IdMap } },
): void {
  requireIds(rights.ids, uid, [gid, ...additionalGids], 'process of the container');
}

function primaryGroup(groupPart: string, groups: readonly GroupEntry[]): number | undefined {
  return groupPart === '' ? undefined : groupId(groupPart, groups);
}

function groupId(text: string, groups: readonly GroupEntry[]): number {
  const gid = numeric(text);
  if (gid !== undefined) return gid;
  const found = groups.find((group) => group.name === text);
  if (found === undefined) throw invalid(`unable to find group ${text}: no matching entries in group file`);
  return found.gid;
}

function numeric(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  if (value < 0 || value > maxId) throw invalid(`uids and gids must be in range 0-${maxId}`);
  return value;
}

function parsePasswd(text: string): readonly PasswdEntry[] {
  return lines(text).flatMap((fields) => {
    const [name, , uid, gid] = fields;
    return name === undefined || !isId(uid) || !isId(gid) ? [] : [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

function parseGroups(text: string): readonly GroupEntry[] {
  return lines(text).flatMap((fields) => {
    const [name, , gid, members = ''] = fields;
    return name === undefined || !isId(gid) ? [] : [{ name, gid: Number(gid), members: members.split(',') }];
  });
}

function lines(text: string): readonly string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maxId;
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
