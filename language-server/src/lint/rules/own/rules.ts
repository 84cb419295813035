// Rules of our own that need nothing but the file.

import type { Rule } from '../../rule.ts';
import { lengthRules } from './length.ts';
import { placeRules } from './places.ts';
import { writingRules } from './writing.ts';

export const ownRules: readonly Rule[] = [...writingRules, ...placeRules, ...lengthRules];
