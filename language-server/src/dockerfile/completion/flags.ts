// Flags of instructions, their values, and the keys and values of mounts.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { instructions } from '../reference/instructions.ts';
import { mounts } from '../reference/mounts.ts';
import type { FlagReference, MountKeyReference, MountReference } from '../reference/reference.ts';
import type { InstructionName } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { TypedWord } from '../cursor.ts';
import { accountCompletions } from './accounts.ts';
import { itemOf, type AskedInInstruction, type Offer } from './item.ts';
import { contextPaths, imagePaths } from './paths.ts';
import { sourceCompletions } from './stages.ts';

export function flagsOf(name: string): readonly FlagReference[] {
  return instructions.get(name as InstructionName)?.flags ?? [];
}

/** Names of flags that are not there yet. */
export function flagCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { current, flags, name } = asked.cursor;
  const present = new Set(flags.map(({ text }) => text.slice(2).split('=', 1)[0]));
  return flagsOf(name)
    .filter((flag) => flag.repeatable === true || !present.has(flag.name))
    .map((flag) =>
      itemOf(asked, current, {
        label: `--${flag.name}`,
        kind: CompletionItemKind.Property,
        detail: flag.since === undefined ? undefined : since(flag.since),
        text: flag.text,
        insert: flag.value === 'switch' ? `--${flag.name} ` : `--${flag.name}=`,
        // Behind what an instruction needs, where both may stand.
        rank: 10,
        more: true,
      }),
    );
}

export function since(version: string): string {
  return version === 'labs' ? 'docker/dockerfile:1-labs' : `docker/dockerfile:${version} and later`;
}

/** What follows `--name=`. */
export function flagValueCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { text, span } = asked.cursor.current;
  const sign = text.indexOf('=');
  const flag = flagsOf(asked.cursor.name).find(({ name }) => name === text.slice(2, sign));
  if (flag === undefined) return [];
  // From the right: continuations may stand in the word.
  const typed: TypedWord = {
    span: { start: span.end - (text.length - sign - 1), end: span.end },
    text: text.slice(sign + 1),
  };
  switch (flag.value) {
    case 'mount':
      return mountCompletions(asked, typed);
    case 'stage':
      return sourceCompletions(asked, typed);
    case 'owner':
      return accountCompletions(asked, typed);
    case 'switch':
      return choices(asked, typed, [
        { value: 'true', text: 'as without a value' },
        { value: 'false', text: 'as without the flag' },
      ]);
    case 'path':
      return contextPaths(asked, typed);
    default:
      return choices(asked, typed, flag.choices ?? []);
  }
}

export function choices(
  asked: AskedInInstruction,
  typed: TypedWord,
  list: readonly { readonly value: string; readonly text: string }[],
  kind: CompletionItemKind = CompletionItemKind.EnumMember,
): CompletionItem[] {
  return list.map(({ value, text }, rank) => itemOf(asked, typed, { label: value, kind, detail: text, rank }));
}

function mountCompletions(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const fields = typed.text.split(',');
  const current = fields.pop() ?? '';
  const word: TypedWord = { span: { start: typed.span.end - current.length, end: typed.span.end }, text: current };
  const present = new Map(fields.map((field) => splitField(field)));
  const mount = mounts.find(({ type }) => type === (present.get('type') ?? 'bind'));
  const sign = current.indexOf('=');
  if (sign < 0) return [...typeKey(asked, word, present), ...mountKeys(asked, word, mount, present)];
  const key = current.slice(0, sign).toLowerCase();
  const value: TypedWord = {
    span: { start: word.span.start + sign + 1, end: word.span.end },
    text: current.slice(sign + 1),
  };
  if (key === 'type') return mountTypes(asked, value);
  const reference = mount?.keys.find(({ name, aliases }) => name === key || aliases.includes(key));
  return reference === undefined ? [] : mountValues(asked, value, reference, present);
}

function splitField(field: string): [string, string] {
  const sign = field.indexOf('=');
  return sign < 0 ? [field.toLowerCase(), ''] : [field.slice(0, sign).toLowerCase(), field.slice(sign + 1)];
}

function typeKey(asked: AskedInInstruction, word: TypedWord, present: ReadonlyMap<string, string>): CompletionItem[] {
  if (present.size > 0) return [];
  return mounts.map(({ type, text }) =>
    itemOf(asked, word, {
      label: `type=${type}`,
      kind: CompletionItemKind.Property,
      text,
      insert: `type=${type},`,
      rank: 0,
      more: true,
    }),
  );
}

function mountTypes(asked: AskedInInstruction, value: TypedWord): CompletionItem[] {
  return mounts.map(({ type, text }) =>
    itemOf(asked, value, { label: type, kind: CompletionItemKind.EnumMember, text }),
  );
}

function mountKeys(
  asked: AskedInInstruction,
  word: TypedWord,
  mount: MountReference | undefined,
  present: ReadonlyMap<string, string>,
): CompletionItem[] {
  return (mount?.keys ?? [])
    .filter(({ name, aliases }) => ![name, ...aliases].some((each) => present.has(each)))
    .map(({ name, text, value, aliases }, index) =>
      itemOf(asked, word, {
        label: name,
        kind: CompletionItemKind.Property,
        detail: aliases.length === 0 ? undefined : `also ${aliases.join(', ')}`,
        text,
        insert: value === 'switch' ? name : `${name}=`,
        rank: 1 + index,
        more: value !== 'switch',
      }),
    );
}

function mountValues(
  asked: AskedInInstruction,
  typed: TypedWord,
  key: MountKeyReference,
  present: ReadonlyMap<string, string>,
): CompletionItem[] {
  switch (key.value) {
    case 'stage':
      return sourceCompletions(asked, typed);
    case 'source': {
      const from = present.get('from');
      return from === undefined ? contextPaths(asked, typed) : imagePaths(asked, typed, from);
    }
    case 'path':
      return caches(asked, typed, present);
    case 'cache-id':
      return cacheIds(asked, typed);
    case 'switch':
      return choices(asked, typed, [
        { value: 'true', text: 'yes' },
        { value: 'false', text: 'no' },
      ]);
    default:
      return choices(asked, typed, key.choices ?? []);
  }
}

const cacheFolders: readonly Offer[] = [
  ['/var/cache/apt', 'apt: packages; sharing=locked'],
  ['/var/lib/apt', 'apt: lists; sharing=locked'],
  ['/var/cache/apk', 'apk'],
  ['/var/cache/dnf', 'dnf; sharing=locked'],
  ['/root/.npm', 'npm'],
  ['/usr/local/share/.cache/yarn', 'yarn'],
  ['/pnpm/store', 'pnpm'],
  ['/root/.cache/pip', 'pip'],
  ['/root/.cache/uv', 'uv'],
  ['/go/pkg/mod', 'Go: modules'],
  ['/root/.cache/go-build', 'Go: objects'],
  ['/usr/local/cargo/registry', 'Cargo: crates'],
  ['/usr/local/cargo/git/db', 'Cargo: git sources'],
  ['/root/.m2', 'Maven'],
  ['/root/.gradle', 'Gradle'],
  ['/root/.nuget/packages', 'NuGet'],
  ['/root/.cache/composer', 'Composer'],
  ['/root/.ccache', 'ccache'],
].map(([label = '', detail]) => ({ label, detail, kind: CompletionItemKind.Folder }));

function caches(asked: AskedInInstruction, typed: TypedWord, present: ReadonlyMap<string, string>): CompletionItem[] {
  const known = present.get('type') === 'cache' ? cacheFolders.map((offer) => itemOf(asked, typed, offer)) : [];
  return [...known, ...imagePaths(asked, typed, undefined)];
}

/** Ids that other mounts of the file have. */
function cacheIds(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const ids = new Set<string>();
  for (const item of asked.view.file.items) {
    if (item.kind !== 'instruction') continue;
    for (const { fields } of item.flags) {
      const id = fields?.find(({ key }) => key === 'id')?.value;
      if (id !== undefined && item !== asked.cursor.instruction) ids.add(id);
    }
  }
  return [...ids].map((label) => itemOf(asked, typed, { label, kind: CompletionItemKind.Value }));
}
