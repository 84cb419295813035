// Challenges as servers write them, and where credentials may go.

import assert from 'node:assert/strict';
import { endpointsOf, isInsecure, mayReceiveCredentials } from '../../runtime/src/registry/endpoints.ts';
import { parseChallenges } from '../../runtime/src/registry/challenge.ts';
import { retryAfter } from '../../runtime/src/registry/errors.ts';
import { seededRandom } from '../spec/random.ts';

describe('registry: challenges and endpoints', () => {
  it('reads several challenges, quotes and escapes', () => {
    const text =
      'Bearer realm="https://a/b?c,d",service=s, scope="repository:x:pull,push" , error="insufficient_scope", Basic realm="a \\"b\\""';
    const [bearer, basic, ...others] = parseChallenges(text);
    assert.deepEqual(others, []);
    assert.equal(bearer?.scheme, 'bearer');
    assert.deepEqual(Object.fromEntries(bearer.parameters), {
      realm: 'https://a/b?c,d',
      service: 's',
      scope: 'repository:x:pull,push',
      error: 'insufficient_scope',
    });
    assert.equal(basic?.parameters.get('realm'), 'a "b"');
    assert.deepEqual(parseChallenges(''), []);
    assert.deepEqual(parseChallenges('x'.repeat(20_000)), []);
  });

  it('reads anything in time', () => {
    const random = seededRandom(2);
    const pieces = ['Bearer', ' ', ',', '=', '"', '\\', 'a', 'realm', '\t'];
    const started = performance.now();
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random(3000) }, () => pieces[random(pieces.length)]).join('');
      assert.ok(Array.isArray(parseChallenges(text)));
    }
    for (const piece of pieces) assert.ok(Array.isArray(parseChallenges(piece.repeat(16_000 / piece.length))));
    assert.ok(performance.now() - started < 60_000);
  });

  it("lets credentials go to the registry's own domain only", () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
      ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
      ['https://ghcr.io', 'https://ghcr.io/token', true],
      ['https://registry-1.docker.io', 'http://auth.docker.io/token', false],
      ['https://registry-1.docker.io', 'https://docker.io.evil.com/token', false],
      ['https://registry.example.co.uk', 'https://evil.co.uk/token', false],
      ['https://registry.example.com', 'https://evil.com/token', false],
      ['https://registry.example.com', 'http://registry.example.com/token', false],
      ['http://127.0.0.1:5000', 'http://127.0.0.1:5000/token', true],
      ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token', false],
      ['http://10.0.0.1:5000', 'https://10.0.0.1/token', true],
      ['https://10.0.0.1', 'https://10.1.0.1/token', false],
    ];
    for (const [registry, realm, expected] of cases) {
      assert.equal(mayReceiveCredentials(registry, realm), expected, `${registry} ${realm}`);
    }
  });

  it('knows where plain HTTP may be spoken', () => {
    const config = {
      insecureRegistries: ['10.1.0.0/16', 'reg.local:5000', 'plain.local'],
      mirrors: ['https://mirror.local/'],
    };
    for (const host of [
      'localhost',
      'localhost:1',
      '127.3.4.5:9',
      '[::1]:5000',
      '10.1.2.3:80',
      'reg.local:5000',
      'plain.local:1',
    ]) {
      assert.ok(isInsecure(host, config), host);
    }
    for (const host of ['10.2.0.1', 'reg.local', '127.0.0.1.evil.com', 'localhost.evil.com']) {
      assert.ok(!isInsecure(host, config), host);
    }
    assert.deepEqual(
      endpointsOf('docker.io', config).map((one) => one.base),
      ['https://mirror.local', 'https://registry-1.docker.io'],
    );
    assert.deepEqual(
      endpointsOf('example.com', config).map((one) => one.base),
      ['https://example.com'],
    );
    assert.deepEqual(
      endpointsOf('localhost:5000', config).map((one) => one.base),
      ['https://localhost:5000', 'http://localhost:5000'],
    );
  });

  it('reads Retry-After as seconds and as a date, and waits a minute at most', () => {
    assert.equal(retryAfter('3', 0), 3000);
    assert.equal(retryAfter('3600', 0), 3_600_000);
    assert.equal(retryAfter('999999', 0), 86_400_000);
    assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:05 GMT', 1000), 4000);
    assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:05 GMT', 9000), 0);
    assert.equal(retryAfter('soon', 0), undefined);
    assert.equal(retryAfter(undefined, 0), undefined);
  });
});
