// Who a program of a container is, by the accounts of the container's own root.

import type { WritableRoot } from '../../host/portable/contract.ts';
import { accountsOfTree } from '../account-files.ts';
import { type AccountFiles, homeOf, resolveUser } from '../users.ts';

export interface WasmUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Layers whose accounts are kept, and the longest that are. */
const mostKept = 64;
const longestKept = 65_536;

/** Users of roots. Many are new ones over the same layers: their accounts are read once. */
export class Users {
  /** By `WritableRoot.unchanged`. */
  readonly #kept = new Map<string, AccountFiles>();

  /** @throws EngineError invalidParameter in moby's words when the user or a group is not there */
  async userOf(root: WritableRoot, spec: string, groupAdd: readonly string[] = []): Promise<WasmUser> {
    const accounts = await this.#accountsOf(root);
    const { uid, gid } = resolveUser(spec, groupAdd, accounts);
    return { uid, gid, home: homeOf(uid, accounts) };
  }

  async #accountsOf(root: WritableRoot): Promise<AccountFiles> {
    const { unchanged } = root;
    const known = unchanged === undefined ? undefined : this.#kept.get(unchanged);
    if (known !== undefined) return known;
    await using tree = await root.tree([]);
    const accounts = await accountsOfTree(tree);
    // Somebody may have changed them meanwhile.
    const isOfLayers = unchanged !== undefined && root.unchanged === unchanged;
    if (isOfLayers && accounts.passwd.length + accounts.group.length <= longestKept) this.#keep(unchanged, accounts);
    return accounts;
  }

  #keep(layers: string, accounts: AccountFiles): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(layers, accounts);
  }
}

/** As an OCI runtime has it: HOME is the user's, unless somebody said another. */
export function withHome(env: readonly string[], { home }: WasmUser): readonly string[] {
  return env.some((entry) => entry.startsWith('HOME=')) ? env : [...env, `HOME=${home}`];
}
