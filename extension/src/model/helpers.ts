// Containers and images that are made for a moment to look at files. They are nobody's: no list shows them.

import { stepLabel } from '../../../runtime/src/spec/step-label.ts';

export const helperLabel = 'dev.coracle.files';

export function isHelper(labels: Readonly<Record<string, string>> | null | undefined): boolean {
  return Object.hasOwn(labels ?? {}, helperLabel) || Object.hasOwn(labels ?? {}, stepLabel);
}
