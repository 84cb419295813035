// Rules of our own about the file alone.

import assert from 'node:assert/strict';
import { applyEdits } from '../../../language-server/src/lint/fixes.ts';
import { ownRules } from '../../../language-server/src/lint/rules/own/rules.ts';
import { lint, show } from './helpers.ts';

interface RuleCases {
  readonly fires: readonly (readonly [string, ...string[]])[];
  readonly silent: readonly string[];
  readonly fixed?: readonly (readonly [string, string])[];
}

const cases: Readonly<Record<string, RuleCases>> = {
  'single-quoted-json': {
    fires: [
      ["FROM a\nVOLUME ['/b', '/c']", "['/b', '/c']"],
      ["FROM a\nCOPY --link [ '/b', \\\n'/c/' ]", "[ '/b', \\\n'/c/' ]"],
      ["FROM a\nHEALTHCHECK CMD ['b']", "['b']"],
      ["FROM a\nSHELL [ '],',]", "[ '],',]"],
    ],
    silent: ['FROM a\nCMD ["b"]', "FROM a\nRUN [ 'b' = c ] && d", "FROM a\nRUN ['b'", "FROM a\nUSER ['b']"],
    fixed: [
      ["FROM a\nVOLUME [ '/b', '/c',]", 'FROM a\nVOLUME [ "/b", "/c"]'],
      ["FROM a\nONBUILD VOLUME ['/b']", 'FROM a\nONBUILD VOLUME ["/b"]'],
      ["FROM a\nHEALTHCHECK  CMD  ['b']", 'FROM a\nHEALTHCHECK  CMD  ["b"]'],
    ],
  },
  'directive-casing': {
    fires: [['# Syntax=a\n# ESCAPE=`\nFROM b', 'Syntax', 'ESCAPE']],
    silent: ['# escape=`\nFROM b', '# a\n# ESCAPE=`\nFROM b'],
    fixed: [['# ESCAPE=`\nFROM b', '# escape=`\nFROM b']],
  },
  'instruction-casing': {
    fires: [['from a\nonbuild run b', 'from', 'onbuild', 'run']],
    silent: ['FROM a\nRUN b', 'FROM a\nfoo b'],
    fixed: [['from a\nOnBuild run b', 'FROM a\nONBUILD RUN b']],
  },
  'long-file': {
    fires: [[`FROM a\n${'RUN c\n'.repeat(20_000)}`, 'RUN c']],
    silent: [`FROM a\n${'RUN c\n'.repeat(19_000)}`],
  },
  'empty-command': {
    fires: [
      ['FROM a\nRUN', 'RUN'],
      ['FROM a\nRUN --network=none\nENTRYPOINT \\\n', 'RUN', 'ENTRYPOINT'],
    ],
    silent: ['FROM a\nCMD', 'FROM a\nENTRYPOINT []', 'FROM a\nRUN b'],
  },
  'empty-flag': {
    fires: [['FROM --platform= a\nCOPY --from= --chown= b c', '--platform=', '--from=', '--chown=']],
    silent: ['FROM a\nCOPY --from b c', 'FROM a\nCOPY --link= b c', 'FROM a\nCOPY --from=x b c'],
    fixed: [['FROM a\nCOPY --from= --chown= b c', 'FROM a\nCOPY b c']],
  },
  'add-destination': {
    fires: [
      ['FROM a\nADD b c /d', '/d'],
      ['FROM a\nADD ["b", "c", "/d"]', '/d'],
    ],
    silent: [
      'FROM a\nADD b /d',
      'FROM a\nADD b c /d/',
      'FROM a\nADD b c .',
      'FROM a\nADD b c $d',
      '# escape=`\nFROM a\nADD b c C:\\d\\',
    ],
    fixed: [
      ['FROM a\nADD b c /d', 'FROM a\nADD b c /d/'],
      ['FROM a\nADD ["b", "c", "/d"]', 'FROM a\nADD ["b", "c", "/d/"]'],
    ],
  },
  'mount-without-target': {
    fires: [
      ['FROM alpine\nRUN --mount=type=cache x', '--mount=type=cache'],
      ['FROM scratch\nRUN --mount=from=b,source=/ x\nWORKDIR /y', '--mount=from=b,source=/'],
    ],
    silent: [
      'FROM alpine\nWORKDIR /y\nRUN --mount=type=cache x',
      'FROM alpine AS a\nWORKDIR /y\nFROM a\nRUN --mount=type=cache x',
      'FROM alpine\nRUN --mount=type=cache,dst=/x y',
      'FROM alpine\nRUN --mount=type=secret,id=x --mount=type=ssh --mount=type=$t y',
    ],
  },
};

function found(text: string, id: string) {
  const isOff = ownRules.find((rule) => rule.id === id)?.severity === 'off';
  return lint(text, isOff ? { severities: { [id]: 'style', ConsistentInstructionCasing: 'off' } } : {}).filter(
    ({ ids }) => ids.includes(id),
  );
}

describe('own rules', () => {
  for (const [id, { fires, silent, fixed = [] }] of Object.entries(cases)) {
    it(id, () => {
      for (const [text, ...expected] of fires) {
        const places = found(text, id).map((diagnostic) => show(text, diagnostic).replace(/^\S+: /, ''));
        assert.deepEqual(places, expected, text);
      }
      for (const text of silent) assert.deepEqual(found(text, id), [], text);
      for (const [before, after] of fixed) {
        const edits = found(before, id).flatMap(({ fix }) => fix?.edits ?? []);
        assert.equal(applyEdits(before, edits), after);
        assert.deepEqual(found(after, id), []);
      }
    });
  }

  it('are all tried', () => {
    assert.deepEqual(ownRules.map(({ id }) => id).toSorted(), Object.keys(cases).toSorted());
  });
});
