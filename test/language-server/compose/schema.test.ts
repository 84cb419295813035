// Our walk of the Compose schema against a validator that knows nothing but JSON Schema: both accept and refuse the same.

import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { stringify } from 'yaml';
import { analyse } from '../../../language-server/src/compose/model/model.ts';
import { composeShape } from '../../../language-server/src/compose/schema/shape.ts';
import { validate } from '../../../language-server/src/compose/schema/validate.ts';
import { parseYaml } from '../../../language-server/src/compose/yaml/parse.ts';
import schema from '../../../node_modules/dclint/schemas/compose.schema.json' with { type: 'json' };
import { seededRandom } from '../../spec/random.ts';

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

const example: Value = {
  name: 'shop',
  include: ['a.yaml', { path: ['b.yaml'], env_file: 'x.env' }],
  services: {
    web: {
      image: 'nginx',
      build: { context: '.', args: { A: 1, B: null }, target: 'prod', ssh: ['default'] },
      ports: ['80:80', 81, { target: 82, published: '82', mode: 'host' }],
      environment: ['A=1', 'B=2'],
      depends_on: { db: { condition: 'service_healthy', restart: true } },
      networks: { front: { aliases: ['w'], priority: 1 }, back: null },
      volumes: ['data:/data', { type: 'volume', source: 'data', target: '/x', read_only: true }],
      healthcheck: { test: ['CMD', 'true'], interval: '5s', retries: 3 },
      deploy: {
        replicas: 2,
        resources: { limits: { cpus: '0.5', memory: '1g' } },
        update_config: { order: 'start-first' },
      },
      ulimits: { nproc: 1, nofile: { soft: 1, hard: 2 } },
      cap_add: ['A', 'B'],
      command: null,
      cgroup: 'host',
      oom_score_adj: 5,
      privileged: false,
      logging: { driver: 'local', options: { 'max-size': '1m' } },
      develop: { watch: [{ path: '.', action: 'sync', target: '/x' }] },
      extends: { service: 'db' },
      secrets: ['key', { source: 'key', mode: 400 }],
      'x-own': { anything: [1] },
    },
    db: { image: 'postgres', depends_on: ['web'], env_file: ['a', { path: 'b', required: false }], gpus: 'all' },
  },
  networks: { front: null, back: { driver: 'bridge', ipam: { config: [{ subnet: '10.0.0.0/8' }] } } },
  volumes: { data: { external: true } },
  secrets: { key: { file: './key' } },
  models: { m: { model: 'x', context_size: 5 } },
};

const replacements: readonly Value[] = [
  'text',
  7,
  1.5,
  true,
  null,
  [],
  ['a'],
  ['a', 'a'],
  [1],
  {},
  { a: 'b' },
  { a: { b: 1 } },
];

function isMap(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Changes one thing somewhere in a value. */
function mutate(value: Value, next: (below: number) => number): Value {
  const keys = isMap(value) ? Object.keys(value) : Array.isArray(value) ? [...value.keys()].map(String) : [];
  const choice = next(10);
  if (keys.length === 0 || choice === 0) return replacements[next(replacements.length)] ?? null;
  const key = keys[next(keys.length)] ?? '';
  if (isMap(value)) {
    const { [key]: inner = null, ...rest } = value;
    if (choice === 1) return rest;
    if (choice === 2)
      return { ...value, [next(2) === 0 ? 'unknown' : 'x-known']: replacements[next(replacements.length)] ?? null };
    return { ...value, [key]: mutate(inner, next) };
  }
  if (!Array.isArray(value)) return value;
  return value.map((item, index) => (String(index) === key ? mutate(item, next) : item));
}

describe('the schema of Compose files', () => {
  it('accepts and refuses what a JSON Schema validator does', () => {
    // It names its dialect by an address that the validator does not know.
    const { $schema: _, ...rules } = schema;
    const accepts = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(rules);
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const next = seededRandom(seed);
    const counts = { accepted: 0, refused: 0 };
    for (let round = 0; round < 500; round += 1) {
      const value: Value = round === 0 ? example : mutate(next(2) === 0 ? example : mutate(example, next), next);
      if (!isMap(value)) continue;
      const file = parseYaml(stringify(value, { aliasDuplicateObjects: false }));
      const findings = file.root === undefined ? [] : validate(file.root, composeShape(), analyse(file).resolver);
      const expected = accepts(value);
      counts[expected ? 'accepted' : 'refused'] += 1;
      const told = findings.map(({ code, message }) => `${code}: ${message}`).join('\n');
      assert.equal(
        findings.length === 0,
        expected,
        `SEED=${seed}\n${JSON.stringify(value)}\n${told}\n${JSON.stringify(accepts.errors)}`,
      );
    }
    assert.ok(counts.accepted > 50 && counts.refused > 50, JSON.stringify(counts));
  });
});
