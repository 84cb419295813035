// Which line gives a variable its value where, and which stage stands on which.

import assert from 'node:assert/strict';
import { definitionOf, definitionsAt, type BaseEnvironment } from '../../../runtime/src/spec/dockerfile/scope.ts';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import { model } from './helpers.ts';

/** What a variable is for the last instruction of a file: `kind value @line`. */
function last(text: string, name: string, environment?: BaseEnvironment): string {
  const found = model(text);
  const item = found.file.items.length - 1;
  const definition = definitionOf(found, item, name, environment);
  if (definition === undefined) return 'none';
  const line = definition.place === undefined ? '' : ` @${String(definition.place.item)}`;
  return `${definition.kind} ${definition.value ?? '?'}${line}`;
}

describe('variables in a stage', () => {
  const cases: [string, string, string, string][] = [
    ['ENV', 'FROM scratch\nENV a=1\nUSER $a', 'a', 'env 1 @1'],
    ['not before its line', 'FROM scratch\nUSER $a\n', 'a', 'none'],
    ['not in its own line', 'FROM scratch\nENV a=1\nENV a=2 b=$a', 'a', 'env 1 @1'],
    ['all pairs of an ENV see what was before', 'FROM scratch\nENV a=1\nENV a=2 b=$a\nUSER x', 'b', 'env 1 @2'],
    ['each ARG sees the one before', 'FROM scratch\nARG a=1 b=$a\nUSER x', 'b', 'arg 1 @1'],
    ['the last line wins', 'FROM scratch\nARG a=1\nENV a=2\nUSER x', 'a', 'env 2 @2'],
    ['ARG after ENV as well', 'FROM scratch\nENV a=2\nARG a=1\nUSER x', 'a', 'arg 1 @2'],
    ['an ARG without value leaves what is there', 'FROM scratch\nENV a=2\nARG a\nUSER x', 'a', 'env 2 @1'],
    ['an ARG without value has none', 'FROM scratch\nARG a\nUSER x', 'a', 'arg ? @1'],
    ['a global ARG only counts once it is declared', 'ARG a=1\nFROM scratch\nUSER x', 'a', 'none'],
    ['a declared global ARG has its value', 'ARG a=1\nFROM scratch\nARG a\nUSER x', 'a', 'arg 1 @2'],
    ['an own default beats the global one', 'ARG a=1\nFROM scratch\nARG a=3\nUSER x', 'a', 'arg 3 @2'],
    ['a later global ARG wins', 'ARG a=1\nARG a=$a-2\nFROM scratch\nARG a\nUSER x', 'a', 'arg 1-2 @3'],
    ['a platform argument has no known value', 'FROM scratch\nARG TARGETARCH\nUSER x', 'TARGETARCH', 'arg ? @1'],
    ['nor is it there without ARG', 'FROM scratch\nUSER x', 'TARGETARCH', 'none'],
    ['the old form of ENV', 'FROM scratch\nENV a b c\nUSER x', 'a', 'env b c @1'],
    ['modifiers', 'FROM scratch\nENV a=x.tar.gz b=${c:-d}\nENV e=${a%%.*}${b}\nUSER x', 'e', 'env xd @2'],
    [
      'PATH is always set',
      'FROM scratch\nUSER x',
      'PATH',
      'predefined /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ],
    ['what an unknown base may set is unknown', 'FROM a\nENV b=$HOME c=${d:-e}\nUSER x', 'c', 'env ? @1'],
    ['other stages do not count', 'FROM scratch\nENV a=1\nFROM scratch\nUSER x', 'a', 'none'],
    [
      'a stage has what the one below it has',
      'FROM scratch AS s\nENV a=1\nARG b=2\nFROM s\nENV c=$a$b\nUSER x',
      'c',
      'env 12 @4',
    ],
    ['over several stages', 'FROM scratch AS s\nENV a=1\nFROM s AS t\nFROM t\nUSER x', 'a', 'env 1 @1'],
    ['by an ARG that names the stage', 'ARG s=t\nFROM scratch AS t\nENV a=1\nFROM $s\nUSER x', 'a', 'env 1 @2'],
    ['ONBUILD counts in the stage above', 'FROM scratch AS s\nONBUILD ENV a=1\nFROM s\nUSER x', 'a', 'env 1 @1'],
    ['and not in its own', 'FROM scratch AS s\nONBUILD ENV a=1\nUSER x', 'a', 'none'],
    ['proxies are there for RUN', 'FROM scratch\nRUN x', 'HTTPS_PROXY', 'predefined ?'],
    ['ENV before any FROM leads names there', 'ENV a=1\nENV b=$a-2\nUSER $b', 'b', 'env 1-2 @1'],
    ['the last line wins there too', 'ENV a=1\nARG a=2\nUSER $a', 'a', 'arg 2 @1'],
    ['but no FROM sees it, nor a stage', 'ENV a=1\nFROM $a\nUSER $a', 'a', 'none'],
    ['an ENV that is not finished', 'FROM scratch\nENV a\nUSER $a', 'a', 'env ? @1'],
    ['quotes in a name of ENV', 'FROM scratch\nENV "a b"=1\nUSER x', 'a b', 'env 1 @1'],
  ];
  for (const [name, text, variable, expected] of cases) it(name, () => assert.equal(last(text, variable), expected));

  it('asks for the environment of the base image', () => {
    const environment: BaseEnvironment = ({ base }) =>
      base.kind === 'image' && base.reference === 'node:20' ? ['NODE_VERSION=20.1', 'PATH=/x'] : undefined;
    const text = 'ARG v=20\nFROM node:$v AS n\nENV a=$NODE_VERSION b=$none.\nFROM n\nUSER x';
    assert.equal(last(text, 'NODE_VERSION', environment), 'base 20.1');
    assert.equal(last(text, 'a', environment), 'env 20.1 @2');
    assert.equal(last(text, 'b', environment), 'env . @2');
    assert.equal(last(text, 'PATH', environment), 'base /x');
    assert.equal(last(text, 'a'), 'env ? @2');
  });

  it('gives all that an instruction can use', () => {
    const found = model('ARG g=1\nFROM scratch\nENV a=1\nARG g\nENV a=2\nUSER x\nENV b=1');
    const names = (item: number) =>
      [...definitionsAt(found, item).values()]
        .filter(({ kind }) => kind !== 'predefined')
        .map(({ name, value }) => `${name}=${value ?? '?'}`);
    assert.deepEqual(names(5), ['a=2', 'g=1']);
    assert.deepEqual(names(3), ['a=1']);
    assert.deepEqual(names(1), ['g=1']);
    assert.ok(definitionsAt(found, 1).has('TARGETPLATFORM'));
    assert.ok(!definitionsAt(found, 5).has('TARGETPLATFORM'));
    assert.ok(definitionsAt(found, 5).has('http_proxy'));
  });

  it('keeps values that double with each line within bounds', () => {
    const lines = Array.from({ length: 200 }, () => 'ENV a=$a$a\n').join('');
    const before = process.cpuUsage();
    assert.equal(last(`FROM scratch\nENV a=xx\n${lines}USER x`, 'a'), 'env ? @201');
    assert.ok(process.cpuUsage(before).user < 2_000_000);
  });

  it('takes bounded time for a tower of stages', () => {
    const stages = Array.from(
      { length: 5000 },
      (_, index) => `FROM s${String(index)} AS s${String(index + 1)}\nENV a=$b\n`,
    );
    const before = process.cpuUsage();
    last(`FROM scratch AS s0\n${stages.join('')}USER x`, 'nothing');
    assert.ok(process.cpuUsage(before).user < 3_000_000);
  });
});

describe('stages', () => {
  it('stand on images, on scratch and on each other', () => {
    const { stages } = model('ARG b=c:1\nFROM $b AS One\nFROM scratch\nFROM one AS two\nFROM x-$TARGETARCH\nFROM');
    assert.deepEqual(
      stages.map(({ name, base }) => [name, base.kind, base.kind === 'image' ? base.reference : undefined]),
      [
        ['one', 'image', 'c:1'],
        [undefined, 'scratch', undefined],
        ['two', 'stage', undefined],
        [undefined, 'image', undefined],
        [undefined, 'missing', undefined],
      ],
    );
  });

  it('know their items', () => {
    const found = model('ARG a\n# x\nFROM b\nRUN c\n\n# d\nFROM e\nRUN f');
    assert.deepEqual(
      found.file.items.map((_, item) => found.stageOf(item)?.index),
      [undefined, undefined, 0, 0, 0, 0, 1, 1],
    );
    assert.deepEqual(
      found.stages.map(({ item, end, instructions }) => [item, end, instructions]),
      [
        [2, 6, [3]],
        [6, 8, [7]],
      ],
    );
  });

  it('are used in FROM, COPY and mounts, by name and by index', () => {
    const found = model(
      'FROM a AS One\nFROM one AS two\nCOPY --from=ONE x y\nCOPY --from=0 x y\nRUN --mount=type=bind,from=one,target=/x z\nCOPY --from=other x y\nONBUILD COPY --from=two x y',
    );
    assert.deepEqual(
      stageReferences(found).map(({ place, stage }) => [
        found.file.items[place.item]?.text.slice(place.span.start, place.span.end),
        stage.name,
      ]),
      [
        ['one', 'one'],
        ['ONE', 'one'],
        ['0', 'one'],
        ['one', 'one'],
        ['two', 'two'],
      ],
    );
  });
});
