// Fixes on files that strangers wrote and on files put together by chance: none makes an error, each mends what it is for, and
// all together come to an end.

import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../language-server/src/lint/diagnostic.ts';
import { applyEdits, compatibleFixes, fixAll } from '../../../language-server/src/lint/fixes.ts';
import { defaultSettings, Linter } from '../../../language-server/src/lint/lint.ts';
import { corpus } from '../corpus.ts';
import { seededRandom } from '../../spec/random.ts';
import { cases } from './hadolint-cases.ts';
import { modelOf } from './helpers.ts';

const linter = new Linter({ settings: defaultSettings });
const lint = (text: string) => linter.lint(modelOf(text));

/** Errors of the builder itself, without those that only follow from others. */
const faults = (found: readonly Diagnostic[]) => found.filter(({ code }) => /^[a-z]/.test(code)).length;
const count = (found: readonly Diagnostic[], code: string) => found.filter(({ ids }) => ids.includes(code)).length;

function checkEachFix(text: string, hint: string): void {
  const before = lint(text);
  for (const { code, fix } of before) {
    if (fix === undefined) continue;
    const after = applyEdits(text, fix.edits);
    const found = lint(after);
    const where = `${hint}: ${code} "${fix.title}"\n${after}`;
    assert.ok(faults(found) <= faults(before), where);
    assert.ok(count(found, code) < count(before, code), where);
  }
}

function checkFixAll(text: string, hint: string): void {
  const { text: after } = fixAll(text, lint);
  const found = lint(after);
  assert.ok(faults(found) <= faults(lint(text)), `${hint}\n${after}`);
  assert.deepEqual(
    compatibleFixes(found, ({ safe }) => safe).map(({ title }) => title),
    [],
    `${hint}\n${after}`,
  );
  assert.equal(fixAll(after, lint).fixes, 0, hint);
}

describe('fixes', () => {
  it('mend the files of strangers', () => {
    for (const { name, text } of corpus()) {
      checkEachFix(text, name);
      checkFixAll(text, name);
    }
  });

  it('mend files that are put together by chance', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = seededRandom(seed);
    const all = Object.values(cases).flatMap(({ bad, good }) => [...bad, ...good]);
    const lines = all.flatMap((text) => text.split(/(?<=\n)(?=[A-Z#])/));
    for (let round = 0; round < 200; round += 1) {
      const text = Array.from({ length: 1 + random(12) }, () => lines[random(lines.length)]).join('');
      const mixed = random(4) === 0 ? text.replaceAll('\n', '\r\n') : text;
      checkEachFix(mixed, `SEED=${seed}\n${mixed}`);
      checkFixAll(mixed, `SEED=${seed}\n${mixed}`);
    }
  });

  it('that touch each other are applied one after the other', () => {
    const text = 'FROM debian:12\nRUN apt install a=1\n';
    assert.deepEqual(
      fixAll(text, lint, () => true).text,
      'FROM debian:12\nRUN apt-get install --no-install-recommends -y a=1\n',
    );
  });
});
