// Layout of Compose files: what it looks like, that it says the same, and that a second time changes nothing.

import assert from 'node:assert/strict';
import { formatText } from '../../../language-server/src/compose/format/format.ts';
import { commentsOf, sameTree } from '../../../language-server/src/compose/format/same.ts';
import { compose } from '../../../language-server/src/compose/language.ts';
import { parseYaml } from '../../../language-server/src/compose/yaml/parse.ts';
import { seededRandom } from '../../spec/random.ts';
import { samples } from './samples.ts';
import { contextOf, plainDocument } from './workspace.ts';

const options = { tabSize: 2, insertSpaces: true };

function editsOf(text: string) {
  return compose.features.formatting?.(compose.open(plainDocument(text)), options, contextOf()) ?? [];
}

describe('layout of Compose files', () => {
  it('indents, narrows and clears away', () => {
    const text =
      'services:\n    a:\n        image:   x  \n\n\n        command: |\n           one\n             two\n        # why\n        ports:\n            -    "1:1"\n            -   target: 1\n                mode: host\n# end\n    b: {image: y,\n       init: true}\n\n\n';
    const expected =
      'services:\n  a:\n    image: x\n\n    command: |\n       one\n         two\n    # why\n    ports:\n      - "1:1"\n      - target: 1\n        mode: host\n  # end\n  b: {image: y,\n     init: true}\n';
    assert.equal(formatText(text, 2), expected);
  });

  it('leaves lists at the column of their key where the file has them there', () => {
    const text = 'include:\n- a\n- b\n';
    assert.equal(formatText(text, 2), text);
  });

  it('keeps line ends', () => {
    assert.equal(formatText('a:\r\n    b: 1\r\n', 2), 'a:\r\n  b: 1\r\n');
  });

  it('says the same afterwards, and nothing new the second time', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const next = seededRandom(seed);
    for (const sample of samples) {
      for (let round = 0; round < 30; round += 1) {
        // White space where it may be.
        const text =
          round === 0
            ? sample
            : sample
                .replaceAll(/^( *)(\w)/gm, (all) => (next(10) < 1 ? `\n${all}` : all))
                .replaceAll(/: (?=\w)/g, (all) => (next(10) < 2 ? `${all}  ` : all));
        const before = parseYaml(text);
        if (before.faults.length > 0) continue;
        const formatted = formatText(text, next(2) < 1 ? 2 : 4, before);
        const after = parseYaml(formatted);
        assert.ok(sameTree(before.root, after.root), `SEED=${seed}\n${text}`);
        assert.deepEqual(commentsOf(formatted, after), commentsOf(text, before));
      }
      if (parseYaml(sample).faults.length > 0) continue;
      const once = formatText(sample, 2);
      assert.equal(formatText(once, 2), once);
    }
  });

  it('gives edits of lines that make the text', () => {
    for (const sample of samples) {
      const document = plainDocument(sample);
      const edits = editsOf(sample).toSorted(
        (a, b) => document.offsetAt(b.range.start) - document.offsetAt(a.range.start),
      );
      const result = edits.reduce(
        (so, { range, newText }) =>
          so.slice(0, document.offsetAt(range.start)) + newText + so.slice(document.offsetAt(range.end)),
        sample,
      );
      assert.equal(result, formatText(sample, 2));
    }
  });

  it('leaves a file with errors alone', () => {
    assert.deepEqual(editsOf('services:\n    a: "x\n'), []);
  });
});
