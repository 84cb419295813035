import assert from 'node:assert/strict';
import { portsText } from '../../runtime/src/cli/commands/ps.ts';
import { imageRows } from '../../runtime/src/cli/commands/images.ts';
import { indentJson } from '../../runtime/src/text/json-text.ts';
import { layOut } from '../../runtime/src/text/table.ts';
import { humanDuration } from '../../runtime/src/spec/duration.ts';
import { bytesSize, ellipsis, humanSize } from '../../runtime/src/text/units.ts';

describe('cli: units', () => {
  it('prints sizes as docker does', () => {
    assert.deepEqual(
      [0, 1, 999, 1000, 1993908, 123456789, 1e12].map((size) => humanSize(size)),
      ['0B', '1B', '999B', '1kB', '1.994MB', '123.5MB', '1TB'],
    );
    assert.deepEqual(
      [1993908, 123456789, 999_999].map((size) => humanSize(size, 3)),
      ['1.99MB', '123MB', '1e+03kB'],
    );
    assert.deepEqual([0, 1298137, 25276358656].map(bytesSize), ['0B', '1.238MiB', '23.54GiB']);
  });

  it('prints durations as docker does', () => {
    const s = 1000;
    const cases: readonly (readonly [number, string])[] = [
      [0, 'Less than a second'],
      [s, '1 second'],
      [59 * s, '59 seconds'],
      [60 * s, 'About a minute'],
      [119 * s, 'About a minute'],
      [120 * s, '2 minutes'],
      [3600 * s, 'About an hour'],
      [2 * 3600 * s, '2 hours'],
      [47 * 3600 * s, '47 hours'],
      [48 * 3600 * s, '2 days'],
      [14 * 24 * 3600 * s, '2 weeks'],
      [60 * 24 * 3600 * s, '2 months'],
      [730 * 24 * 3600 * s, '2 years'],
    ];
    for (const [ms, wanted] of cases) assert.equal(humanDuration(ms), wanted);
  });

  it('cuts by characters', () => {
    assert.equal(ellipsis('hello', 5), 'hello');
    assert.equal(ellipsis('hello!', 5), 'hell…');
    assert.equal(ellipsis('ééééé', 3), 'éé…');
  });
});

describe('cli: tables', () => {
  it('gives columns ten characters at least and three of padding', () => {
    assert.equal(layOut(['A\tB\tC', 'a\tbbbbbbbbbbbb\tc']), 'A         B              C\na         bbbbbbbbbbbb   c\n');
  });

  it('keeps an empty last cell as nothing', () => {
    assert.equal(layOut(['A\tB\t', 'a\tb\t']), 'A         B         \na         b         \n');
  });

  it('counts characters, not bytes', () => {
    assert.equal(layOut(['ID\tX', '…………………………\tx']), `${'ID'.padEnd(13)}X\n${'…………………………'.padEnd(13)}x\n`);
  });
});

describe('cli: JSON as text', () => {
  it('indents without touching numbers and escapes', () => {
    assert.equal(
      indentJson('{"a":9223372036854771712,"b":[],"c":{ },"d":["\\u003c{[",1],"e":{"f":null}}'),
      '{\n    "a": 9223372036854771712,\n    "b": [],\n    "c": {},\n    "d": [\n        "\\u003c{[",\n        1\n    ],\n    "e": {\n        "f": null\n    }\n}',
    );
  });
});

describe('cli: ports', () => {
  const port = (PrivatePort: number, PublicPort?: number, IP?: string, Type = 'tcp') => ({
    PrivatePort,
    Type,
    ...(PublicPort === undefined ? {} : { PublicPort }),
    ...(IP === undefined ? {} : { IP }),
  });

  it('draws neighbours together', () => {
    assert.equal(portsText([port(82), port(80), port(81), port(90)]), '80-82/tcp, 90/tcp');
    assert.equal(
      portsText([port(9000, 9000, '0.0.0.0'), port(9001, 9001, '0.0.0.0'), port(9000, 9000, '::')]),
      '0.0.0.0:9000-9001->9000-9001/tcp, [::]:9000->9000/tcp',
    );
  });

  it('tells moved ports one by one', () => {
    assert.equal(
      portsText([port(80, 8080, '0.0.0.0'), port(53, 53, '1.2.3.4', 'udp')]),
      '1.2.3.4:53->53/udp, 0.0.0.0:8080->80/tcp',
    );
  });
});

describe('cli: rows of images', () => {
  it('has one per tag, one for a digest without a tag, one for no name at all', () => {
    const names = (RepoTags: string[], RepoDigests: string[], digests: boolean) =>
      imageRows({ RepoTags, RepoDigests }, digests).map((row) => `${row.repository}:${row.tag}@${row.digest}`);
    assert.deepEqual(names(['a:1', 'a:2'], ['a@sha256:x'], false), ['a:1@<none>', 'a:2@<none>']);
    assert.deepEqual(names(['a:1'], ['a@sha256:x'], true), ['a:1@sha256:x']);
    assert.deepEqual(names([], ['a@sha256:x'], false), ['a:<none>@<none>']);
    assert.deepEqual(names([], [], false), ['<none>:<none>@<none>']);
    assert.deepEqual(names(['h:5/a:1'], [], false), ['h:5/a:1@<none>']);
  });
});
