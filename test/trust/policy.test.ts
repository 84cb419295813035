// Policies: what is understood, what is refused as a whole, and which rule is meant for an image.

import assert from 'node:assert/strict';
import { PolicyError } from '../../runtime/src/trust/fields.ts';
import { identityFits, parseIdentity, referenceIn } from '../../runtime/src/trust/identity.ts';
import { parsePolicy, type Policy } from '../../runtime/src/trust/policy.ts';
import { ruleForPlace, ruleForReference } from '../../runtime/src/trust/scope.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';

const accept = [{ type: 'insecureAcceptAnything' }];
const key = { type: 'sigstoreSigned', keyPath: '/k.pub' };

function parse(policy: unknown): Policy {
  return parsePolicy(Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)));
}

const signedBy = (more: object): object => ({ default: [{ type: 'sigstoreSigned', ...more }] });

describe('trust: policies', () => {
  it("takes what Podman's and skopeo's say", () => {
    const policy = parse({
      default: [{ type: 'reject' }],
      transports: {
        'docker-daemon': { '': accept },
        dir: { '/x': accept },
        docker: {
          'docker.io': [key],
          '*.example.com': accept,
          'registry.access.redhat.com': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/x' }],
          'reg:5000/a': [
            { ...key, signedIdentity: { type: 'remapIdentity', prefix: 'reg:5000', signedPrefix: 'docker.io' } },
            { type: 'sigstoreSigned', keyDatas: ['QUJD', 'QUI='], signedIdentity: { type: 'matchRepository' } },
          ],
        },
      },
    });
    assert.deepEqual(policy.default, [{ type: 'reject' }]);
    assert.equal(policy.transports.get('docker')?.size, 4);
    const [, second] = policy.transports.get('docker')?.get('reg:5000/a') ?? [];
    assert(second?.type === 'sigstoreSigned' && second.signers.kind === 'keys');
    assert.deepEqual(
      second.signers.keys.map((each) => ('data' in each ? Buffer.from(each.data).toString() : each.path)),
      ['ABC', 'AB'],
    );
  });

  const pki = { caRootsPath: '/ca', subjectEmail: 'a@b' };
  const fulcio = { caPath: '/ca', oidcIssuer: 'https://i', subjectEmail: 'a@b' };
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', '', /not valid JSON/],
    ['no object', '[]', /not a JSON object/],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not valid JSON/],
    ['no default', {}, /^default must be a list/],
    ['an empty list', { default: [] }, /^default must not be empty/],
    ['a type that is not known', { default: [{ type: 'accept' }] }, /default\[0\]\.type is "accept"/],
    ['a type of another case', { default: [{ type: 'Reject' }] }, /default\[0\]\.type is "Reject"/],
    ['no type', { default: [{}] }, /default\[0\]\.type must be a text/],
    ['__proto__ as a type', { default: [{ type: '__proto__' }] }, /is "__proto__"/],
    ['a key beside accept', { default: [{ type: 'insecureAcceptAnything', x: 1 }] }, /not known: "x"/],
    ['a key at the top', { default: accept, extra: 1 }, /not known: "extra"/],
    ['a key that comes twice', '{"default":[{"type":"reject","type":"insecureAcceptAnything"}]}', /"type" is there twice/],
    ['a default that comes twice', '{"default":[{"type":"reject"}],"d\\u0065fault":[]}', /"default" is there twice/],
    ['scopes that are no object', { default: accept, transports: { docker: [] } }, /transports\.docker must be an object/],
    ['a scope without rules', { default: accept, transports: { docker: { x: [] } } }, /\["x"\] must not be empty/],
    ['a wildcard inside', { default: accept, transports: { docker: { 'a*.b.c': accept } } }, /matches nothing/],
    ['a wildcard with a path', { default: accept, transports: { docker: { '*.b.c/x': accept } } }, /matches nothing/],
    ['no key', signedBy({}), /exactly one of keyPath/],
    ['two keys', signedBy({ keyPath: '/a', keyData: 'QUI=' }), /exactly one of keyPath/],
    ['a key and authorities', signedBy({ keyPath: '/a', pki }), /exactly one of keyPath/],
    ['no keys', signedBy({ keyPaths: [] }), /keyPaths must not be empty/],
    ['a key that is no text', signedBy({ keyPath: 7 }), /keyPath must be a text/],
    ['a null key', signedBy({ keyPath: null }), /keyPath must be a text/],
    ['a relative path', signedBy({ keyPath: 'k.pub' }), /must be an absolute path/],
    ['no base64', signedBy({ keyData: 'QUI' }), /keyData must be base64/],
    ['an empty key', signedBy({ keyData: '' }), /keyData must be base64/],
    ['authorities without roots', signedBy({ pki: { subjectEmail: 'a@b' } }), /exactly one of caRootsPath/],
    ['authorities for anybody', signedBy({ pki: { caRootsPath: '/ca' } }), /needs subjectEmail or subjectHostname/],
    ['authorities and a log', signedBy({ pki, rekorPublicKeyPath: '/r' }), /must not have a rekor key/],
    ['Fulcio without a log', signedBy({ fulcio }), /needs rekorPublicKeyPath/],
    ['Fulcio for anybody', signedBy({ fulcio: { caPath: '/ca', oidcIssuer: 'x' }, rekorPublicKeyPath: '/r' }), /subjectEmail must be a text/],
    ['an empty email', signedBy({ pki: { ...pki, subjectEmail: '' } }), /subjectEmail must not be empty/],
    ['an identity that is not known', signedBy({ keyPath: '/a', signedIdentity: { type: 'any' } }), /is "any"/],
    ['a key beside an identity', signedBy({ keyPath: '/a', signedIdentity: { type: 'matchExact', x: 1 } }), /not known: "x"/],
    ['no tag in a reference', signedBy({ keyPath: '/a', signedIdentity: { type: 'exactReference', dockerReference: 'a' } }), /needs a tag/],
    ['a prefix not in full', signedBy({ keyPath: '/a', signedIdentity: { type: 'remapIdentity', prefix: 'busybox', signedPrefix: 'a.b' } }), /prefix must be a host/],
  ]; // prettier-ignore
  for (const [what, policy, message] of wrong) {
    it(`refuses ${what}`, () => {
      const bytes = policy instanceof Uint8Array ? policy : undefined;
      assert.throws(
        () => (bytes === undefined ? parse(policy) : parsePolicy(bytes)),
        (error) => {
          assert(error instanceof PolicyError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('refuses more than 1 MiB', () => {
    assert.throws(() => parse(`{"default":[]${' '.repeat(1024 * 1024)}}`), /larger than 1 MiB/);
  });

  it('never takes a text that was changed anywhere for one that accepts more, and ends with its own errors only', () => {
    const text = JSON.stringify({ default: [{ type: 'reject' }], transports: { docker: { 'a.b/c': [key] } } });
    for (let at = 0; at < text.length; at++) {
      for (const byte of [0, 0x22, 0x2c, 0x5b, 0x5d, 0x5c, 0x7b, 0x7d, 0x61, 0x74, 0xff]) {
        const bytes = Buffer.from(text);
        bytes[at] = byte;
        let policy;
        try {
          policy = parsePolicy(bytes);
        } catch (error) {
          assert(error instanceof PolicyError, `byte ${byte} at ${at}: ${String(error)}`);
          continue;
        }
        const all = [policy.default, ...[...policy.transports.values()].flatMap((scopes) => [...scopes.values()])];
        assert(!all.flat().some(({ type }) => type === 'insecureAcceptAnything'), `byte ${byte} at ${at}`);
      }
    }
  });

  it('reads what nests deeply, or repeats itself, in time that grows with it', () => {
    const deep = `{"default":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    assert.throws(() => parse(deep), PolicyError);
    assert.throws(() => parse(`{"default":"${'\\"'.repeat(300_000)}"}`), PolicyError);
  });
});

describe('trust: scopes', () => {
  const scope = (name: string, ...scopes: readonly string[]): string => {
    const docker = Object.fromEntries(scopes.map((each) => [each, accept]));
    return ruleForReference(parse({ default: accept, transports: { docker } }), parseReference(name)).place;
  };

  it('takes the most specific one', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const all = ['h.example.com:5000/n/r:1', 'h.example.com:5000/n/r', 'h.example.com:5000/n', 'h.example.com:5000', '*.example.com', '*.com', '']; // prettier-ignore
    for (const [index, each] of all.entries()) {
      assert.equal(scope('h.example.com:5000/n/r:1', ...all.slice(index)), `transports.docker["${each}"]`);
    }
    assert.equal(scope('h.example.com:5000/n/r:1'), 'default');
    assert.equal(scope(`a/b@${digest}`, 'docker.io/a/b:1', `docker.io/a/b@${digest}`), `transports.docker["docker.io/a/b@${digest}"]`); // prettier-ignore
  });

  it('matches whole parts only', () => {
    assert.equal(scope('h.io/names/r:1', 'h.io/name'), 'default');
    assert.equal(scope('h.io:5000/r:1', 'h.io'), 'default');
    assert.equal(scope('xexample.com/r:1', '*.example.com'), 'default');
    assert.equal(scope('example.com/r:1', '*.example.com'), 'default');
    assert.equal(scope('busybox:1', 'busybox', 'library/busybox'), 'default');
    assert.equal(scope('busybox:1', 'docker.io/library/busybox'), 'transports.docker["docker.io/library/busybox"]');
    assert.equal(scope('h.io/constructor:1', '__proto__'), 'default');
  });

  it('has one rule for archives of docker’s', () => {
    const policy = parse({ default: accept, transports: { 'docker-archive': { '': [{ type: 'reject' }] } } });
    const place = { transport: 'docker-archive' } as const;
    assert.equal(ruleForPlace(policy, place).place, 'transports.docker-archive[""]');
    assert.equal(ruleForPlace(parse({ default: accept }), place).place, 'default');
  });

  it('knows layouts and archives of OCI by their path and the folders that it is in', () => {
    const local = (
      transport: 'oci' | 'oci-archive',
      path: string | undefined,
      ...scopes: readonly string[]
    ): string => {
      const rules = Object.fromEntries(scopes.map((each) => [each, accept]));
      const policy = parse({ default: accept, transports: { oci: rules } });
      return ruleForPlace(policy, { transport, path }).place;
    };
    const all = ['/a/b/c', '/a/b', '/a', ''];
    for (const [index, each] of all.entries()) {
      assert.equal(local('oci', '/a/b/c', ...all.slice(index)), `transports.oci["${each}"]`);
    }
    assert.equal(local('oci', '/a/b/c', '/', '/a/b/', '/a/b/c:x', '/a/b/cc', 'c'), 'default');
    assert.equal(local('oci-archive', '/a/b', '/a/b', ''), 'default');
    assert.equal(local('oci', undefined, '/a', ''), 'transports.oci[""]');
  });

  it('knows images of an engine by their names', () => {
    const policy = parse({ default: accept, transports: { 'docker-daemon': { 'docker.io/library': accept } } });
    const place = (name: string) =>
      ruleForPlace(policy, { transport: 'docker-daemon', reference: parseReference(name) }).place;
    assert.equal(place('busybox:1'), 'transports.docker-daemon["docker.io/library"]');
    assert.equal(place('a/busybox:1'), 'default');
  });
});

describe('trust: identities', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const fits = (identity: object | undefined, image: string, signed: string | undefined): boolean =>
    identityFits(parseIdentity(identity, ''), parseReference(image), referenceIn(signed));
  const rows: readonly (readonly [object | undefined, string, string | undefined, boolean])[] = [
    [undefined, 'h.io/a:1', 'h.io/a:1', true],
    [undefined, 'h.io/a:1', 'h.io/a:2', false],
    [undefined, 'h.io/a:1', 'h.io/a', false],
    [undefined, 'h.io/a:1', 'h.io/b:1', false],
    [undefined, 'h.io/a:1', undefined, false],
    [undefined, 'h.io/a:1', 'NO NAME', false],
    [undefined, `h.io/a@${digest}`, 'h.io/a:9', true],
    [undefined, `h.io/a@${digest}`, 'h.io/a', false],
    [undefined, `h.io/a@${digest}`, 'h.io/b:9', false],
    [undefined, 'busybox:1', 'docker.io/library/busybox:1', true],
    [{ type: 'matchExact' }, `h.io/a@${digest}`, 'h.io/a:9', false],
    [{ type: 'matchExact' }, 'h.io/a:1', 'h.io/a:1', true],
    [{ type: 'matchRepository' }, 'h.io/a:1', 'h.io/a', true],
    [{ type: 'matchRepository' }, 'h.io/a:1', 'h.io/a/b', false],
    [{ type: 'matchDigest' }, 'h.io/a:1', undefined, true],
    [{ type: 'exactReference', dockerReference: 'h.io/x:1' }, 'h.io/a:7', 'h.io/x:1', true],
    [{ type: 'exactReference', dockerReference: 'h.io/x:1' }, 'h.io/a:7', 'h.io/x:2', false],
    [{ type: 'exactRepository', dockerRepository: 'h.io/x' }, 'h.io/a:7', 'h.io/x:2', true],
    [{ type: 'exactRepository', dockerRepository: 'h.io/x' }, 'h.io/x:2', 'h.io/a:7', false],
    [{ type: 'remapIdentity', prefix: 'h.io/m', signedPrefix: 'docker.io' }, 'h.io/m/u/a:1', 'docker.io/u/a:1', true],
    [{ type: 'remapIdentity', prefix: 'h.io/m', signedPrefix: 'docker.io' }, 'h.io/m/u/a:1', 'h.io/m/u/a:1', false],
    [{ type: 'remapIdentity', prefix: 'h.io/m', signedPrefix: 'docker.io' }, 'h.io/mm/a:1', 'h.io/mm/a:1', true],
    [{ type: 'remapIdentity', prefix: 'h.io', signedPrefix: 'k.io/z' }, `h.io/a@${digest}`, 'k.io/z/a:5', true],
  ];
  for (const [identity, image, signed, expected] of rows) {
    it(`${JSON.stringify(identity) ?? 'by default'}: ${signed ?? 'no name'} is ${expected ? '' : 'not '}taken for ${image}`, () => {
      assert.equal(fits(identity, image, signed), expected);
    });
  }
});
