// BuildKit's checks: where each fires, where it does not, and what its fix makes.

import assert from 'node:assert/strict';
import { isCheck } from '../../../language-server/src/lint/catalogue.ts';
import { faultIds, faults } from '../../../language-server/src/lint/faults.ts';
import { applyEdits } from '../../../language-server/src/lint/fixes.ts';
import { buildkitRules } from '../../../language-server/src/lint/rules/buildkit/rules.ts';
import type { FileContext, Rule } from '../../../language-server/src/lint/rule.ts';
import { shellStates, SurroundingsMaker } from '../../../language-server/src/lint/surroundings.ts';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { type ImageFacts, noKnowledge } from '../../../language-server/src/knowledge/knowledge.ts';
import { expandWord } from '../../../runtime/src/spec/dockerfile/expand.ts';
import { isSourceIgnored, parseIgnoreFile } from '../../../runtime/src/spec/dockerfile/ignore.ts';
import { defaultSettings, Linter, type LintOptions } from '../../../language-server/src/lint/lint.ts';
import { modelOf } from './helpers.ts';

interface RuleCases {
  /** A file, and the text at each place where the check fires. */
  readonly fires: readonly (readonly [string, ...string[]])[];
  readonly silent: readonly string[];
  /** A file before and after the check's fixes. */
  readonly fixed?: readonly (readonly [string, string])[];
}

const cases: Readonly<Record<string, RuleCases>> = {
  StageNameCasing: {
    fires: [
      ['FROM scratch AS Bad', 'Bad'],
      ['FROM scratch AS a\nFROM a AS B', 'B'],
    ],
    silent: ['FROM scratch AS good-1.x_y', 'FROM Bad', 'FROM scratch AS Bad extra'],
    fixed: [['FROM scratch AS Bad', 'FROM scratch AS bad']],
  },
  FromAsCasing: {
    fires: [
      ['FROM scratch as a', 'as'],
      ['from scratch AS a', 'AS'],
      ['FROM scratch As a', 'As'],
    ],
    silent: ['FROM scratch AS a', 'from scratch as a', 'From scratch as a', 'FROM scratch as'],
    fixed: [
      ['FROM scratch as a', 'FROM scratch AS a'],
      ['from scratch AS a', 'from scratch as a'],
    ],
  },
  NoEmptyContinuation: {
    fires: [
      ['FROM scratch\nCOPY a \\\n\nb', '\n'],
      ['FROM scratch\nCOPY a \\\n\n \t\n# x\n\nb', '\n \t\n', '\n'],
    ],
    silent: ['FROM scratch\nCOPY a \\\n# x\nb', 'FROM scratch\nCOPY <<E b\n\nE\n'],
    fixed: [
      ['FROM scratch\nCOPY a \\\n\n \t\n# x\n\nb', 'FROM scratch\nCOPY a \\\n# x\nb'],
      ['FROM scratch\r\nCOPY a \\\r\n\r\nb\r\n', 'FROM scratch\r\nCOPY a \\\r\nb\r\n'],
    ],
  },
  ConsistentInstructionCasing: {
    fires: [
      ['FROM scratch\ncopy a b\nCOPY c d', 'copy'],
      ['from scratch\ncopy a b\nCOPY c d', 'COPY'],
      ['FROM scratch\ncopy a b', 'copy'],
      ['FROM scratch\nCopy a b', 'Copy'],
    ],
    silent: [
      'from scratch\ncopy a b',
      'FROM scratch\nCOPY a b',
      'arg a\nFROM scratch',
      'FROM scratch\nONBUILD copy a b',
    ],
    fixed: [['FROM scratch\ncopy a b', 'FROM scratch\nCOPY a b']],
  },
  DuplicateStageName: {
    fires: [
      ['FROM scratch AS b\nFROM scratch AS B', 'B'],
      ['FROM scratch AS b\nFROM scratch AS b\nFROM scratch AS b', 'b', 'b'],
    ],
    silent: ['FROM scratch AS a\nFROM scratch AS b'],
    fixed: [
      [
        'FROM scratch AS b\nFROM b AS c\nFROM scratch AS b\nFROM b\nCOPY --from=b x y',
        'FROM scratch AS b\nFROM b AS c\nFROM scratch AS b-2\nFROM b-2\nCOPY --from=b-2 x y',
      ],
    ],
  },
  ReservedStageName: {
    fires: [
      ['FROM scratch AS scratch', 'scratch'],
      ['FROM scratch AS Context', 'Context'],
    ],
    silent: ['FROM scratch', 'FROM scratch AS a'],
    fixed: [['FROM a AS context\nFROM context', 'FROM a AS context-stage\nFROM context-stage']],
  },
  JSONArgsRecommended: {
    fires: [
      ['FROM scratch\nCMD a b', 'a b'],
      ['FROM scratch\nENTRYPOINT a', 'a'],
      ["FROM scratch\nCMD ['a']", "['a']"],
      ['FROM scratch\nCMD', 'CMD'],
    ],
    silent: [
      'FROM scratch\nCMD ["a"]',
      'FROM scratch\nSHELL ["/x"]\nCMD a',
      'FROM scratch AS a\nSHELL ["/x"]\nFROM a\nENTRYPOINT a',
      'FROM scratch\nHEALTHCHECK CMD a',
      'FROM scratch\nRUN a',
    ],
    fixed: [['FROM scratch\nCMD a "b c" d', 'FROM scratch\nCMD ["a", "b c", "d"]']],
  },
  MaintainerDeprecated: {
    fires: [['FROM scratch\nMAINTAINER me', 'MAINTAINER']],
    silent: ['FROM scratch\nLABEL maintainer=me'],
    fixed: [['FROM scratch\nMAINTAINER me@x.y', 'FROM scratch\nLABEL org.opencontainers.image.authors="me@x.y"']],
  },
  UndefinedArgInFrom: {
    fires: [
      ['FROM --platform=$BULIDPLATFORM scratch', '$BULIDPLATFORM'],
      ['ARG tag=a\nFROM b:${tag}${version}', '${version}'],
      ['ARG a\nFROM scratch AS x\nARG b\nFROM ${b:-c}', '${b:-c}'],
    ],
    silent: ['ARG a=b\nFROM $a', 'FROM --platform=$BUILDPLATFORM a', 'ARG D\nFROM scra${D:-tch}', 'FROM a-$TARGETARCH'],
    fixed: [['FROM --platform=$BULIDPLATFORM scratch', 'FROM --platform=$BUILDPLATFORM scratch']],
  },
  InvalidDefaultArgInFrom: {
    fires: [
      ['ARG IMAGE\nFROM $IMAGE', '$IMAGE'],
      ['ARG TAG\nFROM a:$TAG', 'a:$TAG'],
      ['ARG TAG=A:B\nFROM a:$TAG', 'a:$TAG'],
    ],
    silent: [
      'ARG IMAGE=a\nFROM $IMAGE',
      'ARG TAG\nFROM a:${TAG:-b}',
      'ARG SUFFIX\nFROM a$SUFFIX',
      'ARG B=a-$TARGETARCH\nFROM $B',
      'ARG TAG=1\nARG TAG\nFROM a:$TAG',
    ],
  },
  WorkdirRelativePath: {
    fires: [
      ['FROM scratch\nWORKDIR app/', 'app/'],
      ['FROM scratch AS a\nFROM scratch\nWORKDIR b\nWORKDIR c', 'b'],
      ['FROM scratch\nENV a=b\nWORKDIR $a', '$a'],
    ],
    silent: [
      'FROM scratch\nWORKDIR /a\nWORKDIR b',
      'FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b',
      'FROM a\nWORKDIR $HOME/b',
      'FROM scratch\nENV a=/b\nWORKDIR $a',
      'FROM scratch\nWORKDIR C:/x',
      'FROM scratch\nONBUILD WORKDIR a',
    ],
    fixed: [['FROM scratch\nWORKDIR ./app/', 'FROM scratch\nWORKDIR /app']],
  },
  UndefinedVar: {
    fires: [
      ['FROM alpine\nCOPY $foo .', '$foo'],
      ['FROM alpine\nENV PATH=$PAHT:/x', '$PAHT'],
      ['FROM scratch\nCOPY $foo .\nARG foo=a', '$foo'],
      ['ARG foo=a\nFROM whatever\nENV b=$foo', '$foo'],
      ['FROM whatever\nARG DIR_ASSETS=a\nCOPY $DIR_ASSET .', '$DIR_ASSET'],
      ['FROM scratch\nENV a=$a', '$a'],
      ['FROM scratch\nRUN --mount=type=cache,target=$x y', '$x'],
      ['FROM scratch\nCOPY --chown=$u a b', '$u'],
      ['FROM scratch\nCOPY <<E /a\n$b\nE', '$b'],
      ['FROM scratch\nENV a=${b:-c}', '${b:-c}'],
      ['FROM scratch\nUSER $TARGETARCH', '$TARGETARCH'],
      ['FROM scratch\nUSER $HTTP_PROXY', '$HTTP_PROXY'],
    ],
    silent: [
      'FROM scratch\nARG foo\nCOPY $foo .',
      'FROM alpine AS base\nARG foo=a\nFROM base\nCOPY $foo .',
      'FROM alpine\nRUN echo $foo',
      'FROM alpine\nENV PATH=/x:$PATH',
      'FROM whatever\nENV a=$GOPATH/x',
      'FROM scratch\nEXPOSE $p',
      'FROM scratch\nONBUILD USER $x',
      "FROM scratch\nENV a='$x'",
      "FROM scratch\nCOPY <<'E' /a\n$b\nE",
      'FROM scratch\nCOPY --exclude=$x a b',
    ],
    fixed: [['FROM alpine\nENV PATH=${PAHT}:/x', 'FROM alpine\nENV PATH=${PATH}:/x']],
  },
  MultipleInstructionsDisallowed: {
    fires: [
      ['FROM scratch\nCMD ["a"]\nCMD ["b"]\nCMD ["c"]', 'CMD', 'CMD'],
      ['FROM scratch\nENTRYPOINT ["a"]\nUSER x\nENTRYPOINT ["b"]', 'ENTRYPOINT'],
      ['FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK CMD a', 'HEALTHCHECK'],
    ],
    silent: ['FROM scratch AS a\nCMD ["a"]\nFROM a\nCMD ["b"]', 'FROM scratch\nONBUILD CMD ["a"]\nCMD ["b"]'],
    fixed: [['FROM scratch\nCMD ["a"]\nUSER x\nCMD ["b"]', 'FROM scratch\nUSER x\nCMD ["b"]']],
  },
  LegacyKeyValueFormat: {
    fires: [
      ['FROM scratch\nENV a b', 'a b'],
      ['FROM scratch\nLABEL a b c', 'a b c'],
    ],
    silent: ['FROM scratch\nENV a=b', 'FROM scratch\nENV a', 'FROM scratch\nARG a'],
    fixed: [
      ['FROM scratch\nENV a b', 'FROM scratch\nENV a=b'],
      ['FROM scratch\nENV a  b  c', 'FROM scratch\nENV a="b  c"'],
      ['FROM scratch\nENV a b \\\n  c', 'FROM scratch\nENV a="b \\\n  c"'],
      ['FROM scratch\nENV a "b c" d', 'FROM scratch\nENV a="b c"\\ d'],
      ['FROM scratch\nENV a $b c', 'FROM scratch\nENV a="$b c"'],
    ],
  },
  RedundantTargetPlatform: {
    fires: [
      ['FROM --platform=$TARGETPLATFORM a', '--platform=$TARGETPLATFORM'],
      ['FROM --platform=${TARGETPLATFORM:-x} a', '--platform=${TARGETPLATFORM:-x}'],
    ],
    silent: ['FROM --platform=$BUILDPLATFORM a', 'FROM --platform=$TARGETPLATFORM/v8 a', 'FROM a'],
    fixed: [['FROM --platform=$TARGETPLATFORM a', 'FROM a']],
  },
  SecretsUsedInArgOrEnv: {
    fires: [
      ['FROM scratch\nARG SECRET_PASSPHRASE', 'SECRET_PASSPHRASE'],
      ['FROM scratch\nENV password=a git_key= X_AUTH_Y=b', 'password', 'git_key', 'X_AUTH_Y'],
    ],
    silent: [
      'ARG TOKEN\nFROM scratch',
      'FROM scratch\nENV PUBLIC_KEY=a password_file=b AUTH_MODULE_VERSION=c',
      'FROM scratch\nENV tokens=a keyboard=b',
      'FROM scratch\nLABEL password=a',
    ],
  },
  FromPlatformFlagConstDisallowed: {
    fires: [
      ['FROM --platform=linux/amd64 a', '--platform=linux/amd64'],
      ['FROM --platform=linux/arm64 a AS b', '--platform=linux/arm64'],
    ],
    silent: [
      'FROM --platform=linux/amd64 a AS build_amd64',
      'FROM --platform=linux/arm64 a AS linux',
      'FROM --platform=$BUILDPLATFORM a',
      'FROM --platform=a/b/c/d a',
    ],
    fixed: [['FROM --platform=linux/amd64 a', 'FROM a']],
  },
  InvalidDefinitionDescription: {
    fires: [
      ['# check=experimental=all\n# bar this\nARG foo=bar\nFROM scratch', 'ARG'],
      ['# check=experimental=InvalidDefinitionDescription\n# x\n\nFROM scratch AS a', 'FROM'],
    ],
    silent: [
      '# bar this\nARG foo=bar\nFROM scratch',
      '# check=experimental=all\n# foo this\nARG foo=bar\nFROM scratch',
      '# check=experimental=all\n# x\n#\nARG foo=bar\nFROM scratch',
      '# check=experimental=all\n# x\nFROM scratch\n# y\nCOPY a b',
      '# check=experimental=all\n# b this\nARG a b\nFROM scratch',
    ],
    fixed: [
      [
        '# check=experimental=all\n# bar this\nARG foo=bar\nFROM scratch',
        '# check=experimental=all\n# foo bar this\nARG foo=bar\nFROM scratch',
      ],
      [
        '# check=experimental=all\n# this\nARG a b\nFROM scratch',
        '# check=experimental=all\n# this\n#\nARG a b\nFROM scratch',
      ],
    ],
  },
  ExposeProtoCasing: {
    fires: [['FROM scratch\nEXPOSE 80/TcP 81/udp 82/UDP', '80/TcP', '82/UDP']],
    silent: ['FROM scratch\nEXPOSE 80/tcp 81 $p/TCP 82/X'],
    fixed: [['FROM scratch\nEXPOSE 80/TcP 81/UDP', 'FROM scratch\nEXPOSE 80/tcp 81/udp']],
  },
  ExposeInvalidFormat: {
    fires: [
      ['FROM scratch\nEXPOSE 127.0.0.1:80:81 82:83/tcp [::1]:80:80', '127.0.0.1:80:81', '82:83/tcp', '[::1]:80:80'],
    ],
    silent: ['FROM scratch\nEXPOSE 80 81/tcp 82-84 $p:80'],
    fixed: [['FROM scratch\nEXPOSE 127.0.0.1:80:81 82:83/tcp', 'FROM scratch\nEXPOSE 81 83/tcp']],
  },
};

function found(text: string, id: string, options: Partial<LintOptions> = {}) {
  const linter = new Linter({ settings: defaultSettings, ...options });
  return linter.lint(modelOf(text)).filter(({ ids }) => ids.includes(id));
}

/** What is under each finding of one check alone, whatever others say. */
function places(text: string, id: string, options: Partial<LintOptions> = {}): string[] {
  const others = buildkitRules.filter((rule) => rule.id !== id && !rule.twins?.includes(id));
  const severities = Object.fromEntries(others.map((rule) => [rule.id, 'off' as const]));
  const linter = new Linter({ settings: { ...defaultSettings, severities }, ...options });
  return linter
    .lint(modelOf(text))
    .filter(({ ids }) => ids.includes(id))
    .map(({ span }) => text.slice(span.start, span.end));
}

/** What is under each finding of a check by itself, before any merging. */
function* directly(rule: Rule | undefined, text: string): Generator<string | undefined> {
  const model = modelOf(text);
  const maker = new SurroundingsMaker(defaultSettings);
  const states = shellStates(model);
  const surroundings = (item: number) => {
    const state = states[item];
    assert.ok(state !== undefined);
    return maker.make(model.file.escape, state);
  };
  const show = (item: number, span: Span) => model.file.items[item]?.text.slice(span.start, span.end);
  if (rule?.scope === 'file') {
    const context: FileContext = {
      model,
      knowledge: noKnowledge,
      settings: defaultSettings,
      ignored: undefined,
      contextFile: () => ({ kind: 'unknown' }),
      surroundings,
    };
    for (const { item, span } of rule.check(context)) yield show(item, span);
    return;
  }
  for (const [index, item] of model.file.items.entries()) {
    if (item.kind !== 'instruction' || item.name === undefined || !rule?.instructions.includes(item.name)) continue;
    for (const { span } of rule.check(item, surroundings(index))) yield show(index, span);
  }
}

function applyAll(text: string, id: string): string {
  return applyEdits(
    text,
    found(text, id).flatMap(({ fix }) => fix?.edits ?? []),
  );
}

describe('BuildKit checks', () => {
  for (const [id, { fires, silent, fixed = [] }] of Object.entries(cases)) {
    describe(id, () => {
      for (const [text, ...expected] of fires) {
        it(`fires in ${JSON.stringify(text)}`, () => {
          assert.equal(places(text, id).length, expected.length);
          const rule = buildkitRules.find((one) => one.id === id);
          assert.ok(rule !== undefined && isCheck(id));
        });
      }
      for (const text of silent) {
        it(`is silent in ${JSON.stringify(text)}`, () => assert.deepEqual(places(text, id), []));
      }
      for (const [before, after] of fixed) {
        it(`mends ${JSON.stringify(before)}`, () => {
          assert.equal(applyAll(before, id), after);
          assert.deepEqual(places(after, id), []);
        });
      }
    });
  }

  it('point at the words that they are about', () => {
    for (const [id, { fires }] of Object.entries(cases)) {
      const rule = buildkitRules.find((one) => one.id === id);
      for (const [text, ...expected] of fires) {
        const findings = [...directly(rule, text)];
        assert.deepEqual(findings, expected, `${id}: ${text}`);
      }
    }
  });

  it('are all of BuildKit, each tried here', () => {
    const elsewhere = ['CopyIgnoredFile', 'InvalidBaseImagePlatform'];
    assert.deepEqual(buildkitRules.map(({ id }) => id).toSorted(), [...Object.keys(cases), ...elsewhere].toSorted());
    assert.equal(buildkitRules.length, 22);
  });

  it('CopyIgnoredFile asks .dockerignore', () => {
    const text =
      'FROM scratch AS a\nCOPY x y ./z/w q/\nADD x https://x /v\nCOPY --from=a x /u\nENV v=x\nCOPY $v /t\nCOPY <<x /s\nx\n';
    const ignored = (lines: string) => {
      const rules = parseIgnoreFile(lines);
      return { ignored: (path: string) => isSourceIgnored(rules, path) };
    };
    assert.deepEqual(places(text, 'CopyIgnoredFile', ignored('x\nz')), ['x', './z/w', 'x', '$v']);
    assert.deepEqual(places(text, 'CopyIgnoredFile', ignored('x\n!x/y')), []);
    assert.deepEqual(places('FROM scratch\nCOPY . /', 'CopyIgnoredFile', ignored('*')), ['.']);
    assert.deepEqual(places('FROM scratch\nCOPY . /', 'CopyIgnoredFile', ignored('.*')), []);
    assert.deepEqual(places(text, 'CopyIgnoredFile'), []);
  });

  it('ask for the base image where somebody knows it', () => {
    const image: ImageFacts = {
      digest: undefined,
      id: 'sha256:0',
      size: 0,
      created: undefined,
      platform: 'linux/arm64',
      env: ['GOPATH=/go'],
      user: '',
      workingDir: '/go',
      entrypoint: [],
      cmd: [],
      exposedPorts: [],
      volumes: [],
      labels: {},
      shell: [],
      hasHealthcheck: false,
      stopSignal: undefined,
      onBuild: [],
    };
    const knowledge = { ...noKnowledge, image: () => ({ kind: 'known', value: image }) as const };
    const variables = 'FROM golang\nENV a=$GOPATH b=$GOPTAH c=$other';
    assert.deepEqual(places(variables, 'UndefinedVar', { knowledge }), ['$GOPTAH', '$other']);
    const platform = 'FROM --platform=linux/amd64 golang AS amd64\nFROM --platform=linux/arm64 golang AS arm64';
    assert.deepEqual(places(platform, 'InvalidBaseImagePlatform', { knowledge }), ['golang']);
  });

  it('LegacyKeyValueFormat keeps the value', () => {
    const values = ['b c', ' "b  c" d', "it\\'s $x", "'$x' y", '"a\\"b" c', '$x $y', 'a\\ b c', '${x} y "z"', 'x=y z'];
    for (const value of values) {
      const before = `FROM scratch\nENV x=1 y=2\nENV k ${value}\n`;
      const after = applyAll(before, 'LegacyKeyValueFormat');
      if (after === before) continue;
      assert.equal(valueOf(after), valueOf(before), after);
    }
  });
});

function valueOf(text: string): string | undefined {
  const item = modelOf(text).file.items[2];
  assert.ok(item?.kind === 'instruction' && item.form.kind === 'pairs');
  assert.equal(item.form.pairs.length, 1, text);
  const word = item.form.pairs[0]?.value;
  return word && expandWord(word, (name) => ({ x: '1', y: '2' })[name]).value;
}

describe('names of errors', () => {
  it('stand for those of dockerfile-utils', () => {
    assert.deepEqual(faultIds('unknown-instruction'), ['UNKNOWN_INSTRUCTION']);
    assert.deepEqual(faultIds('toString'), []);
    for (const code of Object.keys(faults)) assert.match(code, /^[a-z]+(?:-[a-z]+)*$/);
  });
});
