// What `coracle-build` and `coracle-run` say in a tasks.json, taken with care: a hand wrote it.

import { l10n } from '../l10n.ts';

export interface BuildTask {
  /** Relative to the workspace's folder, or absolute; so is `context`. */
  readonly dockerfile: string;
  /** Absent: the Dockerfile's folder, or one above it in which what it copies is there. */
  readonly context: string | undefined;
  readonly target: string | undefined;
  readonly tags: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly platform: string | undefined;
}

export interface RunTask {
  /** Undefined where an image is named instead. */
  readonly build: BuildTask | undefined;
  readonly image: string;
  readonly name: string;
  /** Undefined: those that the image exposes, where they are free. */
  readonly ports: readonly string[] | undefined;
  readonly volumes: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly network: string;
  readonly command: readonly string[];
}

export const buildType = 'coracle-build';
export const runType = 'coracle-run';

type Fields = Readonly<Record<string, unknown>>;

/** @throws Error that names the field */
export function readBuildTask(definition: Fields): BuildTask {
  return {
    dockerfile: text(definition, 'dockerfile') ?? 'Dockerfile',
    context: text(definition, 'context'),
    target: text(definition, 'target'),
    tags: texts(definition, 'tags') ?? [],
    buildArgs: named(definition, 'buildArgs'),
    labels: named(definition, 'labels'),
    noCache: flag(definition, 'noCache'),
    pull: flag(definition, 'pull'),
    platform: text(definition, 'platform'),
  };
}

/** @throws Error that names the field */
export function readRunTask(definition: Fields): RunTask {
  const image = text(definition, 'image');
  if (image !== undefined && text(definition, 'dockerfile') !== undefined) {
    throw new Error(l10n.t('A task runs an image or builds a Dockerfile: "image" and "dockerfile" are both set.'));
  }
  return {
    build: image === undefined ? readBuildTask(definition) : undefined,
    image: image ?? '',
    name: text(definition, 'name') ?? '',
    ports: texts(definition, 'ports'),
    volumes: texts(definition, 'volumes') ?? [],
    env: named(definition, 'env'),
    network: text(definition, 'network') ?? '',
    command: texts(definition, 'command') ?? [],
  };
}

function own(definition: Fields, key: string): unknown {
  return Object.hasOwn(definition, key) ? definition[key] : undefined;
}

function text(definition: Fields, key: string): string | undefined {
  const value = own(definition, key);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new Error(l10n.t('"{0}" of the task has to be a text.', key));
  return value;
}

function texts(definition: Fields, key: string): readonly string[] | undefined {
  const value = own(definition, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    throw new Error(l10n.t('"{0}" of the task has to be a list of texts.', key));
  }
  return value;
}

function named(definition: Fields, key: string): Readonly<Record<string, string>> {
  const value = own(definition, key) ?? {};
  if (typeof value !== 'object' || !Object.values(value).every((each) => typeof each === 'string')) {
    throw new Error(l10n.t('"{0}" of the task has to be an object of texts.', key));
  }
  return value as Record<string, string>;
}

function flag(definition: Fields, key: string): boolean {
  const value = own(definition, key) ?? false;
  if (typeof value !== 'boolean') throw new Error(l10n.t('"{0}" of the task has to be true or false.', key));
  return value;
}
