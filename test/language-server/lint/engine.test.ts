// The linter's engine: what is merged, ignored, configured, kept.

import assert from 'node:assert/strict';
import { editDockerfile, parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { readConfiguration, toSettings } from '../../../language-server/src/lint/config.ts';
import { applyEdits } from '../../../language-server/src/lint/fixes.ts';
import { ignoreFixes } from '../../../language-server/src/lint/ignore-fixes.ts';
import { defaultSettings, Linter } from '../../../language-server/src/lint/lint.ts';
import { idsOf, lint, modelOf, show } from './helpers.ts';

const from = 'FROM debian:12\n';
const codes = (text: string, settings?: Parameters<typeof lint>[1]) => lint(text, settings).map(({ code }) => code);

describe('linter', () => {
  describe('says each fault once', () => {
    it('under the name of the builder, with the names of all', () => {
      const [found, ...others] = lint(`${from}MAINTAINER a\n`);
      assert.deepEqual(others, []);
      assert.deepEqual([found?.code, found?.ids.includes('DL4000')], ['MaintainerDeprecated', true]);
    });

    it("where only one tool knows it, under that one's name", () => {
      // The builder accepts this where SHELL was set; hadolint does not.
      const text = `${from}SHELL ["/bin/bash", "-c"]\nCMD a\n`;
      assert.deepEqual(
        lint(text).map((each) => show(text, each)),
        ['DL3025: a'],
      );
    });

    it('where the builder refuses the file, as an error under its code', () => {
      const found = lint('USER 1\n').find(({ ids }) => ids.includes('DL3061'));
      assert.equal(found?.severity, 'error');
      assert.match(found.code, /^[a-z-]+$/);
    });

    it('and two faults at two places twice', () => {
      const text = `${from}ARG MY_TOKEN MY_PASSWORD\n`;
      const found = lint(text).filter(({ ids }) => ids.includes('DL3064'));
      assert.equal(found.length, 2);
    });

    it('as severely as the strictest of its names', () => {
      assert.equal(lint(`${from}MAINTAINER a\n`)[0]?.severity, 'error');
    });
  });

  describe('leaves out what comments tell it to', () => {
    const bad = 'RUN apt-get install -y a\n';

    it('at the next instruction', () => {
      assert.deepEqual(codes(`${from}# hadolint ignore=DL3008,DL3015\n${bad}`), []);
      assert.deepEqual(codes(`${from}# hadolint ignore = DL3008 , DL3015 # why\n# more\n${bad}`), []);
      assert.deepEqual(codes(`${from}# hadolint ignore=DL3008,DL3015\n\n${bad}`), ['DL3015', 'DL3008']);
      assert.deepEqual(codes(`# hadolint ignore=DL3008,DL3015\n${from}${bad}`), ['DL3015', 'DL3008']);
      assert.deepEqual(codes(`${from}# hadolint ignore=crazy,DL3008,DL3015\n${bad}`), ['DL3015', 'DL3008']);
    });

    it('in a stage, and everywhere', () => {
      assert.deepEqual(codes(`# hadolint stage ignore=DL3008,DL3015\n${from}${bad}FROM a:1\n${bad}`), [
        'DL3015',
        'DL3008',
      ]);
      assert.deepEqual(codes(`# hadolint global ignore=DL3008,DL3015\n${from}${bad}FROM a:1\n${bad}`), []);
    });

    it("by any tool's name for it", () => {
      assert.deepEqual(codes(`${from}# hadolint ignore=DL4000\nMAINTAINER a\n`), []);
      assert.deepEqual(codes(`# check=skip=MaintainerDeprecated\n${from}MAINTAINER a\n`), []);
      assert.deepEqual(codes(`# check=skip=all\n${from}MAINTAINER a\n${bad}`), ['DL3015', 'DL3008']);
      assert.deepEqual(codes(`${from}# check=skip=MaintainerDeprecated // why\nMAINTAINER a\n`), []);
      assert.deepEqual(codes(`${from}# dockerfile-utils: ignore\nMAINTAINER a\n`), []);
    });

    it('but not what the builder refuses', () => {
      const text = `${from}# hadolint ignore=DL3043\nONBUILD FROM a:1\n`;
      assert.deepEqual(
        lint(text).map(({ severity }) => severity),
        ['error'],
      );
    });

    it('unless pragmas are disabled', () => {
      const text = `${from}# hadolint ignore=DL3008,DL3015\n${bad}`;
      assert.deepEqual(codes(text, { inlineIgnores: false }), ['DL3015', 'DL3008']);
    });
  });

  it('makes checks errors where the file asks for it', () => {
    const [found] = lint(`# check=error=true\nFROM --platform=$TARGETPLATFORM a:1\n`);
    assert.deepEqual([found?.code, found?.severity], ['RedundantTargetPlatform', 'error']);
  });

  it('takes the severity from the settings, by any name', () => {
    const text = `${from}USER 0\nFROM a:1 AS x\nFROM a:1 AS x\n`;
    assert.deepEqual(codes(text, { severities: { DL3002: 'off', DL3024: 'off' } }), []);
    assert.deepEqual(
      lint(text, { severities: { DL3002: 'error', DuplicateStageName: 'style' } }).map(({ severity }) => severity),
      ['error', 'style'],
    );
  });

  it('knows the shell by SHELL, pragma and base stage', () => {
    const piped = 'RUN apt-get install a=1 | b\n';
    const ids = (text: string) => idsOf(text).filter((id) => id === 'DL3014');
    assert.deepEqual(ids(`${from}# hadolint shell=powershell\n${piped}`), []);
    assert.deepEqual(ids(`# hadolint shell=C:\\pwsh.exe\n${from}${piped}`), []);
    assert.deepEqual(ids(`${from}SHELL ["C:\\\\PowerShell.EXE", "-c"]\n${piped}`), []);
    assert.deepEqual(ids(`FROM a:1 AS x\nSHELL ["cmd"]\nFROM x\n${piped}`), []);
    assert.deepEqual(ids(`FROM a:1 AS x\nSHELL ["cmd"]\nFROM b:1\n${piped}`), ['DL3014']);
  });

  it('keeps what it found at instructions that stay the same, and finds anew what their surroundings change', () => {
    const linter = new Linter({ settings: defaultSettings });
    const text = `${from}RUN a | b\nRUN apt-get install -y c=1\n`;
    const file = parseDockerfile(text);
    const before = linter.lint(analyse(file));
    assert.deepEqual(
      before.map(({ code }) => code).toSorted(),
      ['DL3015', 'DL3059', 'DL4006'].filter((id) => id !== 'DL3059'),
    );
    const insert = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n';
    const at = from.length;
    const after = text.slice(0, at) + insert + text.slice(at);
    const edited = editDockerfile(file, [{ start: at, end: at, text: insert }], after);
    assert.deepEqual(
      linter.lint(analyse(edited)).map((each) => show(after, each)),
      lint(after).map((each) => show(after, each)),
    );
  });

  it('finds nothing to say of an empty file but what the builder says', () => {
    for (const text of ['', '\n', '# a\n', '\uFEFF']) {
      for (const { severity } of lint(text)) assert.equal(severity, 'error');
    }
  });
});

describe('.hadolint.yaml', () => {
  it('is read as it is', () => {
    const { configuration, problems } = readConfiguration(`
ignored: [DL3008, SC1091]
override:
  error: [DL3001]
  warning: [DL3042, DL3001]
  info:
  style: [DL3015]
trustedRegistries:
  - docker.io
  - "*.example.com"
label-schema:
  author: text
  created: rfc3339
strict-labels: true
disable-ignore-pragma: true
failure-threshold: warning
no-fail: false
format: sarif
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      { ...configuration, levels: undefined },
      {
        levels: undefined,
        allowedRegistries: ['docker.io', '*.example.com'],
        labelSchema: [
          { label: 'author', kind: 'text' },
          { label: 'created', kind: 'rfc3339' },
        ],
        formats: ['sarif'],
        strictLabels: true,
        disableIgnorePragma: true,
        failureThreshold: 'warning',
        noFail: false,
      },
    );
    assert.deepEqual(toSettings(configuration), {
      severities: { DL3008: 'off', SC1091: 'off', DL3001: 'error', DL3042: 'warning', DL3015: 'style' },
      allowedRegistries: ['docker.io', '*.example.com'],
      labelSchema: { author: 'text', created: 'rfc3339' },
      strictLabels: true,
      inlineIgnores: false,
    });
  });

  it('is taken as far as it can be understood', () => {
    for (const text of ['', '# nothing\n', 'ignored:\n', 'null'])
      assert.deepEqual(readConfiguration(text).problems, []);
    const { configuration, problems } = readConfiguration(
      'ignored: DL3008\nnonsense: 1\nlabel-schema: {a: colour}\nno-fail: maybe\n',
    );
    assert.deepEqual(configuration.levels, [{ rule: 'DL3008', level: 'off' }]);
    assert.equal(problems.length, 3);
    for (const text of ['[', 'a', '- a', '&a [*a, *a]', '? [a]\n: b', 'override: [a]', '__proto__: 1']) {
      assert.notEqual(readConfiguration(text).problems.length, 0, text);
    }
  });
});

describe('ignore fixes', () => {
  const apply = (text: string, code: string, which: number) => {
    const found = lint(text).find(({ ids }) => ids.includes(code));
    assert.ok(found, `${code} in ${JSON.stringify(codes(text))}`);
    const fix = ignoreFixes(modelOf(text), found)[which];
    assert.ok(fix);
    const after = applyEdits(text, fix.edits);
    assert.ok(!idsOf(after).includes(code), after);
    assert.equal(lint(after).length, lint(text).length - 1, after);
    return after;
  };
  const bad = 'RUN apt-get install -y a\n';

  it('put a pragma above the instruction, or add to the one that is there', () => {
    assert.equal(apply(`${from}${bad}`, 'DL3008', 0), `${from}# hadolint ignore=DL3008\n${bad}`);
    assert.equal(apply(`${from}  ${bad}`, 'DL3008', 0), `${from}  # hadolint ignore=DL3008\n  ${bad}`);
    assert.equal(
      apply(`${from}# hadolint ignore=DL3015 # why\n${bad}`, 'DL3008', 0),
      `${from}# hadolint ignore=DL3015,DL3008 # why\n${bad}`,
    );
  });

  it('put one on top of the file, below the directives', () => {
    assert.equal(
      apply(`# syntax=docker/dockerfile:1\r\n${from}${bad}`, 'DL3008', 1),
      `# syntax=docker/dockerfile:1\r\n# hadolint global ignore=DL3008\r\n${from}${bad}`,
    );
    assert.equal(
      apply(`# hadolint global ignore=DL3015\n${from}${bad}`, 'DL3008', 1),
      `# hadolint global ignore=DL3015,DL3008\n${from}${bad}`,
    );
  });

  it("skip the builder's checks by its own directive, of which there can be one", () => {
    const maintainer = `${from}MAINTAINER a\n`;
    assert.equal(apply(maintainer, 'MaintainerDeprecated', 1), `# check=skip=MaintainerDeprecated\n${maintainer}`);
    assert.equal(
      apply(`# check=skip=StageNameCasing;error=false\n${maintainer}`, 'MaintainerDeprecated', 1),
      `# check=skip=StageNameCasing,MaintainerDeprecated;error=false\n${maintainer}`,
    );
    assert.equal(
      apply(`# check=error=false\n${maintainer}`, 'MaintainerDeprecated', 1),
      `# check=error=false;skip=MaintainerDeprecated\n${maintainer}`,
    );
  });
});
