// A build's events as BuildKit's clients show them: vertices, which start and complete, with logs, and statuses inside them.

import { createHash } from 'node:crypto';
import type { BuildEvent, StepPlan } from '../../spec/engine/builds.ts';
import { timestampOf } from '../messages/common.ts';
import type { Vertex } from '../messages/control.ts';
import { failureWords } from './failure.ts';
import type { Status } from './feed.ts';

/** Instructions that only set something: BuildKit has no vertex for them. */
const silent =
  /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/i;

const streams = { stdout: 1, stderr: 2 } as const;

/** Names of internal vertices, by which people know them. */
export const internal = {
  dockerfile: (name: string) => `[internal] load build definition from ${name}`,
  ignore: '[internal] load .dockerignore',
  context: '[internal] load build context',
  images: '[internal] load metadata and layers of base images',
} as const;

/** @param ref of the build: vertices of different builds are different ones */
export function vertexDigest(ref: string, name: string): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify([ref, name]))
    .digest('hex')}`;
}

export class Progress {
  readonly #ref: string;
  readonly #now: () => number;
  #names: ReadonlyMap<number, string> = new Map();
  #plans: ReadonlyMap<number, StepPlan> = new Map();
  readonly #started = new Map<number, number>();
  readonly #works = new Map<string, { readonly name: string; readonly atMs: number }>();
  #pullingSinceMs: number | undefined;

  /** @param now when an event without a time of its own came about, ms since 1970 */
  constructor(ref: string, now: () => number) {
    this.#ref = ref;
    this.#now = now;
  }

  /** The vertex of a step; undefined for one that has none. */
  vertexOf(step: number): string | undefined {
    return this.#names.has(step) ? vertexDigest(this.#ref, `step ${step}`) : undefined;
  }

  /** @param warned the vertex that warnings without a step belong to */
  take(event: BuildEvent, warned: string): Status | undefined {
    switch (event.kind) {
      case 'planned':
        return this.#planned(event.steps);
      case 'started':
        this.#started.set(event.step, event.atMs);
        return this.#vertex(event.step, { started: timestampOf(event.atMs) });
      case 'progress':
        return this.#pull(event.message);
      case 'output': {
        const vertex = this.vertexOf(event.step);
        if (vertex === undefined) return undefined;
        const log = { vertex, timestamp: timestampOf(this.#now()), stream: streams[event.stream], msg: event.bytes };
        return { logs: [log] };
      }
      case 'ended':
        return this.#ended(event);
      case 'warning': {
        const vertex = (event.step === undefined ? undefined : this.vertexOf(event.step)) ?? warned;
        return { warnings: [warning(vertex, event.message)] };
      }
      case 'work':
        return this.#work(event);
      default:
        return undefined;
    }
  }

  #planned(steps: readonly StepPlan[]): Status {
    this.#plans = new Map(steps.map((step) => [step.step, step]));
    this.#names = namesOf(steps);
    const vertexes = steps.flatMap(({ step }) => this.#vertex(step, {})?.vertexes ?? []);
    if (this.#pullingSinceMs === undefined) return { vertexes };
    const completed = timestampOf(this.#now());
    return { vertexes: [{ ...this.#pulling(this.#pullingSinceMs), completed }, ...vertexes] };
  }

  #vertex(step: number, state: Partial<Vertex>): Status | undefined {
    const name = this.#names.get(step);
    const digest = this.vertexOf(step);
    if (name === undefined || digest === undefined) return undefined;
    return { vertexes: [{ ...blank, digest, name, inputs: this.#inputs(step), ...state }] };
  }

  /** Of steps that have no vertex, what they need in turn. */
  #inputs(step: number): readonly string[] {
    const needs = this.#plans.get(step)?.needs ?? [];
    return needs.flatMap((each) => this.vertexOf(each) ?? []);
  }

  #ended({ step, result }: Extract<BuildEvent, { kind: 'ended' }>): Status | undefined {
    const atMs = this.#started.get(step) ?? this.#now() - result.durationMs;
    const { state } = result;
    return this.#vertex(step, {
      started: timestampOf(atMs),
      completed: timestampOf(atMs + result.durationMs),
      cached: state === 'cached',
      error:
        state === 'failed'
          ? failureWords(result.message ?? 'failed', result.exitCode)
          : state === 'cancelled'
            ? 'context canceled'
            : '',
    });
  }

  #pulling(sinceMs: number): Vertex {
    return { ...blank, digest: this.#digest('images'), name: internal.images, started: timestampOf(sinceMs) };
  }

  #pull(message: Readonly<Record<string, unknown>>): Status | undefined {
    const { id, status, progressDetail } = message;
    const sinceMs = (this.#pullingSinceMs ??= this.#now());
    const vertexes = [this.#pulling(sinceMs)];
    if (typeof id !== 'string' || typeof status !== 'string') return { vertexes };
    const { current = 0, total = 0 } = (progressDetail ?? {}) as { readonly current?: number; readonly total?: number };
    const isOver = /^(?:Pull complete|Already exists)$/.test(status);
    const now = timestampOf(this.#now());
    const times = { timestamp: now, started: timestampOf(sinceMs), completed: isOver ? now : undefined };
    return {
      vertexes,
      statuses: [{ id, vertex: this.#digest('images'), name: `${id} ${status}`, current, total, ...times }],
    };
  }

  #work({ id, name, state, atMs, message }: Extract<BuildEvent, { kind: 'work' }>): Status {
    const begun = this.#works.get(id) ?? { name, atMs };
    this.#works.set(id, begun);
    const vertex = {
      ...blank,
      digest: this.#digest(`work ${id}`),
      name: begun.name,
      started: timestampOf(begun.atMs),
      completed: state === 'started' ? undefined : timestampOf(atMs),
      error: state === 'failed' ? (message ?? 'failed') : '',
    };
    return { vertexes: [vertex] };
  }

  #digest(name: string): string {
    return vertexDigest(this.#ref, name);
  }
}

const blank: Vertex = {
  digest: '',
  inputs: [],
  name: '',
  cached: false,
  started: undefined,
  completed: undefined,
  error: '',
};

/** A vertex of the engine's own work, whose times are known. */
export function internalVertex(
  ref: string,
  name: string,
  times: { readonly startedMs: number; readonly completedMs?: number; readonly error?: string },
): Vertex {
  return {
    ...blank,
    digest: vertexDigest(ref, name),
    name,
    started: timestampOf(times.startedMs),
    completed: times.completedMs === undefined ? undefined : timestampOf(times.completedMs),
    error: times.error ?? '',
  };
}

/** Something that was sent, whole. */
export function transfer(vertex: string, what: string, bytes: number, startedMs: number) {
  const now = timestampOf(Date.now());
  const times = { timestamp: now, started: timestampOf(startedMs), completed: now };
  return { id: what, vertex, name: what, current: bytes, total: 0, ...times };
}

function warning(vertex: string, message: string) {
  const short = new TextEncoder().encode(message);
  return { vertex, level: 1, short, detail: [], url: '', info: undefined, ranges: [] };
}

/** `[stage 2/3] RUN make`: of a stage's steps those count that make something. */
function namesOf(steps: readonly StepPlan[]): ReadonlyMap<number, string> {
  const stages = Map.groupBy(
    steps.filter(({ text }) => !silent.test(text)),
    ({ stage }) => stage,
  );
  const isMany = new Set(steps.map(({ stage }) => stage)).size > 1;
  const names = new Map<number, string>();
  for (const [stage, own] of stages) {
    for (const [index, { step, stageName, text }] of own.entries()) {
      const name = stageName ?? (isMany ? `stage-${stage}` : '');
      names.set(step, `[${name === '' ? '' : `${name} `}${index + 1}/${own.length}] ${text}`);
    }
  }
  return names;
}
