// Who a program of a container is, by the accounts of the container's own root.

import type { WritableRoot } from '../../host/portable/contract.ts';
import { accountsOfTree } from '../account-files.ts';
import { homeOf, resolveUser } from '../users.ts';

export interface WasmUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** @throws EngineError invalidParameter in moby's words when the user or a group is not there */
export async function userOf(root: WritableRoot, spec: string, groupAdd: readonly string[] = []): Promise<WasmUser> {
  await using tree = await root.tree([]);
  const files = await accountsOfTree(tree);
  const { uid, gid } = resolveUser(spec, groupAdd, files);
  return { uid, gid, home: homeOf(uid, files) };
}

/** As an OCI runtime has it: HOME is the user's, unless somebody said another. */
export function withHome(env: readonly string[], { home }: WasmUser): readonly string[] {
  return env.some((entry) => entry.startsWith('HOME=')) ? env : [...env, `HOME=${home}`];
}
