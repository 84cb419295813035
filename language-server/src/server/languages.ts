// Which languages there are, and which one a document is of. Each is loaded when the first document of it is opened: who edits
// Dockerfiles does not pay for YAML.

import type { Language } from '../language/language.ts';
import { fileName } from '../language/uri.ts';
import { opener, type Opener } from './open-file.ts';

export type LanguageName = Language<never>['name'];

interface Entry {
  readonly name: LanguageName;
  readonly languageIds: readonly string[];
  readonly fileName: RegExp;
  readonly load: () => Promise<Opener>;
}

/** By the language id where it says enough, else by the name of the file. */
const entries: readonly Entry[] = [
  {
    name: 'dockerfile',
    languageIds: ['dockerfile', 'docker', 'containerfile'],
    fileName: /^(?:Dockerfile|Containerfile)(?:\..*)?$|\.(?:dockerfile|containerfile)$/i,
    load: async () => opener((await import('../dockerfile/language.ts')).dockerfile),
  },
  {
    name: 'compose',
    languageIds: ['dockercompose', 'docker-compose'],
    fileName: /^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i,
    load: async () => opener((await import('../compose/language.ts')).compose),
  },
  {
    name: 'bake',
    languageIds: ['dockerbake', 'docker-bake'],
    fileName: /^docker-bake(?:\..+)?\.(?:hcl|json)$/i,
    load: async () => opener((await import('../bake/language.ts')).bake),
  },
];

/** @returns the language of a document; undefined for one that is none of ours */
export function languageOf(languageId: string, uri: string): LanguageName | undefined {
  const byId = entries.find((entry) => entry.languageIds.includes(languageId.toLowerCase()));
  return (byId ?? entries.find((entry) => entry.fileName.test(fileName(uri.replace(/[?#].*$/s, '')))))?.name;
}

/** Loads a language; the second time it is there at once. */
export function loadLanguage(name: LanguageName): Promise<Opener> {
  const loading = loaded.get(name) ?? requireEntry(name).load();
  loaded.set(name, loading);
  return loading;
}

const loaded = new Map<LanguageName, Promise<Opener>>();

function requireEntry(name: LanguageName): Entry {
  const entry = entries.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`no such language: ${name}`);
  return entry;
}
