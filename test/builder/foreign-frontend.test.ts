// Dockerfiles for another program than this builder are refused, however a build comes.

import assert from 'node:assert/strict';
import { refuseForeignFrontend } from '../../runtime/src/builder/plan/foreign-frontend.ts';
import { parseDockerfile } from '../../runtime/src/spec/dockerfile/parse.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { context, Lab, request } from './lab.ts';

const refuse = (text: string, buildArgs: Readonly<Record<string, string>> = {}) =>
  refuseForeignFrontend(parseDockerfile(text), 'Dockerfile', buildArgs);

describe('the frontend that a Dockerfile names', () => {
  const own = [
    'docker/dockerfile',
    'docker/dockerfile:1.7-labs',
    'docker.io/docker/dockerfile:1 --some option',
    'docker/dockerfile-upstream:master',
    `docker/dockerfile@sha256:${'a'.repeat(64)}`,
  ];
  for (const image of own) {
    it(`is this builder: ${image.slice(0, 50)}`, () => {
      refuse(`# syntax=${image}\nFROM a\n`);
      refuse('# syntax=other/one\nFROM a\n', { BUILDKIT_SYNTAX: image });
    });
  }

  it('may be named where a directive is none', () => refuse('FROM a\n# syntax=other/one\n'));

  for (const image of ['other/one', 'docker/dockerfiles:1', 'example.com/docker/dockerfile:1', 'docker/dockerfile-x']) {
    it(`is refused: ${image}`, () => {
      assert.throws(() => refuse(`# syntax=${image}\nFROM a\n`), {
        kind: 'notImplemented',
        message: new RegExp(`^# syntax=${image} cannot be used: .*\\nDockerfile:1\\n`),
      });
      assert.throws(() => refuse('# syntax=docker/dockerfile:1\nFROM a\n', { BUILDKIT_SYNTAX: image }), {
        kind: 'notImplemented',
        message: new RegExp(`^BUILDKIT_SYNTAX=${image} cannot be used: `),
      });
    });
  }
});

describe('a build of a Dockerfile for another frontend', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  const foreign = '# syntax=other/one:1\nFROM busybox\nPROGRAM of another\n';
  const { dockerfileText: _, ...inContext } = request('');

  it('is refused before it begins, from a text, a context, and where it is only checked', async () => {
    const { builds } = lab.engine;
    const asked = [
      request(foreign),
      request(foreign, { checkOnly: true }),
      { ...inContext, context: await context({ Dockerfile: foreign }) },
    ];
    for (const each of asked) {
      await assert.rejects(
        builds.build(each),
        (error) => isKind(error, 'notImplemented') && /other\/one:1/.test(error.message),
      );
    }
    assert.deepEqual(await builds.list(), []);
    const { failure } = await lab.build('# syntax=docker/dockerfile:1\nFROM busybox\n');
    assert.equal(failure, undefined);
  });
});
