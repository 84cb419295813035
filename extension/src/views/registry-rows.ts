// The tree of registries without VS Code: registries, their repositories, tags, and what a tag stands for.

import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import { l10n } from '../l10n.ts';
import type { Details, PlatformDetails } from '../registries/details.ts';
import type { Fault, Remedy } from '../registries/faults.ts';
import {
  referenceOf,
  registryKey,
  type RegistryTarget,
  repositoryName,
  type ShownRegistry,
} from '../registries/targets.ts';
import type { Row } from './rows.ts';

const icons = { hub: 'cloud', github: 'github', registry: 'server', provider: 'plug' } as const;

export function registryRows(registries: readonly ShownRegistry[]): Row[] {
  return registries.map((registry): Row => {
    const { kind, domain, label, user } = registry;
    const who = user === undefined ? l10n.t('not logged in') : user;
    return {
      ...plain(`registry/${registryKey(registry)}`, label, who),
      icon: icons[kind],
      context: `registry;${user === undefined ? 'anonymous' : 'loggedIn'}`,
      facts: [
        [l10n.t('Registry'), domain],
        [l10n.t('Logged in as'), user ?? ''],
      ],
      registryTarget: { kind: 'registry', registry },
      hasMore: true,
    };
  });
}

/** @param named those that the user named @param filter in whatever case; empty: all */
export function repositoryRows(
  parent: Row,
  registry: ShownRegistry,
  {
    names,
    named,
    filter,
  }: { readonly names: readonly string[]; readonly named: readonly string[]; readonly filter: string },
): Row[] {
  const wanted = filter.toLowerCase();
  return names
    .filter((name) => name.toLowerCase().includes(wanted))
    .map((repository): Row => {
      const isNamed = named.includes(repository);
      return {
        ...plain(`${parent.id}/${repository}`, repository, ''),
        icon: 'repo',
        context: `repository;${isNamed ? 'named' : 'listed'}`,
        facts: [[l10n.t('Name'), repositoryName(registry.domain, repository)]],
        registryTarget: { kind: 'repository', registry, repository, isNamed },
        hasMore: true,
      };
    });
}

export function tagRows(
  parent: Row,
  { registry, repository }: Extract<RegistryTarget, { readonly kind: 'repository' }>,
  tags: readonly string[],
): Row[] {
  return tags.map((tag): Row => {
    const target = { kind: 'tag', registry, repository, tag } as const;
    return {
      ...plain(`${parent.id}:${tag}`, tag, ''),
      icon: 'tag',
      context: 'tag',
      facts: [[l10n.t('Name'), referenceOf(target)]],
      registryTarget: target,
      hasMore: true,
    };
  });
}

/** What a tag stands for: a row for each platform, above them the digest of all where they are several. */
export function detailRows(
  parent: Row,
  { registry, repository }: Extract<RegistryTarget, { readonly kind: 'tag' }>,
  { digest, platforms }: Details,
): Row[] {
  const row = (each: PlatformDetails): Row => {
    const size = humanSize(each.size, 3);
    const day = each.created.slice(0, 10);
    return {
      ...plain(`${parent.id}/${each.digest}`, each.platform, [size, day].filter((text) => text !== '').join(' · ')),
      icon: each.platform.includes('.') ? 'file-zip' : 'layers',
      context: 'manifest',
      facts: [
        [l10n.t('Platform'), each.platform],
        [l10n.t('Digest'), each.digest],
        [l10n.t('Size'), size],
        [l10n.t('Created'), each.created],
      ],
      registryTarget: { kind: 'manifest', registry, repository, digest: each.digest, platform: each.platform },
    };
  };
  const isIndex = platforms.every((each) => each.digest !== digest);
  const index: Row = {
    ...plain(`${parent.id}/${digest}`, shortDigest(digest), l10n.t('all platforms')),
    icon: 'symbol-key',
    context: 'manifest',
    facts: [[l10n.t('Digest'), digest]],
    registryTarget: { kind: 'manifest', registry, repository, digest, platform: '' },
  };
  return [...(isIndex ? [index] : []), ...platforms.map(row)];
}

function shortDigest(digest: string): string {
  return digest.replace(/^(\w+:.{12}).*$/, '$1…');
}

export function moreRow(parent: Row): Row {
  const label = l10n.t('Show More');
  return {
    ...plain(`${parent.id}/+`, label, ''),
    icon: 'ellipsis',
    context: 'more',
    ...(parent.registryTarget === undefined ? {} : { registryTarget: parent.registryTarget }),
    command: 'coracle.registries.more',
  };
}

/** Where there is nothing. */
export function nothingRow(parent: Row, label: string): Row {
  return { ...plain(`${parent.id}/-`, label, ''), icon: 'info', context: 'nothing' };
}

/** In the place of a provider's registries. @param label absent where its extension has not registered it */
export function missingRow(id: string, label: string | undefined, fault: unknown): Row {
  const why = fault === undefined ? l10n.t('its extension is missing or not activated yet') : messageOf(fault);
  const registry = { kind: 'provider', connection: id, domain: '', label: label ?? id } as const;
  return {
    ...plain(`registry/provider/${id}`, label ?? id, why),
    icon: 'warning',
    context: 'registry;missing',
    facts: [[l10n.t('Fault'), why]],
    registryTarget: { kind: 'registry', registry },
  };
}

/** What went wrong, and below it what can be done. */
export function faultRows(parent: Row, { message, remedies }: Fault): Row[] {
  return [
    { ...plain(`${parent.id}/!`, message, ''), icon: 'warning', context: 'fault', facts: [[l10n.t('Fault'), message]] },
    ...remedies.map((remedy) => remedyRow(parent, remedy)),
  ];
}

function remedyRow(parent: Row, remedy: Remedy): Row {
  const { label, icon, command } = remedyOf(remedy);
  return {
    ...plain(`${parent.id}/!${remedy}`, label, ''),
    icon,
    context: 'remedy',
    command,
    ...(parent.registryTarget === undefined ? {} : { registryTarget: parent.registryTarget }),
  };
}

export function remedyOf(remedy: Remedy): { readonly label: string; readonly icon: string; readonly command: string } {
  switch (remedy) {
    case 'login':
      return { label: l10n.t('Log in...'), icon: 'account', command: 'coracle.registry.logIn' };
    case 'name':
      return { label: l10n.t('Name a repository...'), icon: 'add', command: 'coracle.registry.nameRepository' };
    case 'retry':
      return { label: l10n.t('Try again'), icon: 'refresh', command: 'coracle.registries.refresh' };
  }
}

function plain(id: string, label: string, description: string): Omit<Row, 'icon' | 'context'> {
  const spoken = description === '' ? label : `${label}, ${description}`;
  return { id, label, description, facts: [], spoken, targets: [] };
}
