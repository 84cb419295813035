import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '../../runtime/src/api/routes.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/COMPATIBILITY.md'), 'utf8');
const documented = [...text.matchAll(/^\| `(\w+ \/[^`]*)`\s*\| (full|partial|none|own)\s*\|/gm)].map((row) => row[1]);

describe('docs/COMPATIBILITY.md', () => {
  it('names every route of the table, once, and no other', () => {
    const wanted = routes.map(({ method, pattern }) => `${method} ${pattern.replaceAll('...}', '}')}`);
    assert.equal(documented.length, wanted.length);
    assert.deepEqual(new Set(documented), new Set(wanted));
  });
});
