// Variables of a build: what ARG and ENV make of them, instruction after instruction.

import { pairsOf, valueOf } from '../../spec/dockerfile/configure.ts';
import type { Lookup } from '../../spec/dockerfile/expand.ts';
import { platformArguments, proxyArguments } from '../../spec/dockerfile/globals.ts';
import type { Model } from '../../spec/dockerfile/model.ts';
import type { Instruction } from '../../spec/dockerfile/tree.ts';
import type { PlanOptions } from './options.ts';

/** ARGs before the first FROM, with what the build sets them to, and the platform's. */
export function globalScope(model: Model, options: PlanOptions): ReadonlyMap<string, string> {
  const scope = new Map(platformValues(options));
  const first = model.stages[0]?.item ?? model.file.items.length;
  for (const item of model.file.items.slice(0, first)) {
    if (item.kind !== 'instruction' || item.name !== 'ARG') continue;
    for (const [name, value] of argumentsOf(item, options, (asked) => scope.get(asked))) {
      if (value !== undefined) scope.set(name, value);
    }
  }
  return scope;
}

/** Names of an ARG instruction and their values: the build's, else the default; undefined where there is neither. */
export function argumentsOf(
  instruction: Instruction,
  { buildArgs }: PlanOptions,
  lookup: Lookup,
): readonly (readonly [string, string | undefined])[] {
  if (instruction.form.kind !== 'pairs') return [];
  const defaults = new Map(pairsOf(instruction, lookup));
  return instruction.form.pairs.map(({ key }) => {
    const name = valueOf(key, lookup);
    return [name, Object.hasOwn(buildArgs, name) ? buildArgs[name] : defaults.get(name)] as const;
  });
}

/** Names that an ARG declares; none of another instruction. */
export function declaredBy({ name, form }: Instruction): readonly string[] {
  return name === 'ARG' && form.kind === 'pairs' ? form.pairs.map(({ key }) => key.raw) : [];
}

/**
 * Names of arguments given for which the file has no ARG, and which no build has by itself.
 * @param others that something else declares
 */
export function unusedArguments(
  { file }: Model,
  buildArgs: PlanOptions['buildArgs'],
  others: readonly string[],
): readonly string[] {
  // The last one sets the build's own time, whether the file knows it or not.
  const declared = new Set<string>([...platformArguments.keys(), ...proxyArguments, 'SOURCE_DATE_EPOCH']);
  for (const item of file.items) {
    if (item.kind === 'instruction') for (const name of declaredBy(item)) declared.add(name);
  }
  for (const name of others) declared.add(name);
  return Object.keys(buildArgs).filter((name) => !declared.has(name) && !name.startsWith('BUILDKIT_'));
}

/** Arguments for proxies that the build was given: RUN sees them without any ARG, and the cache does not. */
export function proxyValues({ buildArgs }: PlanOptions): readonly (readonly [string, string])[] {
  return proxyArguments.flatMap((name) =>
    Object.hasOwn(buildArgs, name) ? [[name, buildArgs[name] ?? ''] as const] : [],
  );
}

/** The platform's arguments: FROM sees them, stages that declare them too. */
export function platformValues(options: PlanOptions): ReadonlyMap<string, string> {
  const values = new Map(platformArguments);
  const add = (prefix: string, platform: string) => {
    const [os = '', architecture = '', variant = ''] = platform.split('/');
    values.set(`${prefix}PLATFORM`, platform);
    values.set(`${prefix}OS`, os);
    values.set(`${prefix}ARCH`, architecture);
    values.set(`${prefix}VARIANT`, variant);
  };
  add('BUILD', options.buildPlatform);
  add('TARGET', options.targetPlatform);
  values.set('TARGETSTAGE', options.target === '' ? 'default' : options.target);
  return values;
}
