// Rules that guess at the base image are heard only as long as nobody knows it: what its configuration says counts against them.

import type { ImageFacts } from '../knowledge/knowledge.ts';
import { baseFacts } from './base-image.ts';
import type { FileContext, RuleId } from './rule.ts';

const refutations: Readonly<Record<RuleId, (facts: ImageFacts) => boolean>> = {
  WorkdirRelativePath: ({ workingDir }) => workingDir.startsWith('/'),
  DL3045: ({ workingDir }) => workingDir !== '' && workingDir !== '/',
  DL3057: ({ hasHealthcheck }) => hasHealthcheck,
  DL4006: ({ shell }) => shell.some((word) => word.includes('pipefail')),
};

/** Whether the base image of the stage shows that a finding is none. */
export function isRefuted(
  id: RuleId,
  item: number,
  { model, knowledge }: Pick<FileContext, 'model' | 'knowledge'>,
): boolean {
  if (!Object.hasOwn(refutations, id)) return false;
  const facts = baseFacts(model.stageOf(item), knowledge);
  return facts !== undefined && refutations[id]?.(facts) === true;
}
