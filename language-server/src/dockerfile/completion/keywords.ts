// Instructions and whole idioms, where an instruction begins; parser directives at the beginning of the file.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { buildkitRules } from '../../lint/rules/buildkit/rules.ts';
import { directives } from '../reference/directives.ts';
import { instructions } from '../reference/instructions.ts';
import { snippets } from '../reference/snippets.ts';
import type { TypedWord } from '../cursor.ts';
import { after, itemOf, type Asked } from './item.ts';

/** @param inOnbuild whether the keyword is that of an ONBUILD's trigger */
export function keywordCompletions(asked: Asked, typed: TypedWord, inOnbuild: boolean): CompletionItem[] {
  const lower = writesLower(asked, typed);
  const begun = asked.view.model.stages.length > 0;
  const words = [...instructions.values()]
    .filter(({ name }) => !inOnbuild || !['FROM', 'MAINTAINER', 'ONBUILD'].includes(name))
    .map(({ name, summary, signatures }) =>
      itemOf(asked, typed, {
        label: lower ? name.toLowerCase() : name,
        kind: CompletionItemKind.Keyword,
        detail: signatures[0]?.label,
        text: summary,
        insert: `${lower ? name.toLowerCase() : name} `,
        filter: name,
        // Before the first FROM, only FROM and ARG build.
        rank: name === 'MAINTAINER' ? 9 : !begun && (name === 'FROM' || name === 'ARG') ? 0 : 1,
        deprecated: name === 'MAINTAINER',
        more: true,
      }),
    );
  if (inOnbuild || !asked.context.client.snippets) return words;
  return [...words, ...snippets.map((snippet) => snippetItem(asked, typed, snippet))];
}

function snippetItem(asked: Asked, typed: TypedWord, snippet: (typeof snippets)[number]): CompletionItem {
  const text = snippet.lines.join('\n');
  return itemOf(asked, typed, {
    label: snippet.label,
    kind: CompletionItemKind.Snippet,
    detail: snippet.detail,
    text: `\`\`\`dockerfile\n${text.replaceAll(/\\?\$(?:\{\d+:([^}]*)\}|\d+)/g, '$1')}\n\`\`\``,
    insert: text,
    snippet: true,
    rank: 5,
  });
}

// As the file does it; in an empty file as it is typed.
function writesLower({ view }: Asked, typed: TypedWord): boolean {
  const other = view.file.items.find(
    (item, index) =>
      item.kind === 'instruction' && item.name !== undefined && view.file.starts[index] !== typed.span.start,
  );
  if (other?.kind === 'instruction') return other.keyword === other.keyword.toLowerCase();
  return typed.text !== '' && typed.text === typed.text.toLowerCase() && typed.text.length > 2;
}

export function directiveCompletions(asked: Asked, name: TypedWord, value: TypedWord | undefined): CompletionItem[] {
  if (value === undefined) {
    const present = asked.view.file.items.flatMap((item) => (item.kind === 'directive' ? [item.name] : []));
    return directives
      .filter((directive) => !present.includes(directive.name))
      .map((directive) =>
        itemOf(asked, name, {
          label: directive.name,
          kind: CompletionItemKind.Property,
          text: directive.text,
          insert: `${directive.name}=`,
          more: true,
        }),
      );
  }
  const directive = directives.find((each) => each.name === name.text.toLowerCase());
  if (directive === undefined) return [];
  if (directive.name === 'check') return checkCompletions(asked, value);
  return directive.choices.map((choice) =>
    itemOf(asked, value, { label: choice.value, kind: CompletionItemKind.Value, detail: choice.text }),
  );
}

function checkCompletions(asked: Asked, value: TypedWord): CompletionItem[] {
  const part = after(value, ';');
  const list = /^\s*(?:skip|experimental)\s*=/.exec(part.text);
  if (list === null) {
    return (directives.find(({ name }) => name === 'check')?.choices ?? []).map((choice) =>
      itemOf(asked, part, { label: choice.value, kind: CompletionItemKind.Value, detail: choice.text, more: true }),
    );
  }
  const typed = after(part, '=,');
  const present = part.text.slice(list[0].length).split(',').slice(0, -1);
  return buildkitRules
    .filter(({ id }) => !present.includes(id))
    .map(({ id, title }) => itemOf(asked, typed, { label: id, kind: CompletionItemKind.EnumMember, text: title }));
}
