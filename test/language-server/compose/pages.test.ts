// Each rule of Compose and Bake files has a page in docs/rules, and the page's examples do what they say.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bake } from '../../../language-server/src/bake/language.ts';
import { bakeRules } from '../../../language-server/src/bake/rules.ts';
import { compose } from '../../../language-server/src/compose/language.ts';
import { composeRules } from '../../../language-server/src/compose/rules.ts';
import { root } from '../../helpers/paths.ts';
import { contextOf, plainDocument } from './workspace.ts';

const folder = join(root, 'docs/rules');
const rules: Readonly<Record<string, string>> = { ...composeRules, ...bakeRules };

const container = { id: '1', name: 'other', project: 'other', service: 'web', state: 'running', status: '' };
/** What the pages speak of: a Dockerfile, and an engine that has nothing but a container on port 80. */
const context = contextOf(
  { Dockerfile: 'FROM alpine AS prod\nARG VERSION\n', 'monitoring.yaml': 'services: {}\n' },
  {
    image: () => ({ kind: 'absent' }),
    volumes: () => ({ kind: 'known', value: [] }),
    networks: () => ({ kind: 'known', value: [] }),
    containers: () => ({
      kind: 'known',
      value: [{ ...container, ports: [{ host: '', hostPort: 80, protocol: 'tcp' }] }],
    }),
  },
);

function codes(id: string, text: string): readonly unknown[] {
  const found = id.startsWith('bake-')
    ? bake.features.diagnostics?.(bake.open(plainDocument(text, 'docker-bake.hcl')), context)
    : compose.features.diagnostics?.(compose.open(plainDocument(text)), context);
  return (found ?? []).map(({ code }) => code);
}

/** Severities as LSP counts them. */
const severities = ['error', 'warning', 'information', 'hint'];

describe('pages of rules for Compose and Bake files', () => {
  for (const [id, title] of Object.entries(rules)) {
    it(id, () => {
      const text = readFileSync(join(folder, `${id}.md`), 'utf8');
      const [bad = '', good = ''] = [...text.matchAll(/```(?:yaml|hcl)\n(.*?)```/gs)].map((match) => match[1]);
      assert.ok(text.startsWith(`# ${id}\n\n${title}.\n`), 'the title is another one');
      assert.ok(codes(id, bad).includes(id), `the bad example is not: ${codes(id, bad).join(' ')}`);
      assert.ok(!codes(id, good).includes(id), 'the good example is bad');
      assert.match(text, new RegExp(`\nSeverity: (?:${severities.join('|')})\\.\n`));
    });
  }

  it('are of rules that there are', () => {
    const names = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
    assert.deepEqual(
      names.filter((name) => /^(?:compose|bake)-/.test(name) && !Object.hasOwn(rules, name)),
      [],
    );
  });
});
