// What verbs about builds need beside an engine.

import type { BuildAsk, Builder } from './contract.ts';

/** What is remembered for this workspace. */
export interface Memory {
  get<T>(key: string, otherwise: T): T;
  update(key: string, value: unknown): Thenable<void>;
}

export interface BuildServices {
  readonly builder: Builder;
  readonly memory: Memory;
  /** Writes what was edited and not saved: a build reads the disk. */
  save(): Promise<void>;
  /** Path of the Dockerfile in the active editor. */
  active(): string | undefined;
  /** Paths of the workspace's Dockerfiles. */
  dockerfiles(): Promise<readonly string[]>;
  /** The workspace's folder that a path is in; its own folder where it is in none. */
  rootOf(path: string): string;
}

const tagsKey = 'builds.tags';
const asksKey = 'builds.asks';
/** Dockerfiles and builds that are remembered. */
const most = 50;

/** The name that the last build of a Dockerfile's stage got. */
export function knownTag({ memory }: BuildServices, dockerfile: string, stage: string): string | undefined {
  return new Map(memory.get<readonly (readonly [string, string])[]>(tagsKey, [])).get(`${dockerfile}\n${stage}`);
}

export async function rememberTag(
  { memory }: BuildServices,
  dockerfile: string,
  stage: string,
  tag: string,
): Promise<void> {
  const key = `${dockerfile}\n${stage}`;
  const others = memory.get<readonly (readonly [string, string])[]>(tagsKey, []).filter(([known]) => known !== key);
  await memory.update(tagsKey, [[key, tag], ...others].slice(0, most));
}

/** What a build was asked for here. */
export function knownAsk({ memory }: BuildServices, id: string): BuildAsk | undefined {
  return new Map(memory.get<readonly (readonly [string, BuildAsk])[]>(asksKey, [])).get(id);
}

export async function rememberAsk({ memory }: BuildServices, id: string, ask: BuildAsk): Promise<void> {
  const others = memory.get<readonly (readonly [string, BuildAsk])[]>(asksKey, []).filter(([known]) => known !== id);
  await memory.update(asksKey, [[id, ask], ...others].slice(0, most));
}
