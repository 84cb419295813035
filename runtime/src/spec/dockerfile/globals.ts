// What FROM may use: ARG instructions before the first FROM, and the platform's arguments that the builder sets by itself.

import { expandWord, unknownValue, type Lookup } from './expand.ts';
import type { Definition, Model } from './model.ts';
import type { Dockerfile, Instruction } from './tree.ts';

/** Arguments that every build has, with values as of an ordinary machine. */
export const platformArguments: ReadonlyMap<string, string> = new Map([
  ['BUILDPLATFORM', 'linux/amd64'],
  ['BUILDOS', 'linux'],
  ['BUILDOSVERSION', ''],
  ['BUILDARCH', 'amd64'],
  ['BUILDVARIANT', ''],
  ['TARGETPLATFORM', 'linux/amd64'],
  ['TARGETOS', 'linux'],
  ['TARGETOSVERSION', ''],
  ['TARGETARCH', 'amd64'],
  ['TARGETVARIANT', ''],
  ['TARGETSTAGE', 'default'],
]);

/** Arguments that RUN sees without an ARG, when the build gets them. The builder fills them in nowhere else. */
export const proxyArguments: readonly string[] = ['http', 'https', 'ftp', 'no', 'all'].flatMap((kind) => [
  `${kind.toUpperCase()}_PROXY`,
  `${kind}_proxy`,
]);

/** The ARG instructions among the first items of a file. */
export function globalDefinitions(file: Dockerfile, end: number): Definition[] {
  const definitions: Definition[] = [];
  const byName = new Map<string, Definition>();
  for (let item = 0; item < end; item += 1) {
    const instruction = file.items[item];
    if (instruction?.kind !== 'instruction' || instruction.name !== 'ARG') continue;
    for (const definition of argumentsOf(instruction, item, byName)) {
      byName.set(definition.name, definition);
      definitions.push(definition);
    }
  }
  return definitions;
}

function* argumentsOf(
  { form }: Instruction,
  item: number,
  byName: ReadonlyMap<string, Definition>,
): Generator<Definition> {
  if (form.kind !== 'pairs') return;
  for (const { key, value } of form.pairs) {
    // One without a value leaves what an earlier one said.
    const known = value === undefined ? byName.get(key.raw)?.value : expandWord(value, lookupIn(byName)).value;
    yield { kind: 'arg', name: key.raw, place: { item, span: key.span }, value: known, global: undefined };
  }
}

function lookupIn(byName: ReadonlyMap<string, Definition>): Lookup {
  return (name) => {
    const definition = byName.get(name);
    if (definition === undefined) return platformArguments.has(name) ? unknownValue : undefined;
    return definition.value ?? unknownValue;
  };
}

/** What FROM's variables are with the defaults of the global arguments; the platform's are not known. */
export function defaultsLookup(globals: readonly Definition[]): Lookup {
  return lookupIn(new Map(globals.map((definition) => [definition.name, definition])));
}

/** What FROM's variables are in a build without build arguments on an ordinary machine. One without a default is not set. */
export function defaultArguments({ file, stages }: Pick<Model, 'file' | 'stages'>): ReadonlyMap<string, string> {
  const values = new Map(platformArguments);
  const target = stages.at(-1)?.name;
  if (target !== undefined) values.set('TARGETSTAGE', target);
  for (const item of file.items.slice(0, stages[0]?.item ?? 0)) {
    if (item.kind !== 'instruction' || item.name !== 'ARG' || item.form.kind !== 'pairs') continue;
    for (const { key, value } of item.form.pairs) {
      const known = value && expandWord(value, (name) => values.get(name)).value;
      if (known !== undefined) values.set(key.raw, known);
    }
  }
  return values;
}

/** What FROM's variables are for certain: nobody can set one that no ARG declares. */
export function certainLookup(globals: readonly Definition[]): Lookup {
  const declared = new Set(globals.map(({ name }) => name));
  return (name) => (declared.has(name) ? unknownValue : platformArguments.get(name));
}
