// Builds that run: order, results, failures, what they leave behind.

import assert from 'node:assert/strict';
import { Lab } from './lab.ts';

describe('builds', function () {
  this.timeout(60_000);
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  it('makes an image of FROM, RUN and what only changes the configuration', async () => {
    const built = await lab.build(
      'FROM busybox AS base\nENV GREETING=hello\nRUN echo $GREETING > /said && echo told\nWORKDIR /a/b\nCMD ["cat", "/said"]\n',
      { tags: ['first:1'], labels: { made: 'here' } },
    );
    assert.equal(built.failure, undefined);
    assert.equal(built.output, 'told\n');
    assert.deepEqual(built.states, ['done', 'done', 'done', 'done', 'done']);
    const image = await lab.engine.images.inspect('first:1');
    assert.equal(image.Id, built.imageId);
    assert.deepEqual(image.Config?.Cmd, ['cat', '/said']);
    assert.equal(image.Config?.WorkingDir, '/a/b');
    assert.deepEqual(image.Config?.Labels, { made: 'here' });
    assert.equal(image.RootFS?.Layers?.length, 3);
    assert.equal(await lab.run('first:1', ['cat', '/said']), 'hello\n');
    assert.deepEqual(await lab.engine.containers.list({ all: true, size: false, filters: new Map() }), []);
    assert.deepEqual(await lab.problems(), []);
  });
});
