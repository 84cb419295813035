// Each rule has a page in docs/rules, and the page's examples do what they say.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from '../../../language-server/src/lint/faults.ts';
import { catalogue } from '../../../language-server/src/lint/lint.ts';
import type { LabelKind, LintSettings } from '../../../language-server/src/lint/rule.ts';
import { root } from '../../helpers/paths.ts';
import { idsOf } from './helpers.ts';

const folder = join(root, 'docs/rules');
const ids = [...catalogue.rules.map(({ id }) => id), ...Object.keys(faults)];

/** Rules whose examples need a world outside of the file; other tests make one. */
const needWorld: ReadonlySet<string> = new Set([
  'CopyIgnoredFile',
  'InvalidBaseImagePlatform',
  'missing-program',
  'missing-source',
  'missing-user',
  // A line of the length that its page only speaks of.
  'line-too-long',
  // A file of the length that its page only speaks of.
  'long-file',
]);

function page(id: string): { readonly text: string; readonly bad: string; readonly good: string } {
  const text = readFileSync(join(folder, `${id}.md`), 'utf8');
  const [bad = '', good = ''] = [...text.matchAll(/```dockerfile\n(.*?)```/gs)].map((match) => match[1]);
  return { text, bad, good };
}

/** What the page says that the configuration has. */
function settingsOf(id: string, text: string): Partial<LintSettings> {
  const label = /label-schema: \{([\w.]+): (\w+)\}/.exec(text);
  const isOff = catalogue.rule(id)?.severity === 'off';
  return {
    ...(isOff ? { severities: { [id]: 'warning' } } : {}),
    ...(text.includes('trustedRegistries: ') ? { allowedRegistries: ['registry.example.com'] } : {}),
    ...(label === null ? {} : { labelSchema: { [label[1] ?? '']: label[2] as LabelKind } }),
    strictLabels: text.includes('strict-labels: true'),
  };
}

describe('pages of rules', () => {
  for (const id of ids) {
    it(id, () => {
      const { text, bad, good } = page(id);
      const title = catalogue.rule(id)?.title ?? faults[id]?.title ?? '';
      assert.ok(text.startsWith(`# ${id}\n\n${title.replace(/\.$/, '')}.\n`), 'the title is another one');
      assert.ok(bad !== '' && good !== '', 'an example is missing');
      if (needWorld.has(id)) return;
      const settings = settingsOf(id, text);
      assert.ok(idsOf(bad, settings).includes(id), `the bad example is not: ${idsOf(bad, settings).join(' ')}`);
      assert.ok(!idsOf(good, settings).includes(id), 'the good example is bad');
    });
  }

  it('are of rules that there are', () => {
    const names = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
    const others = names.filter((name) => !ids.includes(name) && !/^(?:README|compose-|bake-)/.test(name));
    assert.deepEqual(others, []);
  });
});
