// The image of a step of a build that was, to run a shell in.

import type { StepImageOptions } from '../spec/engine/builds.ts';
import { EngineError } from '../spec/errors.ts';
import type { OciContainerConfig, OciImageConfig } from '../spec/oci.ts';
import { stepLabel } from '../spec/step-label.ts';
import type { LayerRef } from './contract.ts';
import type { KeptBuild, StepRoot } from './records/record.ts';

/**
 * What a step ended with; of the one that failed what it had made by then where that is kept, else what it began with.
 * @throws EngineError notFound for a step that there is not, or that was not come to
 */
export function stepRoot(
  { record, roots }: KeptBuild,
  halfMade: StepRoot | undefined,
  { step, isBefore }: StepImageOptions,
): StepRoot {
  const failed = record.steps.find(({ result }) => result?.state === 'failed')?.step;
  const reached = record.steps.findLast(({ result }) => result !== undefined)?.step;
  const wanted = step ?? failed ?? reached;
  if (wanted === undefined) throw new EngineError('notFound', `build ${record.id} came to no step`);
  if (wanted === failed && halfMade !== undefined && !isBefore) return halfMade;
  const root = roots[wanted];
  if (root !== undefined) return root;
  throw new EngineError('notFound', `build ${record.id} did not come to a step ${wanted}`);
}

export function shellConfig(
  config: OciContainerConfig,
  layers: readonly LayerRef[],
  platform: string,
  nowMs: number,
): OciImageConfig {
  const [os = 'linux', architecture = ''] = platform.split('/');
  return {
    os,
    architecture,
    created: new Date(nowMs).toISOString(),
    config: {
      ...config,
      Labels: { ...config.Labels, [stepLabel]: '' },
      Entrypoint: null,
      Cmd: [config.Shell?.[0] ?? '/bin/sh'],
      Healthcheck: { Test: ['NONE'] },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [],
  };
}
