// ShellCheck on RUN: the real program, its findings in the right places, and that nothing in a file can do harm with it.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyEdits } from '../../../language-server/src/lint/fixes.ts';
import { defaultSettings, Linter } from '../../../language-server/src/lint/lint.ts';
import { ShellFindings } from '../../../language-server/src/lint/shell-findings.ts';
import { findShellCheck, shellCheck } from '../../../language-server/src/shell/node/shellcheck.ts';
import type { CheckShell } from '../../../language-server/src/shell/findings.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { modelOf, show } from './helpers.ts';

describe('ShellCheck', () => {
  let check: CheckShell;

  before(async function () {
    const program = await findShellCheck();
    if (program === undefined) skip(this, 'needs shellcheck');
    else check = shellCheck(program);
  });

  async function lint(text: string, settings = defaultSettings) {
    const findings = new ShellFindings(check);
    const linter = new Linter({ settings, foreign: findings.foreign });
    const model = modelOf(text);
    linter.lint(model);
    await findings.update();
    return linter.lint(model).filter(({ code }) => code.startsWith('SC'));
  }

  const found = async (text: string) => (await lint(text)).map((each) => show(text, each));

  it('points at the right words through continuations, comments and characters of two units', async () => {
    assert.deepEqual(await found('FROM a:1\nRUN x; \\\n# c\n\techo "😀" $Y && \\\n  cd /z\n'), [
      'SC2086: $Y',
      'SC2164: cd /z',
    ]);
    assert.deepEqual(await found('FROM a:1\nRUN x; cd /z; \\\n  y\n'), ['SC2164: cd /z']);
  });

  it('and in heredocs', async () => {
    assert.deepEqual(await found('FROM a:1\nRUN <<E\nx\necho $Y\nE\n'), ['SC2086: $Y']);
    assert.deepEqual(await found('FROM a:1\nRUN <<-E\n\tx\n\techo $Y\n\tE\n'), ['SC2086: $Y']);
    assert.deepEqual(await found('FROM a:1\nRUN <<E\n#!/bin/bash -e\na=(1); echo $a\nE\n'), [
      'SC2128: $a',
      'SC2086: $a',
    ]);
    assert.deepEqual(await found('FROM a:1\nRUN cat > /x <<E\n$(cat $Y)\nE\n'), ['SC2086: $Y']);
    assert.deepEqual(await found('FROM a:1\nRUN bash <<E\necho $Y\nE\n'), ['SC2086: $Y']);
    assert.deepEqual(await found('FROM a:1\nRUN <<E\n#!/usr/bin/python3\necho $Y\nE\n'), []);
  });

  it('takes the shell from SHELL and the pragma, and leaves other shells alone', async () => {
    const run = 'RUN [[ a == b ]]\n';
    assert.deepEqual(
      (await found(`FROM a:1\n${run}`)).map((text) => text.slice(0, 6)),
      ['SC3010', 'SC2050'],
    );
    assert.deepEqual(
      (await found(`FROM a:1\nSHELL ["/bin/bash", "-c"]\n${run}`)).map((text) => text.slice(0, 6)),
      ['SC2050'],
    );
    assert.deepEqual(
      (await found(`# hadolint shell=bash\nFROM a:1\n${run}`)).map((text) => text.slice(0, 6)),
      ['SC2050'],
    );
    for (const shell of ['powershell', 'cmd', 'zsh', 'fish']) {
      assert.deepEqual(await found(`FROM a:1\nSHELL ["${shell}"]\n${run}`), []);
    }
    assert.deepEqual(await found('FROM a:1\nRUN ["sh", "-c", "echo $Y"]\n'), []);
  });

  it('knows what ARG and ENV give a value', async () => {
    assert.deepEqual(await found('FROM a:1\nRUN echo "${x}"\n'), ['SC2154: ${x}']);
    assert.deepEqual(await found('FROM a:1\nARG x\nENV y=1\nRUN echo "${x}${y}${http_proxy}"\n'), []);
    assert.deepEqual(await found('FROM a:1 AS b\nARG x\nFROM b\nRUN echo "${x}"\n'), []);
  });

  it('knows which of them a trigger sees: it runs in a later build', async () => {
    const trigger = 'ONBUILD RUN echo "${x}"\n';
    assert.deepEqual(await found(`FROM a:1\nARG x=1\n${trigger}`), ['SC2154: ${x}']);
    assert.deepEqual(await found(`FROM a:1\nENV x=1\n${trigger}`), []);
    assert.deepEqual(await found(`FROM a:1\nONBUILD ARG x=1\n${trigger}`), []);
    assert.deepEqual(await found(`FROM a:1 AS b\nENV x=1\nFROM b\n${trigger}`), []);
    assert.deepEqual(await found('FROM a:1 AS b\nONBUILD ENV x=1\nFROM b\nRUN echo "${x}"\n'), []);
  });

  it('brings its remedies and severities, and is ignored and set as all rules are', async () => {
    const text = 'FROM a:1\nRUN echo \\\n  $Y\n';
    const [first] = await lint(text);
    assert.deepEqual([first?.severity, first?.fix?.safe], ['info', false]);
    assert.equal(applyEdits(text, first?.fix?.edits ?? []), 'FROM a:1\nRUN echo \\\n  "$Y"\n');
    assert.deepEqual(await found('FROM a:1\n# hadolint ignore=SC2086\nRUN echo $Y\n'), []);
    assert.deepEqual(await lint(text, { ...defaultSettings, severities: { SC2086: 'off' } }), []);
  });

  it('checks many scripts in one go, and asks for each only once', async () => {
    let asked = 0;
    const findings = new ShellFindings((scripts, options) => {
      asked += scripts.length;
      return check(scripts, options);
    });
    const linter = new Linter({ settings: defaultSettings, foreign: findings.foreign });
    const text = `FROM a:1\n${Array.from({ length: 100 }, (_, index) => `RUN echo $Y${index}\n`).join('')}`;
    const model = modelOf(text);
    linter.lint(model);
    assert.equal(await findings.update(), true);
    linter.lint(model);
    assert.equal(await findings.update(), false);
    assert.equal(asked, 100);
    assert.equal(linter.lint(model).filter(({ code }) => code === 'SC2086').length, 100);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('shellcheck-')),
      [],
    );
  });

  it('takes no name of a variable for code, reads no other file, and gives up on what is too long', async () => {
    assert.deepEqual(await found('FROM a:1\nENV "x;echo $Z"=1\nRUN echo a\n'), []);
    assert.deepEqual(await found('FROM a:1\nRUN . /etc/passwd; echo a\n'), []);
    assert.deepEqual(await found(`FROM a:1\nRUN echo ${'$Y '.repeat(40_000)}\n`), []);
  });

  it('is a program of PATH, not of the folder that is worked in', async () => {
    await using folder = await makeTempFolder();
    mkdirSync(join(folder.path, 'bin'));
    writeFileSync(join(folder.path, 'bin', 'shellcheck'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    assert.equal(await findShellCheck(`.:bin::${join(folder.path, 'none')}`), undefined);
    const program = await findShellCheck(join(folder.path, 'bin'));
    assert.equal(program, join(folder.path, 'bin', 'shellcheck'));
    // One that fails says nothing.
    assert.deepEqual(
      await shellCheck(program)([
        { source: { text: 'echo $Y', segments: [{ at: 0, source: 0 }] }, shell: 'sh', variables: [] },
      ]),
      [[]],
    );
    assert.deepEqual(
      await shellCheck('/nowhere')([
        { source: { text: 'echo $Y', segments: [{ at: 0, source: 0 }] }, shell: 'sh', variables: [] },
      ]),
      [[]],
    );
  });
});
