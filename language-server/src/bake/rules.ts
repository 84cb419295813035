// What is looked for in Bake files. Each rule has a page in docs/rules, whose title is the one here.

import type { Finding as AnyFinding } from '../language/finding.ts';

export const bakeRules = {
  'bake-dockerfile-inline': 'A target has one Dockerfile',
  'bake-duplicate-attribute': 'A block has each attribute once',
  'bake-duplicate-name': 'Variables, functions and groups have names of their own',
  'bake-group-cycle': 'No group holds itself',
  'bake-inherits-cycle': 'No target inherits from itself',
  'bake-matrix-name': 'A matrix gives its targets names',
  'bake-missing-equals': 'Maps are attributes',
  'bake-name': 'Blocks have one name of letters, digits and dashes',
  'bake-syntax': 'A Bake file is HCL or JSON',
  'bake-type': 'Values are of the type that Bake wants',
  'bake-undefined-argument': 'Build arguments are ARGs of the Dockerfile',
  'bake-undefined-function': 'Functions that are called are there',
  'bake-undefined-stage': 'The stage that is built is in the Dockerfile',
  'bake-undefined-target': 'Targets that are named are there',
  'bake-undefined-variable': 'Variables that are used are defined',
  'bake-unknown-attribute': 'Attributes are known to Bake',
  'bake-unknown-block': 'Blocks are known to Bake',
  'bake-value': 'Values are among those that a build takes',
  'bake-variable-cycle': 'No variable needs itself',
} as const;

export interface Finding extends AnyFinding {
  readonly code: keyof typeof bakeRules;
}
