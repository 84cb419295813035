import type { Rule } from '../../rule.ts';
import { missingProgram, missingShell } from './programs.ts';
import { missingSource } from './sources.ts';
import { missingUser } from './users.ts';

/** Rules that ask what images and the build's context really hold. */
export const imageRules: readonly Rule[] = [missingProgram, missingShell, missingSource, missingUser];
