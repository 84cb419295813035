// Which registries may be asked while somebody types, and for what: any where the settings allow it; else one that the user has logged in to, once
// its name stands there. What is typed of another goes nowhere.

import type { Knowledge, TagFacts } from './knowledge.ts';

export interface Asker {
  readonly knowledge: Pick<Knowledge, 'tags' | 'repositories' | 'logIns'>;
  readonly settings: { readonly askRegistries: boolean };
}

/** Tags of the repository, where its registry may be asked. */
export function registryTags(asker: Asker, repository: string): readonly TagFacts[] {
  if (!mayAsk(asker, registryIn(repository))) return [];
  const tags = asker.knowledge.tags(repository);
  return tags.kind === 'known' ? tags.value : [];
}

/** Repositories of the registry that was typed, with its name, where it may be asked. */
export function registryRepositories(asker: Asker, typed: string): readonly string[] {
  const registry = registryIn(typed);
  if (registry === undefined || !mayAsk(asker, registry)) return [];
  const repositories = asker.knowledge.repositories(registry);
  return repositories.kind === 'known' ? repositories.value : [];
}

/** The registry whose name was typed whole: up to a slash, and with what no folder's name has. */
function registryIn(typed: string): string | undefined {
  const first = /^([A-Za-z0-9.:[\]-]{1,255})\//.exec(typed)?.[1] ?? '';
  return first === 'localhost' || /[.:]/.test(first) ? first : undefined;
}

/** What names no registry is Docker Hub's, whether it is meant or not. */
function mayAsk({ knowledge, settings }: Asker, registry: string | undefined): boolean {
  if (settings.askRegistries) return true;
  if (registry === undefined) return false;
  const known = knowledge.logIns();
  return known.kind === 'known' && known.value.includes(registry);
}
