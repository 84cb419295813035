// Images and tags: those of the store first, with size and age, then those of a registry where it may be asked, then well-known names.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import type { TagFacts } from '../../knowledge/knowledge.ts';
import { registryRepositories, registryTags } from '../../knowledge/registries.ts';
import type { TypedWord } from '../cursor.ts';
import { valueOf } from '../known.ts';
import { itemOf, type AskedInInstruction } from './item.ts';

const wellKnown: readonly (readonly [string, string])[] = [
  ['alpine', 'a small Linux with musl'],
  ['busybox', 'one small program that is many'],
  ['debian', 'Debian'],
  ['ubuntu', 'Ubuntu'],
  ['fedora', 'Fedora'],
  ['node', 'Node'],
  ['python', 'Python'],
  ['golang', 'Go'],
  ['rust', 'Rust'],
  ['ruby', 'Ruby'],
  ['php', 'PHP'],
  ['gcc', 'GNU compilers'],
  ['eclipse-temurin', 'Java'],
  ['maven', 'Java with Maven'],
  ['gradle', 'Java with Gradle'],
  ['nginx', 'web server'],
  ['httpd', 'Apache’s web server'],
  ['caddy', 'web server'],
  ['postgres', 'PostgreSQL'],
  ['mysql', 'MySQL'],
  ['mariadb', 'MariaDB'],
  ['redis', 'Redis'],
  ['mongo', 'MongoDB'],
  ['rabbitmq', 'RabbitMQ'],
  ['oven/bun', 'Bun'],
  ['denoland/deno', 'Deno'],
  ['gcr.io/distroless/static-debian12', 'certificates and time zones, no shell'],
  ['gcr.io/distroless/base-debian12', 'C library, no shell'],
  ['mcr.microsoft.com/dotnet/sdk', '.NET, to build'],
  ['mcr.microsoft.com/dotnet/aspnet', '.NET, to run'],
];

export function imageCompletions(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const store = valueOf(asked.context.knowledge.images()) ?? [];
  const colon = tagColon(typed.text);
  const listed = new Set<string>();
  const items: CompletionItem[] = [];
  const offer = (facts: TagFacts, rank: number) => {
    if (listed.has(facts.reference)) return;
    listed.add(facts.reference);
    items.push(
      itemOf(asked, typed, {
        label: facts.reference,
        kind: CompletionItemKind.Reference,
        detail: detailOf(facts),
        rank,
      }),
    );
  };
  for (const facts of store) offer(facts, 4);
  if (colon >= 0) {
    const repository = typed.text.slice(0, colon);
    for (const [index, facts] of registryTags(asked.context, repository).entries()) offer(facts, 5 + index);
    return items;
  }
  for (const label of registryRepositories(asked.context, typed.text)) {
    items.push(itemOf(asked, typed, { label, kind: CompletionItemKind.Module, detail: 'in the registry', rank: 5 }));
  }
  const repositories = new Set(store.map(({ reference }) => reference.slice(0, tagColon(reference))));
  for (const [label, detail] of wellKnown) {
    if (repositories.has(label)) continue;
    items.push(itemOf(asked, typed, { label, kind: CompletionItemKind.Module, detail, rank: 9000 }));
  }
  return items;
}

/** Where the tag's colon is: not that of a registry's port. */
function tagColon(reference: string): number {
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? colon : -1;
}

function detailOf({ size, created, where }: TagFacts): string {
  const parts = [
    where === 'store' ? 'on this machine' : 'in the registry',
    ...(size === undefined ? [] : [humanSize(size, 3)]),
    ...(created === undefined ? [] : [created.slice(0, 10)]),
  ];
  return parts.join(', ');
}
