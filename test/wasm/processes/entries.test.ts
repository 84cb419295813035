// The function that a program begins with, where its container names one.

import assert from 'node:assert/strict';
import { StartError } from '../../../wasm/src/processes/contract.ts';
import { Container, describeKernels, missingCompiler } from './container.ts';

describeKernels('wasm processes: functions to begin with', missingCompiler, (host) => {
  it('begins with the one that is named, and says which it lacks', async () => {
    await using container = await Container.create(host(), ['entries']);
    const first = await container.run(['entries']);
    assert.deepEqual([first.code, first.output], [3, 'main\n']);
    await using other = await Container.create(host(), ['entries']);
    const named = await other.run(['entries'], { entry: 'init' });
    assert.deepEqual([named.code, named.output], [0, 'init\n']);
  });

  it('refuses one that is not there, or that wants more than to begin', async () => {
    for (const [entry, words] of [
      ['nothing', /it exports no function named "nothing"/],
      ['toString', /it exports no function named "toString"/],
      ['takes', /its function "takes", with which it is to begin, takes arguments/],
    ] as const) {
      await using container = await Container.create(host(), ['entries']);
      await assert.rejects(container.run(['entries'], { entry }), (error) => {
        assert.ok(error instanceof StartError, String(error));
        assert.equal(error.exitCode, 126);
        assert.match(error.message, words);
        return true;
      });
    }
  });
});
