// What is looked for in Compose files. Each rule has a page in docs/rules, whose title is the one here.

import type { Finding as AnyFinding } from '../language/finding.ts';

export const composeRules = {
  'compose-container-name': 'Each container has a name of its own',
  'compose-dependency-cycle': 'No service waits for itself',
  'compose-dockerfile-inline': 'A service has one Dockerfile',
  'compose-duplicate-item': 'A list has each value once',
  'compose-duplicate-key': 'A mapping has each key once',
  'compose-extends-cycle': 'No service extends itself',
  'compose-external-absent': 'External volumes and networks are there',
  'compose-image-absent': 'Images are on this machine, or will be pulled',
  'compose-include-cycle': 'No file includes itself',
  'compose-invalid-duration': 'Durations have units that are known',
  'compose-invalid-image': 'Images are references',
  'compose-invalid-interpolation': 'A brace after a dollar sign begins a variable',
  'compose-invalid-name': 'Names have letters, digits and a few signs',
  'compose-invalid-port': 'Ports are numbers or ranges',
  'compose-missing-file': 'Files that are named are there',
  'compose-missing-healthcheck': 'Only what has a healthcheck becomes healthy',
  'compose-missing-key': 'Keys that are required are there',
  'compose-network-mode': 'A service is on networks or shares one',
  'compose-nothing-to-run': 'A service has an image or is built',
  'compose-obsolete-version': '`version` has no meaning any more',
  'compose-port-clash': 'One service has a port',
  'compose-port-in-use': 'Ports are free on this machine',
  'compose-syntax': 'A Compose file is YAML',
  'compose-type': 'Values are of the type that Compose wants',
  'compose-undefined-anchor': 'An alias has an anchor before it',
  'compose-undefined-argument': 'Build arguments are ARGs of the Dockerfile',
  'compose-undefined-name': 'Names that are used are defined',
  'compose-undefined-stage': 'The stage that is built is in the Dockerfile',
  'compose-undefined-variable': 'Variables are set or have a default',
  'compose-unknown-key': 'Keys are known to Compose',
  'compose-unused-name': 'What is defined is used',
  'compose-value': 'Values are those that Compose knows',
} as const;

export interface Finding extends AnyFinding {
  readonly code: keyof typeof composeRules;
}
