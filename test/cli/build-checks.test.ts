// `build --check`, `# check=error=true` and the warnings at a build's end: in the shape that docker's build gives them.

import assert from 'node:assert/strict';
import { Checking } from '../../runtime/src/cli/build/checking.ts';

const checking = (dockerfileText: string, buildArgs: Readonly<Record<string, string>> = {}): Checking =>
  new Checking({ dockerfileText, buildArgs });

describe('cli: checks of a build', () => {
  it('shows each finding with its rule, the page about it, and its lines', async () => {
    const text = 'FROM scratch\nCOPY a b /\nCMD echo hi\n';
    assert.equal(
      await checking(text).report(),
      [
        'Check complete, one warning has been found!',
        '',
        'WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
        'In this form a shell runs the program, and signals such as that of `docker stop` do not reach it. Write CMD ["program", "argument"].',
        'Dockerfile:3',
        '--------------------',
        '1 |     FROM scratch',
        '2 |     COPY a b /',
        '3 | >>> CMD echo hi',
        '4 |     ',
        '--------------------',
        '',
      ].join('\n'),
    );
    assert.equal(await checking('FROM scratch\nCOPY a /\n').report(), 'Check complete, no warnings found.\n');
    assert.match(
      await checking('FROM scratch as a\nMAINTAINER me\n').report(),
      /^Check complete, 2 warnings have been found!\n/,
    );
  });

  it('sums up at the end of a build', async () => {
    const summary = await checking('FROM scratch as a\nMAINTAINER me\n').summary();
    assert.match(
      summary,
      /^\n 2 warnings found \(build with --check to see the lines\):\n - FromAsCasing: .* \(line 1\)\n/,
    );
    assert.match(summary, / - MaintainerDeprecated: .* \(line 2\)\n$/);
    assert.equal(await checking('FROM scratch\n').summary(), '');
    assert.equal(await new Checking({ buildArgs: {} }).summary(), '');
  });

  it('refuses a build whose file says so, and no other', async () => {
    const bad = 'FROM scratch as a\nMAINTAINER me\n';
    await assert.rejects(checking(`# check=error=true\n${bad}`).refuse(), {
      message: /^lint violation found for rules: FromAsCasing, MaintainerDeprecated\nCheck complete, 2 warnings/,
    });
    await checking(bad).refuse();
    await checking(`# check=skip=all;error=true\n${bad}`).refuse();
    await checking(`# check=error=false\n${bad}`).refuse();
    const asked = (value: string) => ({ BUILDKIT_DOCKERFILE_CHECK: value });
    await checking(`# check=error=true\n${bad}`, asked('error=false')).refuse();
    await assert.rejects(checking(bad, asked('error=true')).refuse(), {
      message: /^lint violation [^]*\nDockerfile:1\n/,
    });
    assert.equal(await checking(bad, asked('skip=all')).report(), 'Check complete, no warnings found.\n');
    await assert.rejects(checking(`# check=skip=FromAsCasing;error=true\n${bad}`).refuse(), {
      message: /^lint violation found for rules: MaintainerDeprecated\n/,
    });
  });
});
