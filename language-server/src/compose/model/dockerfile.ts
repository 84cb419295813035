// The Dockerfile that a service is built from, as far as Compose speaks of it: its stages and build arguments.

import { parseDockerfile } from '../../../../runtime/src/spec/dockerfile/parse.ts';
import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import type { Node } from '../yaml/tree.ts';
import type { ComposeModel } from './model.ts';

export interface NamedPlace {
  readonly name: string;
  /** Offset in the Dockerfile. */
  readonly at: number;
  /** The default of an ARG, the base of a stage; empty where there is none. */
  readonly detail: string;
}

export interface BuildFile {
  readonly uri: string;
  readonly stages: readonly NamedPlace[];
  readonly args: readonly NamedPlace[];
  readonly hasHealthcheck: boolean;
}

export type BuildFileReading =
  | { readonly kind: 'known'; readonly file: BuildFile }
  | { readonly kind: 'absent'; readonly uri: string }
  /** Remote, inline, filled in later, or not read yet. */
  | { readonly kind: 'unknown' };

const unknown: BuildFileReading = { kind: 'unknown' };
const read = new WeakMap<Context['files'], Map<string, { readonly text: string; readonly file: BuildFile }>>();
const maximumKept = 50;

/** The Dockerfile of a service of the file `uri`. */
export function buildFileOf(
  uri: string,
  model: ComposeModel,
  service: Node | undefined,
  context: Context,
): BuildFileReading {
  const build = model.resolver.get(service, 'build');
  if (build === undefined || model.resolver.get(build, 'dockerfile_inline') !== undefined) return unknown;
  const contextPath = build.kind === 'scalar' ? build.text : (textOf(model, build, 'context') ?? '.');
  const dockerfile = textOf(model, build, 'dockerfile') ?? 'Dockerfile';
  if (`${contextPath}${dockerfile}`.includes('$') || /^[\w.-]+@|^git:|^https?:|\.git(?:#|$)/.test(contextPath))
    return unknown;
  const target = resolveUri(
    uri,
    dockerfile.startsWith('/') ? dockerfile : `${contextPath === '' ? '.' : contextPath}/${dockerfile}`,
  );
  return target === undefined ? unknown : readBuildFile(target, context);
}

export function readBuildFile(uri: string, context: Context): BuildFileReading {
  const known = context.files.text(uri);
  if (known.kind !== 'known') return known.kind === 'absent' ? { kind: 'absent', uri } : unknown;
  const kept = read.get(context.files) ?? new Map<string, { readonly text: string; readonly file: BuildFile }>();
  read.set(context.files, kept);
  const before = kept.get(uri);
  if (before?.text === known.value) return { kind: 'known', file: before.file };
  if (kept.size >= maximumKept) kept.clear();
  const file = summary(uri, known.value);
  kept.set(uri, { text: known.value, file });
  return { kind: 'known', file };
}

/** Stages and arguments of a Dockerfile's text. */
export function summary(uri: string, text: string): BuildFile {
  const dockerfile = parseDockerfile(text);
  const stages: NamedPlace[] = [];
  const args = new Map<string, NamedPlace>();
  let hasHealthcheck = false;
  dockerfile.items.forEach((item, index) => {
    if (item.kind !== 'instruction') return;
    const start = dockerfile.starts[index] ?? 0;
    const { form } = item;
    if (form.kind === 'from') {
      const { stageName, image } = form;
      if (stageName !== undefined) {
        stages.push({ name: stageName.raw, at: start + stageName.span.start, detail: image?.raw ?? '' });
      }
    }
    if (item.name === 'ARG' && form.kind === 'pairs') {
      for (const { key, value } of form.pairs) {
        const known = args.get(key.raw);
        if (known !== undefined && known.detail !== '') continue;
        args.set(key.raw, { name: key.raw, at: start + key.span.start, detail: value?.raw ?? '' });
      }
    }
    if (form.kind === 'healthcheck') hasHealthcheck ||= form.command !== undefined;
  });
  return { uri, stages, args: [...args.values()], hasHealthcheck };
}

function textOf(model: ComposeModel, node: Node, key: string): string | undefined {
  const value = model.resolver.get(node, key);
  return value?.kind === 'scalar' && value.text !== '' ? value.text : undefined;
}
