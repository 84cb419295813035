import type { DirectiveReference } from './reference.ts';

export const directives: readonly DirectiveReference[] = [
  {
    name: 'syntax',
    text: 'Image of the frontend that reads this file. It must be the first line. `docker/dockerfile:1` is the newest stable version of the language.',
    choices: [
      { value: 'docker/dockerfile:1', text: 'the newest stable syntax' },
      { value: 'docker/dockerfile:1-labs', text: 'the newest syntax with what is not stable yet' },
    ],
  },
  {
    name: 'escape',
    text: 'The character that escapes, and continues lines at their end. A backtick lets Windows paths be written as they are.',
    choices: [
      { value: '\\', text: 'backslash, the default' },
      { value: '`', text: 'backtick, for Windows paths' },
    ],
  },
  {
    name: 'check',
    text: 'How the build checks this file: `skip=Rule,Rule` or `skip=all` leaves checks out, `error=true` makes them fail the build, `experimental=…` adds new ones. Parts are separated by semicolons.',
    choices: [
      { value: 'skip=', text: 'rules that are left out' },
      { value: 'skip=all', text: 'no checks' },
      { value: 'error=true', text: 'a finding fails the build' },
      { value: 'experimental=all', text: 'experimental rules as well' },
    ],
  },
];
