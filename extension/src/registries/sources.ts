// Where the repositories of a registry are learnt from: its own catalog, whoever knows them in its place, what the user named, and
// what images here came from.

import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import { parseReference } from '../../../runtime/src/spec/reference.ts';
import type { Connected } from './connections.ts';
import type { NamesPage, ProvidedRegistry } from './contract.ts';
import type { Part } from './list.ts';
import type { Look } from './look.ts';
import type { ShownRegistry } from './targets.ts';
import { githubRepositories, hubRepositories, type WebLists } from './web-lists.ts';

export interface Source {
  readonly shown: ShownRegistry;
  readonly connected: Connected;
  readonly provided: ProvidedRegistry;
  readonly look: Look;
  readonly web: WebLists;
  readonly signal: AbortSignal;
  auth(): Promise<AuthConfig | undefined>;
  localImages(): readonly string[];
}

/** One part of them. @param from `next` of the part before */
export async function repositoriesOf(source: Source, from: string | undefined): Promise<Part> {
  const { shown, provided, look, signal } = source;
  const first = from === undefined ? knownHere(source) : [];
  const page = async (): Promise<NamesPage> => {
    if (provided.repositories !== undefined) return await provided.repositories(from, { signal });
    if (shown.kind === 'hub' || shown.kind === 'github') return await ofOwners(source, from);
    return await look.repositories(from, { signal });
  };
  try {
    const { names, next } = await page();
    return { names: [...first, ...names], ...(next === undefined ? {} : { next }) };
  } catch (error) {
    // Those that are known without it are shown, and why there are no more.
    if (first.length === 0) throw error;
    return { names: first, fault: error };
  }
}

/** What the user named, and what images here came from. */
function knownHere(source: Source): readonly string[] {
  const { connected, shown } = source;
  const named = connected.named.filter((name) => !isOwner(name));
  // Docker's engine says `<none>:<none>` of what has no name.
  const names = source.localImages().filter((name) => name !== '<none>:<none>');
  const local = names.flatMap((name) => {
    const { domain, path } = parseReference(name);
    return domain === shown.domain ? [path] : [];
  });
  return [...new Set([...named, ...local.toSorted()])];
}

/** `team/*` stands for all of somebody. */
export function isOwner(name: string): boolean {
  return name.endsWith('/*');
}

/** All of who is logged in and of those who were named, one after another. @param from number of the owner, and `next` of its list */
async function ofOwners(source: Source, from: string | undefined): Promise<NamesPage> {
  const { connected, shown, web, signal } = source;
  const auth = await source.auth();
  const named = connected.named.filter(isOwner).map((name) => name.slice(0, -2));
  const owners = [...new Set([...(shown.user === undefined ? [] : [shown.user.toLowerCase()]), ...named])];
  const [number = 0, ...rest] = from === undefined ? [] : [Number(from.split(' ')[0]), ...from.split(' ').slice(1)];
  const owner = owners[number];
  if (owner === undefined) return { names: [] };
  const list = shown.kind === 'hub' ? hubRepositories : githubRepositories;
  const { names, next } = await list(web, owner, rest[0], { auth, signal });
  if (next !== undefined) return { names, next: `${number} ${next}` };
  return { names, ...(number + 1 < owners.length ? { next: String(number + 1) } : {}) };
}
