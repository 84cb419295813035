// `# check=error=true` holds for every client, since the engine itself looks.

import assert from 'node:assert/strict';
import { EngineError, isKind } from '../../runtime/src/spec/errors.ts';
import { enforceChecks } from '../../runtime/src/builder/plan/enforced-checks.ts';
import { parseDockerfile } from '../../runtime/src/spec/dockerfile/parse.ts';
import { context, Lab, request } from './lab.ts';

const bad = 'FROM busybox as one\n';
const wanted = '# check=error=true\n';

describe('checks that a Dockerfile enforces', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  it('refuse its build, from a text or a context, with the lines', async () => {
    const { builds } = lab.engine;
    const { dockerfileText: _, ...inContext } = request('');
    for (const asked of [
      request(wanted + bad),
      { ...inContext, context: await context({ Dockerfile: wanted + bad }) },
    ]) {
      await assert.rejects(builds.build(asked), (error) => {
        assert.ok(isKind(error, 'invalidParameter'));
        assert.match(
          (error as EngineError).message,
          /^lint violation found for rules: FromAsCasing\nFromAsCasing: .*\nDockerfile:2\n-{20}\n[^]*2 \| >>> FROM busybox as one\n/,
        );
        return true;
      });
    }
    assert.deepEqual(await builds.list(), []);
  });

  it('let a file build where they find nothing, or are told to leave it out', async () => {
    for (const text of [`${wanted}FROM busybox AS one\n`, `# check=skip=FromAsCasing;error=true\n${bad}`]) {
      const { failure } = await lab.build(text);
      assert.equal(failure, undefined, text);
    }
  });

  it('are those that the build argument names, whatever the file says', async () => {
    const { builds } = lab.engine;
    const buildArgs = { BUILDKIT_DOCKERFILE_CHECK: 'error=true' };
    for (const [text, line] of [
      [bad, 1],
      [`# check=error=false;skip=FromAsCasing\n${bad}`, 2],
      [`# escape=\`\n${bad}`, 2],
    ] as const) {
      await assert.rejects(builds.build({ ...request(text), buildArgs }), (error) => {
        assert.match((error as Error).message, new RegExp(`^lint violation [^]*\nDockerfile:${line}\n`));
        return true;
      });
    }
    for (const value of ['skip=FromAsCasing;error=true', 'error=false', '']) {
      const { failure } = await lab.build(wanted + bad, { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: value } });
      assert.equal(failure, undefined, value);
    }
    for (const value of ['error=maybe', 'error=true\nRUN x', 'other=1']) {
      const asked = { ...request(bad), buildArgs: { BUILDKIT_DOCKERFILE_CHECK: value } };
      await assert.rejects(builds.build(asked), /^EngineError: BUILDKIT_DOCKERFILE_CHECK: /, value);
    }
  });

  it('are not looked for where the file does not say so', async () => {
    const lint = () => Promise.reject(new Error('was asked'));
    const { signal } = new AbortController();
    const enforce = (text: string) =>
      enforceChecks(parseDockerfile(text), { name: 'Dockerfile', buildArgs: {}, lint, signal });
    await enforce(bad);
    await enforce(`# check=skip=all\n${bad}`);
    await enforce(`# check=error=false\n${bad}`);
    await enforce(`FROM busybox\n${wanted}`);
    await assert.rejects(enforce(wanted + bad), /was asked/);
  });
});
