import assert from 'node:assert/strict';
import { parseEndpoint } from '../../runtime/src/client/endpoint.ts';

describe('client: addresses of engines', () => {
  it('knows sockets, tcp, http and named pipes', () => {
    assert.deepEqual(parseEndpoint('unix:///run/x.sock'), {
      kind: 'socket',
      path: '/run/x.sock',
      text: 'unix:///run/x.sock',
    });
    assert.deepEqual(parseEndpoint('tcp://10.0.0.1:2375'), {
      kind: 'tcp',
      host: '10.0.0.1',
      port: 2375,
      text: 'tcp://10.0.0.1:2375',
    });
    assert.equal(parseEndpoint('npipe:////./pipe/docker_engine').kind, 'socket');
  });

  it('takes the default ports, TLS has its own', () => {
    const port = (text: string, verify?: boolean) => {
      const endpoint = parseEndpoint(text, verify === undefined ? undefined : { verify });
      return endpoint.kind === 'tcp' ? endpoint.port : undefined;
    };
    assert.equal(port('tcp://host'), 2375);
    assert.equal(port('tcp://host', true), 2376);
    assert.equal(port('host:99'), 99);
    assert.equal(port('tcp://[::1]:5'), 5);
  });

  it('refuses what it cannot reach', () => {
    assert.throws(() => parseEndpoint('ssh://host'), /ssh are not supported yet/);
    for (const text of ['unix://', 'ftp://x', 'tcp://a:b:c', 'tcp://a/b/c']) {
      assert.throws(() => parseEndpoint(text), /unable to parse docker host/, text);
    }
    assert.throws(() => parseEndpoint('tcp://a:70000'), /invalid port/);
  });
});
