// The languages that files are made for, in the order in which they are offered.

import type { Language } from '../project.ts';
import { go } from './go.ts';
import { node } from './node.ts';
import { python } from './python.ts';
import { site } from './site.ts';

export const languages: readonly Language[] = [node, python, go, site];
