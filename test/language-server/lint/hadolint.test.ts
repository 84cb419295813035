// hadolint's rules: each fires where it should and nowhere else, and its fix mends what it found.

import assert from 'node:assert/strict';
import { applyEdits } from '../../../language-server/src/lint/fixes.ts';
import { hadolintRules } from '../../../language-server/src/lint/rules/hadolint/rules.ts';
import { cases } from './hadolint-cases.ts';
import { idsOf, lint } from './helpers.ts';

describe("hadolint's rules", () => {
  it('are all there, once each, with cases', () => {
    assert.equal(hadolintRules.length, 71);
    assert.deepEqual(
      hadolintRules.map(({ id }) => id),
      Object.keys(cases).toSorted(),
    );
  });

  for (const [id, { bad, good, fix = [], settings }] of Object.entries(cases)) {
    describe(id, () => {
      for (const text of bad) {
        it(`fires: ${JSON.stringify(text)}`, () => {
          const found = lint(text, settings).filter(({ ids }) => ids.includes(id));
          assert.notEqual(found.length, 0);
          for (const { span, message } of found) {
            assert.ok(span.start < span.end && span.end <= text.length, JSON.stringify(span));
            assert.match(message, /[.]$/);
          }
        });
      }
      for (const text of good) {
        it(`does not: ${JSON.stringify(text)}`, () => assert.ok(!idsOf(text, settings).includes(id)));
      }
      for (const [text, expected] of fix) {
        it(`mends: ${JSON.stringify(text)}`, () => {
          let now = text;
          for (let round = 0; round < 5; round += 1) {
            const remedy = lint(now, settings).find(({ ids }) => ids.includes(id))?.fix;
            if (remedy === undefined) break;
            now = applyEdits(now, remedy.edits);
          }
          assert.equal(now, expected);
          assert.ok(!idsOf(now, settings).includes(id));
        });
      }
    });
  }

  it('see ENV and ARG where they hold', () => {
    assert.ok(!idsOf('FROM a:1\nENV PIP_NO_CACHE_DIR=on\nRUN pip install a==1\n').includes('DL3042'));
    assert.ok(idsOf('FROM a:1 AS x\nENV PIP_NO_CACHE_DIR=1\nFROM b:1\nRUN pip install a==1\n').includes('DL3042'));
    assert.ok(!idsOf('FROM a:1 AS x\nENV PIP_NO_CACHE_DIR=1\nFROM x\nRUN pip install a==1\n').includes('DL3042'));
    assert.ok(!idsOf('FROM a:1\nARG V=1\nRUN yum install -y a-$V\n').includes('DL3033'));
    assert.ok(idsOf('FROM a:1\nRUN yum install -y a-$V\n').includes('DL3033'));
  });

  it('see scripts in heredocs, and leave other languages alone', () => {
    assert.ok(idsOf('FROM a:1\nRUN <<E\napt-get install a\nE\n').includes('DL3008'));
    assert.ok(idsOf('FROM a:1\nRUN bash -e <<E\napt-get install a\nE\n').includes('DL3008'));
    assert.ok(!idsOf('FROM a:1\nRUN <<E\n#!/usr/bin/env python3\napt-get install a\nE\n').includes('DL3008'));
    assert.ok(!idsOf('FROM a:1\nRUN cat > /x <<E\napt-get install a\nE\n').includes('DL3008'));
    assert.ok(!idsOf('FROM a:1\nSHELL ["powershell"]\nRUN apt-get install a\n').includes('DL3008'));
  });

  it('points at the words it is about', () => {
    const text = 'FROM a:1\nRUN apt-get install -y \\\n  a=1 b \\\n  c\n';
    const found = lint(text).find(({ code }) => code === 'DL3008');
    assert.equal(text.slice(found?.span.start, found?.span.end), 'b \\\n  c');
  });
});
