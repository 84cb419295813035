// What a row of the registries' tree stands for, as plain data, and the names that it goes by elsewhere.

import { familiarName, familiarReference, parseReference } from '../../../runtime/src/spec/reference.ts';
import type { Kind } from './connections.ts';

export interface ShownRegistry {
  readonly kind: Kind;
  /** Of the connection that it comes from. */
  readonly connection: string;
  readonly domain: string;
  readonly label: string;
  /** Who the user is there; absent for nobody. */
  readonly user?: string;
}

interface InRegistry {
  readonly registry: ShownRegistry;
}

interface InRepository extends InRegistry {
  readonly repository: string;
}

export type RegistryTarget =
  | (InRegistry & { readonly kind: 'registry' })
  | (InRepository & { readonly kind: 'repository'; readonly isNamed: boolean })
  | (InRepository & { readonly kind: 'tag'; readonly tag: string })
  | (InRepository & { readonly kind: 'manifest'; readonly digest: string; readonly platform: string });

export type PullTarget = Extract<RegistryTarget, { readonly kind: 'tag' | 'manifest' }>;

/** Tells a registry from all others. */
export function registryKey({ kind, connection, domain }: ShownRegistry): string {
  return `${kind}/${connection}/${domain}`;
}

/** As short as docker's clients write it: `alpine:3.21` for Docker Hub's. */
export function referenceOf(target: PullTarget): string {
  const { registry, repository } = target;
  const end = target.kind === 'tag' ? `:${target.tag}` : `@${target.digest}`;
  return familiarReference(parseReference(`${registry.domain}/${repository}${end}`));
}

/** Whether an image can be called so. */
export function isNameAt(domain: string, repository: string, tag?: string): boolean {
  try {
    const found = parseReference(`${domain}/${repository}${tag === undefined ? '' : `:${tag}`}`);
    return found.domain === domain && found.tag === tag && found.digest === undefined;
  } catch {
    // That is the answer.
    return false;
  }
}

export function repositoryName(domain: string, repository: string): string {
  return familiarName(parseReference(`${domain}/${repository}`));
}
