// The configuration of the image that a build ends with: the last step's, the labels asked for, and the history of all steps that
// it stands on. Times are those at which steps were carried out, so that a build that the cache had whole gives the same image again.

import type { OciHistory, OciImageConfig } from '../spec/oci.ts';
import type { BaseImage, Operation, Plan, Snapshot } from './contract.ts';

export interface ImageOptions {
  readonly labels: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]` of an image on nothing. */
  readonly platform: string;
  /** RFC 3339: the time of what has no other. */
  readonly created: string;
  /** Whether `created` is the time of all that is in the image. */
  readonly isFixed: boolean;
}

/** @param results what each operation ended with, by its index */
export function imageConfig(plan: Plan, results: ReadonlyMap<number, Snapshot>, options: ImageOptions): OciImageConfig {
  const chain = chainOf(plan);
  const last = chain.at(-1);
  const base = baseOf(chain[0]);
  const config = last?.config ?? {};
  const labels = { ...config.Labels, ...options.labels };
  const layers = results.get(plan.result)?.layers ?? [];
  const history = historyOf(chain, results, base?.config.created, options);
  const author = history.findLast((entry) => entry.author !== undefined)?.author ?? base?.config.author;
  return {
    ...(base === undefined ? platformFields(options.platform) : inherited(base.config)),
    ...(author === undefined ? {} : { author }),
    created: history.at(-1)?.created ?? base?.config.created ?? options.created,
    config: { ...config, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...(base?.config.history ?? []), ...history],
  };
}

/** The operations that the result stands on, first to last, through all stages. */
export function chainOf({ operations, result }: Plan): readonly Operation[] {
  const chain: Operation[] = [];
  for (let operation = operations[result]; operation !== undefined;) {
    chain.unshift(operation);
    if (operation.kind !== 'from') operation = operations[operation.index - 1];
    else operation = operation.base.kind === 'stage' ? operations[operation.base.last] : undefined;
  }
  return chain;
}

function baseOf(first: Operation | undefined): BaseImage | undefined {
  return first?.kind === 'from' && first.base.kind === 'image' ? first.base.image : undefined;
}

function inherited({
  architecture,
  os,
  variant,
}: OciImageConfig): Pick<OciImageConfig, 'architecture' | 'os' | 'variant'> {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

function platformFields(platform: string): Pick<OciImageConfig, 'architecture' | 'os' | 'variant'> {
  const [os = 'linux', architecture = '', variant] = platform.split('/');
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

/** A step that made no layer says so, whatever it was meant to do. */
function historyOf(
  chain: readonly Operation[],
  results: ReadonlyMap<number, Snapshot>,
  ofBase: string | undefined,
  options: ImageOptions,
): readonly OciHistory[] {
  let before = 0;
  return chain.flatMap(({ index, history }) => {
    const { layers = [], createdAtMs } = results.get(index) ?? {};
    const depth = layers.length;
    const isEmpty = depth === before;
    before = depth;
    if (history === undefined) return [];
    const { empty_layer: _, ...rest } = history;
    const created = options.isFixed ? options.created : (timeOf(createdAtMs) ?? ofBase ?? options.created);
    return [{ ...rest, created, ...(isEmpty ? { empty_layer: true } : {}) }];
  });
}

function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
