// What a Dockerfile offers to files that build from it: its stages and arguments.

import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Context } from './context.ts';

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

export const unreadable: BuildFileReading = { kind: 'unknown' };
const read = new WeakMap<Context['files'], Map<string, { readonly text: string; readonly file: BuildFile }>>();
const maximumKept = 50;

/** Read and parsed once for each text that a file has had last. */
export function readBuildFile(uri: string, context: Context): BuildFileReading {
  const known = context.files.text(uri);
  if (known.kind !== 'known') return known.kind === 'absent' ? { kind: 'absent', uri } : unreadable;
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
