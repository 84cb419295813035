// Which features are left to other extensions.

import assert from 'node:assert/strict';
import { doneByNeighbours } from '../../extension/src/language/neighbours.ts';

describe('extension: neighbours', () => {
  it('do nothing where there are none', () => {
    const isDone = doneByNeighbours(() => false);
    assert.equal(isDone('dockerfile', 'hover'), false);
    assert.equal(isDone('__proto__', 'hover'), false);
  });

  it('keep what both do, by language', () => {
    const tools = doneByNeighbours((id) => id === 'ms-azuretools.vscode-containers');
    assert.equal(tools('dockerfile', 'completion'), true);
    assert.equal(tools('dockerfile', 'folding'), false);
    assert.equal(tools('dockercompose', 'rename'), false);
    assert.equal(tools('dockerbake', 'hover'), false);
    const both = doneByNeighbours((id) => ['redhat.vscode-yaml', 'docker.docker'].includes(id));
    assert.equal(both('dockercompose', 'folding'), true);
    assert.equal(both('dockercompose', 'rename'), true);
    assert.equal(both('constructor', 'hover'), false);
  });
});
