// Every rule there is.

import type { Rule } from '../rule.ts';
import { buildkitRules } from './buildkit/rules.ts';
import { hadolintRules } from './hadolint/rules.ts';
import { imageRules } from './image/rules.ts';
import { ownRules } from './own/rules.ts';

export const allRules: readonly Rule[] = [...buildkitRules, ...hadolintRules, ...imageRules, ...ownRules];
