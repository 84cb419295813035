// Documents: positions in both encodings, and lines that stay right through any edits.

import assert from 'node:assert/strict';
import { Document } from '../../../language-server/src/language/document.ts';
import type { Encoding } from '../../../language-server/src/language/units.ts';
import { seededRandom } from '../../spec/random.ts';

const about = { uri: 'file:///w/Dockerfile', languageId: 'dockerfile', version: 1 };

function document(text: string, encoding: Encoding = 'utf-16'): Document {
  return new Document({ ...about, encoding }, text);
}

describe('language server: documents', () => {
  it('ends lines as LSP does, and positions beyond a line at its end', () => {
    const text = document('a\r\nbc\rd\n\ne');
    assert.deepEqual(text.lineStarts, [0, 3, 6, 8, 9]);
    assert.equal(text.offsetAt({ line: 0, character: 99 }), 1);
    assert.equal(text.offsetAt({ line: 1, character: 99 }), 5);
    assert.equal(text.offsetAt({ line: 3, character: 1 }), 8);
    assert.equal(text.offsetAt({ line: 9, character: 0 }), 10);
    assert.deepEqual(text.positionAt(10), { line: 4, character: 1 });
    assert.deepEqual(text.positionAt(99), { line: 4, character: 1 });
  });

  it('counts bytes where UTF-8 was agreed', () => {
    const text = document('é𝄞x\n漢y', 'utf-8');
    assert.deepEqual(text.positionAt(3), { line: 0, character: 6 });
    assert.equal(text.offsetAt({ line: 0, character: 6 }), 3);
    assert.deepEqual(text.positionAt(6), { line: 1, character: 3 });
    assert.equal(text.offsetAt({ line: 1, character: 3 }), 6);
    assert.deepEqual(document('é𝄞x').positionAt(3), { line: 0, character: 3 });
  });

  it('has the same lines after edits as if the text were new', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const next = seededRandom(seed);
    const pieces = ['a', '\n', '\r', '\r\n', 'é', '𝄞', 'RUN x', '\n\n', ''];
    const pick = () => Array.from({ length: next(6) }, () => pieces[next(pieces.length)] ?? '').join('');
    for (let round = 0; round < 300; round++) {
      let current = document(pick() + pick() + pick(), round % 2 === 0 ? 'utf-16' : 'utf-8');
      for (let version = 2; version < 12; version++) {
        const ends = [next(current.text.length + 1), next(current.text.length + 1)].toSorted((a, b) => a - b);
        const range = current.range(ends[0] ?? 0, ends[1] ?? 0);
        const { document: edited, changes } = current.edit(version, [{ range, text: pick() }]);
        const [change] = changes;
        assert.ok(change);
        const expected = current.text.slice(0, change.start) + change.text + current.text.slice(change.end);
        assert.equal(edited.text, expected, `SEED=${seed}`);
        assert.deepEqual(edited.lineStarts, document(expected).lineStarts, `SEED=${seed} ${JSON.stringify(expected)}`);
        assert.equal(edited.version, version);
        current = edited;
      }
    }
  });

  it('takes several changes in order, and a whole new text', () => {
    const { document: edited, changes } = document('ab\ncd').edit(2, [
      { range: { start: { line: 0, character: 1 }, end: { line: 1, character: 1 } }, text: 'X\nY' },
      { range: { start: { line: 1, character: 1 }, end: { line: 1, character: 1 } }, text: 'Z' },
    ]);
    assert.equal(edited.text, 'aX\nYZd');
    assert.deepEqual(changes, [
      { start: 1, end: 4, text: 'X\nY' },
      { start: 4, end: 4, text: 'Z' },
    ]);
    assert.equal(edited.edit(3, [{ text: 'new' }]).document.text, 'new');
  });
});
