// BuildKit's checks, all of them.

import type { Rule } from '../../rule.ts';

export const buildkitRules: readonly Rule[] = [];
