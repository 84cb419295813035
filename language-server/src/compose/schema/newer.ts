// What the Compose specification has beyond the schema that the package brings. Each is left out once the package has it.
// https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json

import type { JsonSchema } from './shape.ts';

type Properties = Readonly<Record<string, JsonSchema>>;

const flag = (description: string): JsonSchema => ({ type: ['boolean', 'string'], description });
const text = (description: string): JsonSchema => ({ type: 'string', description });

const preStart: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  patternProperties: { '^x-': {} },
  properties: {
    image: text('Image that the commands run in; the service’s own by default.'),
    command: { $ref: '#/definitions/command', description: 'Command that must succeed before the service starts.' },
    environment: { $ref: '#/definitions/list_or_dict', description: 'Environment of the command.' },
    user: text('User that the command runs as.'),
    working_dir: text('Folder that the command runs in.'),
    privileged: flag('Runs the command with all privileges.'),
    per_replica: flag('Runs the command for each replica and not once for the service.'),
  },
};

const additions: readonly (readonly [path: readonly string[], properties: Properties])[] = [
  [
    ['service'],
    {
      pre_start: {
        type: 'array',
        items: preStart,
        description: 'Commands that run to their end, each in a container of its own, before the service starts.',
      },
    },
  ],
  [
    ['service', 'properties', 'build', 'oneOf', '1'],
    {
      no_cache_filter: { $ref: '#/definitions/string_or_list', description: 'Stages that are built anew.' },
      provenance: { type: ['string', 'boolean'], description: 'Adds an attestation of where the image is from.' },
      sbom: { type: ['string', 'boolean'], description: 'Adds an attestation of what the image holds.' },
    },
  ],
  [
    ['development', 'properties', 'watch', 'items'],
    { initial_sync: { type: 'boolean', description: 'Syncs all files when watching begins.' } },
  ],
  // A model may be named without settings.
  [
    ['service', 'properties', 'models', 'oneOf', '1', 'patternProperties'],
    {
      '^[a-zA-Z0-9._-]+$': {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            patternProperties: { '^x-': {} },
            properties: {
              endpoint_var: text('Environment variable that has the address of the model.'),
              model_var: text('Environment variable that has the name of the model.'),
            },
          },
          { type: 'null' },
        ],
      },
    },
  ],
];

/** The schema with what is newer, in place. @param definitions of the schema, which are changed */
export function addNewer(definitions: Record<string, unknown>): void {
  for (const [path, properties] of additions) {
    let target: unknown = definitions;
    for (const step of path) target = isRecord(target) ? target[step] : undefined;
    if (!isRecord(target)) throw new Error(`the Compose schema has no ${path.join('.')}`);
    const holder = path.at(-1) === 'patternProperties' ? target : target['properties'];
    if (isRecord(holder)) Object.assign(holder, properties);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
