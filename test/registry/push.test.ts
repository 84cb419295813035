// Pushing to registries that break off, refuse, or want to know who we are.

import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import type { Wait } from '../../runtime/src/registry/patience.ts';
import {
  createRegistry,
  type PushOptions,
  type PushTarget,
  type Registry,
  type Repository,
} from '../../runtime/src/registry/registry.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { type Adversary, blobOf, manifestOf, ociIndex, ociManifest, refuse, startAdversary } from './adversary.ts';

const auth = { username: 'ann', password: 'secret' };

describe('registry: pushing', () => {
  let registry: Adversary;
  beforeEach(async () => {
    registry = await startAdversary();
    registry.trick = takesUploads;
  });
  afterEach(() => registry[Symbol.asyncDispose]());

  const blob = blobOf('some layer '.repeat(20_000));
  const outgoing = {
    digest: blob.digest as Digest,
    size: blob.bytes.length,
    async *open() {
      for (let at = 0; at < blob.bytes.length; at += 10_000) yield blob.bytes.subarray(at, at + 10_000);
    },
  };

  const client = (): Registry =>
    createRegistry({
      host: createNodeHost(),
      logger: silentLogger,
      config: () => ({ insecureRegistries: [], mirrors: [] }),
    });

  function repository(): Repository {
    return client().repository(parseReference(`${registry.address}/team/app:1`), undefined);
  }

  function target(credentials?: typeof auth, options: PushOptions = {}): PushTarget {
    return client().pushTarget(parseReference(`${registry.address}/team/app:1`), credentials, options);
  }

  /** As a registry does: a place for each upload, and what was taken is there. */
  function takesUploads(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    const sent = registry.seen.at(-1)?.body ?? '';
    if (request.method === 'POST' && url.pathname.endsWith('/blobs/uploads/')) {
      response.writeHead(202, { location: '/v2/team/app/blobs/uploads/7?state=x' });
    } else if (request.method === 'PUT' && url.pathname.includes('/uploads/')) {
      assert.equal(url.searchParams.get('state'), 'x');
      const taken = blobOf(sent);
      if (taken.digest !== url.searchParams.get('digest')) {
        refuse(response, 400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
        return true;
      }
      registry.blobs.set(taken.digest, taken);
      response.writeHead(201);
    } else if (request.method === 'PUT') {
      const type = request.headers['content-type'] ?? '';
      registry.manifests.set(url.pathname.replace(/.*\//, ''), { type, bytes: Buffer.from(sent) });
      response.writeHead(201);
    } else return false;
    response.end();
    return true;
  }

  const asked = (): readonly string[] =>
    registry.seen.map(({ method, url }) => `${method} ${url.replace(/[?].*/, '')}`);

  it('sends a blob once, and the manifest under its tag', async () => {
    const to = target();
    assert.equal(await to.putBlob(outgoing), 'sent');
    assert.equal(await to.putBlob(outgoing), 'present');
    await to.putManifest('1', { bytes: Buffer.from('{}'), mediaType: 'application/x' });
    assert.deepEqual(asked(), [
      `HEAD /v2/team/app/blobs/${blob.digest}`,
      'POST /v2/team/app/blobs/uploads/',
      'PUT /v2/team/app/blobs/uploads/7',
      `HEAD /v2/team/app/blobs/${blob.digest}`,
      'PUT /v2/team/app/manifests/1',
    ]);
    assert.deepEqual(registry.manifests.get('1'), { type: 'application/x', bytes: Buffer.from('{}') });
  });

  it('begins anew where an upload is cut off, and where it is asked to wait', async () => {
    let tries = 0;
    registry.trick = (request, response, url) => {
      if (request.method !== 'PUT') return takesUploads(request, response, url);
      tries += 1;
      if (tries === 1) request.socket.destroy();
      else if (tries === 2) {
        response.setHeader('retry-after', '1');
        refuse(response, 429, 'TOOMANYREQUESTS', 'slow down');
      } else return takesUploads(request, response, url);
      return true;
    };
    const waits: Wait[] = [];
    assert.equal(await target(undefined, { onWait: (wait) => waits.push(wait) }).putBlob(outgoing), 'sent');
    assert.equal(tries, 3);
    assert.deepEqual(waits, [{ seconds: 1 }, { seconds: 1, limitedBy: registry.address }]);
    assert.deepEqual(registry.blobs.get(blob.digest)?.bytes, blob.bytes);
  });

  it('has a blob mounted where the registry does that, and sends it where not', async () => {
    const from = { ...outgoing, from: 'other/app' };
    const answers = [201, 202, 404, 500];
    const how: string[] = [];
    for (const status of answers) {
      registry.blobs.delete(blob.digest);
      registry.trick = (request, response, url) => {
        if (url.searchParams.get('from') === null) return takesUploads(request, response, url);
        assert.equal(url.searchParams.get('mount'), blob.digest);
        if (status > 202) refuse(response, status, 'NAME_UNKNOWN', 'no such repository');
        else response.writeHead(status, { location: '/v2/team/app/blobs/uploads/8?state=x' }).end();
        return true;
      };
      how.push(await target().putBlob(from));
    }
    assert.deepEqual(how, ['mounted', 'sent', 'sent', 'sent']);
    const put = asked().filter((one) => one.startsWith('PUT'));
    assert.deepEqual(
      put.map((one) => one.slice(-1)),
      ['8', '7', '7'],
    );
  });

  it('asks a token server for the right to read what is mounted', async () => {
    let scopes: readonly string[] = [];
    registry.trick = (request, response, url) => {
      if (url.pathname === '/token') {
        scopes = url.searchParams.getAll('scope');
        response.end('{"token":"t"}');
      } else if (request.headers.authorization === 'Bearer t') return takesUploads(request, response, url);
      else {
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'who are you');
      }
      return true;
    };
    await target(undefined, { sources: ['other/app'] }).putBlob(outgoing);
    assert.deepEqual(scopes, ['repository:team/app:pull,push', 'repository:other/app:pull']);
  });

  it('gives up on what stays broken, and at once when it is told to', async () => {
    registry.trick = (request, response, url) => {
      if (request.method !== 'PUT') return takesUploads(request, response, url);
      refuse(response, 503, 'UNAVAILABLE', 'later');
      return true;
    };
    await assert.rejects(target().putBlob(outgoing), /unavailable: later/);
    assert.equal(registry.seen.filter(({ method }) => method === 'PUT').length, 4);
    await assert.rejects(
      target(undefined, { signal: AbortSignal.abort(new Error('enough')) }).putBlob(outgoing),
      /enough/,
    );
  });

  it('asks for the right to push, and tells nobody else who we are', async () => {
    await using storage = await startAdversary(10);
    storage.trick = (_request, response) => {
      response.writeHead(201);
      response.end();
      return true;
    };
    registry.trick = (request, response, url) => {
      if (url.pathname === '/token') {
        response.end(JSON.stringify({ token: 't' }));
        return true;
      }
      if (request.headers.authorization !== 'Bearer t') {
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      }
      if (request.method !== 'POST') return takesUploads(request, response, url);
      response.writeHead(202, { location: `http://${storage.address}/put/it/here` });
      response.end();
      return true;
    };
    await target(auth).putBlob(outgoing);
    const token = registry.seen.find(({ url }) => url.startsWith('/token'));
    assert.equal(new URL(token?.url ?? '', 'http://x').searchParams.get('scope'), 'repository:team/app:pull,push');
    assert.equal(storage.seen.length, 1);
    assert.equal(storage.seen[0]?.headers.authorization, undefined);
    assert.equal(storage.seen[0]?.body, blob.bytes.toString());
  });

  it('adds to the list under the tag that stands in, and leaves the rest of it as it is', async () => {
    const digestOf = (at: number): string => `sha256:${at.toString(16).padStart(64, '0')}`;
    const entry = (at: number) => ({ mediaType: ociManifest, digest: digestOf(at), size: at, data: 'e30=' });
    const before = {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: Array.from({ length: 1200 }, (_, at) => entry(at)),
      annotations: { kept: 'yes' },
    };
    const subject = { mediaType: ociManifest, digest: digestOf(9999), size: 7 };
    const tag = subject.digest.replace(':', '-');
    registry.publish(tag, before, ociIndex);
    // It knows the question, but it has not looked at what the manifest is about.
    registry.trick = (request, response, url) => {
      if (!url.pathname.includes('/referrers/')) return takesUploads(request, response, url);
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] }));
      return true;
    };
    const manifest = manifestOf(registry, { subject });
    const bytes = Buffer.from(JSON.stringify(manifest));
    const put = () => target().putManifest(blobOf(bytes).digest, { bytes, mediaType: ociManifest });
    await put();
    const list = registry.manifests.get(tag)?.bytes.toString() ?? '';
    const { manifests, annotations } = JSON.parse(list) as typeof before;
    assert.deepEqual(manifests.slice(0, 1200), before.manifests);
    assert.deepEqual([manifests[1200]?.digest, manifests.length], [blobOf(bytes).digest, 1201]);
    assert.deepEqual(annotations, before.annotations);
    // What is no list is nobody's to write over.
    registry.publish(tag, manifest);
    await assert.rejects(put(), /media type mismatch/);
  });

  for (const status of [400, 404, 405, 501]) {
    it(`looks under the tag that stands in where the list is answered with ${status}`, async () => {
      const [subject, tag] = [`sha256:${'7'.repeat(64)}`, `sha256-${'7'.repeat(64)}`];
      const found = { mediaType: ociManifest, digest: blob.digest, size: 7 };
      registry.publish(tag, { schemaVersion: 2, mediaType: ociIndex, manifests: [found] }, ociIndex);
      registry.trick = (_request, response, url) => {
        if (!url.pathname.includes('/referrers/')) return false;
        response.writeHead(status).end('<html>what?</html>');
        return true;
      };
      const referrers = await repository().referrers(subject as Digest);
      assert.deepEqual(
        referrers.map(({ digest }) => digest),
        [blob.digest],
      );
    });
  }

  it('takes a page of more names than a call has room for', async () => {
    registry.trick = (_request, response, url) => {
      if (!url.pathname.endsWith('/tags/list')) return false;
      response.end(JSON.stringify({ tags: Array.from({ length: 600_000 }, () => 'x') }));
      return true;
    };
    assert.equal((await repository().tags()).length, 10_000);
  });

  it('goes nowhere else than to a web address', async () => {
    for (const location of ['file:///etc/passwd', 'ftp://x/y', undefined]) {
      registry.trick = (request, response, url) => {
        if (request.method !== 'POST') return takesUploads(request, response, url);
        response.writeHead(202, location === undefined ? {} : { location });
        response.end();
        return true;
      };
      await assert.rejects(target().putBlob(outgoing), /which is not followed|named no place for an upload/);
    }
  });

  it('says in the words of docker what is refused', async () => {
    registry.trick = (_request, response) => {
      refuse(response, 403, 'DENIED', 'requested access to the resource is denied');
      return true;
    };
    await assert.rejects(
      target().putManifest('1', { bytes: Buffer.from('{}'), mediaType: 'application/x' }),
      /^EngineError: push access denied for .*\/team\/app, repository does not exist or may require authorization: denied/,
    );
    registry.trick = (request, response, url) => {
      if (request.method === 'PUT') refuse(response, 400, 'MANIFEST_INVALID', 'no');
      else return takesUploads(request, response, url);
      return true;
    };
    await assert.rejects(
      target().putManifest('1', { bytes: Buffer.from('{}'), mediaType: 'a/b' }),
      /manifest invalid: no/,
    );
  });
});
