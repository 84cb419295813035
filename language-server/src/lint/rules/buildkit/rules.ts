// BuildKit's checks, all of them.

import type { Rule } from '../../rule.ts';
import { baseRules } from './base.ts';
import { casingRules } from './casing.ts';
import { commandRules } from './commands.ts';
import { descriptionRules } from './descriptions.ts';
import { pairRules } from './pairs.ts';
import { pathRules } from './paths.ts';
import { portRules } from './ports.ts';
import { stageRules } from './stages.ts';
import { variableRules } from './variables.ts';

export const buildkitRules: readonly Rule[] = [
  ...casingRules,
  ...stageRules,
  ...commandRules,
  ...baseRules,
  ...variableRules,
  ...pairRules,
  ...pathRules,
  ...portRules,
  ...descriptionRules,
];
