// Files that were made to be slow: the linter's time grows with the file and not faster, and every fix of them can be applied.

import assert from 'node:assert/strict';
import { applyEdits, compatibleFixes } from '../../../language-server/src/lint/fixes.ts';
import { ignoreFixes } from '../../../language-server/src/lint/ignore-fixes.ts';
import { report } from '../../../language-server/src/lint/report/report.ts';
import { lint, modelOf } from './helpers.ts';

const many = 10_000;
const from = 'FROM a\n';
const each = (make: (index: number) => string, count = many) =>
  Array.from({ length: count }, (_, index) => make(index)).join('');

const files: Readonly<Record<string, string>> = {
  'RUNs with lists': from + 'RUN apt-get update && apt-get install x\n'.repeat(many),
  'RUNs in a row': from + 'RUN a\n'.repeat(many),
  triggers: from + 'ONBUILD RUN apt-get install x\n'.repeat(many),
  'stages of one name': 'FROM a AS b\n'.repeat(many),
  'a tower of stages': each(
    (index) => `FROM s${index} AS s${index + 1}\nCOPY --from=s1 a b\nRUN pip install a\n`,
    many / 4,
  ),
  variables:
    from + each((index) => `ENV A${index}=$A${index + 1} B=$A${index}\nRUN yum install a-$A${index}\n`, many / 2),
  'an ENV of many variables': `${from}ENV ${each((index) => `A${index}=$A${index + 1} `)}\n`,
  archives: from + 'COPY a.tar b\nRUN tar xf a.tar\n'.repeat(many / 2),
  labels: `${from}LABEL ${'A=x b=y '.repeat(many)}\n`,
  'relative folders': `${from}WORKDIR /a\n${'WORKDIR b\n'.repeat(many)}`,
  'commands that do not count': from + 'CMD a b\n'.repeat(many),
  pragmas: '# hadolint stage ignore=DL3008\n'.repeat(many) + from,
  'pragmas of stages': `# hadolint ignore=DL3006\n${from}`.repeat(many / 2),
  shells: from + each((index) => `SHELL ["s${index}"]\nRUN a | b\n`, many / 2),
  'a long script': `${from}RUN ${'apt-get install x && '.repeat(many)}y\n`,
  'a long list of packages': `${from}RUN apt-get install ${'x '.repeat(many * 10)}\n`,
  quotes: `${from}COPY ${'"'.repeat(many * 10)}x /y\nWORKDIR ${"'".repeat(many * 10)}x\n`,
  'spaces in a pragma': `# hadolint ignore=DL3008${' '.repeat(many * 5)}x\n# hadolint ${' '.repeat(many * 5)}\n${from}`,
  NUL: from + '\0'.repeat(many),
};

describe('linter on files that were made to be slow', () => {
  const settings = {
    severities: { DL1001: 'info', DL3057: 'info' },
    labelSchema: { A: 'url', b: 'semver' },
    allowedRegistries: ['x.y'],
  } as const;

  for (const [name, text] of Object.entries(files)) {
    it(name, () => {
      const started = process.cpuUsage();
      const diagnostics = lint(text, settings);
      applyEdits(
        text,
        compatibleFixes(diagnostics, () => true).flatMap(({ edits }) => edits),
      );
      const [first] = diagnostics;
      if (first !== undefined) ignoreFixes(modelOf(text), first);
      const options = { color: false, version: '0', path: undefined, hash: (value: string) => value };
      report('json', [{ name, text, diagnostics }], options);
      const { user } = process.cpuUsage(started);
      assert.ok(user < 8_000_000, `${user} µs`);
    });
  }
});

describe('linter on files that are longer than anybody writes', () => {
  const long = `FROM a\n${each((index) => `RUN apt-get install x${index}\n`, 10 * many)}NOSUCH x\n`;

  it('looks at the beginning, says so, and tells of every line what a build refuses', () => {
    const started = process.cpuUsage();
    const diagnostics = lint(long);
    const { user } = process.cpuUsage(started);
    assert.ok(user < 8_000_000, `${user} µs`);
    const limit = diagnostics.filter(({ code }) => code === 'long-file');
    assert.equal(limit.length, 1);
    const end = limit[0]?.span.end ?? 0;
    assert.ok(diagnostics.some(({ code }) => code === 'DL3008'));
    const after = diagnostics.filter(({ span }) => span.start > end);
    assert.deepEqual(
      after.map(({ code }) => code),
      ['unknown-instruction'],
    );
  });

  it('says nothing of a file that it looks at as a whole', () => {
    assert.ok(!lint(`FROM a\n${'RUN a\n'.repeat(many)}`).some(({ code }) => code === 'long-file'));
  });
});
