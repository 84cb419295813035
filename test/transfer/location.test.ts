import assert from 'node:assert/strict';
import { formatLocation, parseLocation } from '../../runtime/src/transfer/location.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('transfer: places', () => {
  it('takes a name without a scheme for one in a registry', () => {
    const hub = { kind: 'registry', reference: { domain: 'docker.io', path: 'library/alpine', tag: '3' } };
    assert.deepEqual(parseLocation('alpine:3'), hub);
    assert.deepEqual(parseLocation('docker://alpine:3'), hub);
    const own = { domain: 'localhost:5000', path: 'a/b', digest };
    assert.deepEqual(parseLocation(`localhost:5000/a/b@${digest}`), { kind: 'registry', reference: own });
  });

  it('ends a path at its first colon, but for that of a drive', () => {
    assert.deepEqual(parseLocation('oci:a/b'), { kind: 'oci', path: 'a/b' });
    assert.deepEqual(parseLocation('oci:a/b:1.0'), { kind: 'oci', path: 'a/b', name: '1.0' });
    assert.deepEqual(parseLocation('oci:b:localhost:5000/x:2'), { kind: 'oci', path: 'b', name: 'localhost:5000/x:2' });
    assert.deepEqual(parseLocation('oci-archive:C:\\x.tar:1'), { kind: 'oci-archive', path: 'C:\\x.tar', name: '1' });
    assert.deepEqual(parseLocation(`oci:/x@${digest}`), { kind: 'oci', path: '/x', digest });
    assert.deepEqual(parseLocation('docker-archive:x.tar:alpine:3'), {
      kind: 'docker-archive',
      path: 'x.tar',
      name: 'alpine:3',
    });
  });

  it('knows the standard streams and the engine', () => {
    assert.deepEqual(parseLocation('-'), { kind: 'oci-archive', path: '-' });
    assert.deepEqual(parseLocation('docker-archive:-'), { kind: 'docker-archive', path: '-' });
    const reference = { domain: 'docker.io', path: 'library/x', tag: '1' };
    for (const name of ['engine:x:1', 'coracle:x:1', 'docker-daemon:x:1']) {
      assert.deepEqual(parseLocation(name), { kind: 'engine', reference });
    }
  });

  it('refuses what it does not know, and what names nothing', () => {
    for (const text of [
      'dir:/x',
      'containers-storage:x',
      'oci:',
      'oci-archive::x',
      'oci:x:',
      'docker:x',
      'https://x/y',
      '',
      'Upper:x',
      'oci:a\0b',
    ]) {
      assert.throws(() => parseLocation(text), { name: 'EngineError', kind: 'invalidParameter' }, text);
    }
  });

  it('writes them as they are written', () => {
    for (const text of ['alpine:3', 'oci:x:1', `oci:x@${digest}`, 'docker-archive:a.tar:b:c', 'engine:y:1']) {
      assert.equal(formatLocation(parseLocation(text)), text);
    }
  });
});
