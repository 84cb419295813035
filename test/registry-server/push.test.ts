// "Push" of the distribution spec: every way in for a blob, by both algorithms, and what is refused on the way.

import assert from 'node:assert/strict';
import { type Algorithm, type Answer, type Ask, digestOf, openTemp, pushBlob, someBytes } from './in-process.ts';

const repository = 'team/app';
const uploads = `/v2/${repository}/blobs/uploads/`;

/** Begins an upload. @returns where it goes on */
async function begin(ask: Ask, query = ''): Promise<string> {
  const { status, header } = await ask('POST', uploads + query, { headers: { 'content-length': '0' } });
  assert.equal(status, 202);
  assert.equal(header('range'), '0-0');
  const location = header('location') ?? '';
  assert.match(
    location,
    /^\/v2\/team\/app\/blobs\/uploads\/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
  );
  return location;
}

const patch = (ask: Ask, location: string, bytes: Uint8Array, start?: number): Promise<Answer> =>
  ask('PATCH', location, {
    headers: start === undefined ? {} : { 'content-range': `${start}-${start + bytes.length - 1}` },
    body: bytes,
  });

async function* inPieces(bytes: Uint8Array, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Way = (ask: Ask, bytes: Uint8Array, digest: string, algorithm: Algorithm) => Promise<Answer>;

async function chunked(ask: Ask, bytes: Uint8Array, digest: string, algorithm: Algorithm, last: 'patch' | 'put') {
  let location = await begin(ask, algorithm === 'sha512' ? '?digest-algorithm=sha512' : '');
  const step = Math.ceil(bytes.length / 3);
  const cuts = last === 'patch' ? [0, 1, 2] : [0, 1];
  for (const cut of cuts) {
    const chunk = bytes.subarray(cut * step, (cut + 1) * step);
    const { status, header } = await patch(ask, location, chunk, cut * step);
    assert.equal(status, 202);
    assert.equal(header('range'), `0-${Math.min((cut + 1) * step, bytes.length) - 1}`);
    location = header('location') ?? '';
  }
  const rest = bytes.subarray(cuts.length * step);
  return await ask('PUT', `${location}?digest=${digest}`, {
    ...(rest.length === 0 ? {} : { headers: { 'content-range': `${cuts.length * step}-${bytes.length - 1}` } }),
    body: rest,
  });
}

const ways: Readonly<Record<string, Way>> = {
  'one POST': (ask, bytes, digest) => ask('POST', `${uploads}?digest=${digest}`, { body: bytes }),
  'POST and PUT': async (ask, bytes, digest) => ask('PUT', `${await begin(ask)}?digest=${digest}`, { body: bytes }),
  'one chunk': async (ask, bytes, digest) => {
    const location = await begin(ask);
    assert.equal((await patch(ask, location, bytes, 0)).status, 202);
    return await ask('PUT', `${location}?digest=${digest}`);
  },
  'three chunks': (ask, bytes, digest, algorithm) => chunked(ask, bytes, digest, algorithm, 'patch'),
  'three chunks, the last with PUT': (ask, bytes, digest, algorithm) => chunked(ask, bytes, digest, algorithm, 'put'),
  'a stream': async (ask, bytes, digest) => {
    const location = await begin(ask);
    const { status, header } = await ask('PATCH', location, { body: inPieces(bytes) });
    assert.equal(status, 202);
    assert.equal(header('range'), `0-${bytes.length - 1}`);
    return await ask('PUT', `${location}?digest=${digest}`);
  },
};

describe('registry server: push of blobs', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    for (const [name, way] of Object.entries(ways)) {
      it(`takes a blob by ${name}, ${algorithm}`, async () => {
        await using registry = await openTemp();
        const bytes = someBytes(1_300_000);
        const digest = digestOf(bytes, algorithm);
        const { status, header } = await way(registry.ask, bytes, digest, algorithm);
        assert.equal(status, 201);
        assert.equal(header('docker-content-digest'), digest);
        assert.equal(header('location'), `/v2/${repository}/blobs/${digest}`);
        const got = await registry.ask('GET', header('location') ?? '');
        assert.equal(got.status, 200);
        assert.equal(digestOf(got.body, algorithm), digest);
        assert.equal((await registry.ask('HEAD', header('location') ?? '')).header('content-length'), '1300000');
      });

      it(`refuses what has another digest, by ${name}, ${algorithm}`, async () => {
        await using registry = await openTemp();
        const bytes = someBytes();
        const digest = digestOf(bytes, algorithm);
        const answer = await way(registry.ask, Buffer.concat([bytes, Buffer.from('oh no')]), digest, algorithm);
        assert.equal(answer.status, 400);
        assert.deepEqual(answer.codes(), ['DIGEST_INVALID']);
        assert.equal((await registry.ask('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 404);
      });
    }

    for (const [name, text] of [
      ['empty', ''],
      ['an empty object', '{}'],
    ] as const) {
      it(`takes a blob that is ${name}, ${algorithm}`, async () => {
        await using registry = await openTemp();
        const digest = digestOf(text, algorithm);
        const location = await begin(registry.ask);
        assert.equal((await registry.ask('PUT', `${location}?digest=${digest}`, { body: text })).status, 201);
        assert.equal((await registry.ask('GET', `/v2/${repository}/blobs/${digest}`)).body.toString(), text);
      });
    }
  }

  it('answers a chunk out of order with what it has, and goes on from there', async () => {
    await using registry = await openTemp();
    const bytes = someBytes(3000);
    const location = await begin(registry.ask);
    assert.equal((await patch(registry.ask, location, bytes.subarray(1000, 2000), 1000)).status, 416);
    await patch(registry.ask, location, bytes.subarray(0, 1000), 0);
    for (const start of [0, 2000]) {
      const wrong = await patch(registry.ask, location, bytes.subarray(start, start + 1000), start);
      assert.equal(wrong.status, 416);
      assert.equal(wrong.header('range'), '0-999');
      assert.equal(wrong.header('location'), location);
    }
    const put = { headers: { 'content-range': '2000-2999' }, body: bytes.subarray(2000) };
    assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf(bytes)}`, put)).status, 416);
    const shown = await registry.ask('GET', location);
    assert.equal(shown.status, 204);
    assert.equal(shown.header('range'), '0-999');
    assert.equal((await patch(registry.ask, shown.header('location') ?? '', bytes.subarray(1000), 1000)).status, 202);
    assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
  });

  it('refuses a chunk that is not as long as it says, and one whose place cannot be read', async () => {
    await using registry = await openTemp();
    const location = await begin(registry.ask);
    const short = { headers: { 'content-range': '0-99' }, body: someBytes(10) };
    assert.deepEqual((await registry.ask('PATCH', location, short)).codes(), ['SIZE_INVALID']);
    for (const range of ['5-4', 'all', '0-', '-1', '0x0-1']) {
      const answer = await registry.ask('PATCH', location, { headers: { 'content-range': range }, body: 'x' });
      assert.equal(answer.status, 416, range);
    }
  });

  it('forgets an upload that was cancelled', async () => {
    await using registry = await openTemp();
    const location = await begin(registry.ask);
    await patch(registry.ask, location, someBytes());
    assert.equal((await registry.ask('DELETE', location)).status, 204);
    for (const method of ['GET', 'PATCH', 'DELETE', 'PUT']) {
      const answer = await registry.ask(method, `${location}?digest=${digestOf('x')}`, { body: 'x' });
      assert.deepEqual(answer.codes(), ['BLOB_UPLOAD_UNKNOWN'], method);
    }
  });

  it('knows an upload in its own repository only', async () => {
    await using registry = await openTemp();
    const location = await begin(registry.ask);
    const elsewhere = location.replace(repository, 'other/app');
    assert.equal((await registry.ask('GET', elsewhere)).status, 404);
    assert.equal((await registry.ask('PATCH', elsewhere, { body: 'x' })).status, 404);
  });

  it('keeps what came before a connection broke, and goes on with it', async () => {
    await using registry = await openTemp();
    const bytes = someBytes(2_500_000);
    const location = await begin(registry.ask);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1_200_000);
      throw new Error('the connection was closed');
    }
    assert.equal((await registry.ask('PATCH', location, { body: broken() })).status, 500);
    assert.equal((await registry.ask('GET', location)).header('range'), '0-1199999');
    assert.equal((await patch(registry.ask, location, bytes.subarray(1_200_000), 1_200_000)).status, 202);
    assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
  });

  it('ends a request that nobody sends anything by any more when another goes on with its upload', async () => {
    await using registry = await openTemp();
    const location = await begin(registry.ask);
    const taken = Promise.withResolvers<void>();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('begun ');
      taken.resolve();
      await new Promise(() => undefined);
    }
    const hanging = registry.ask('PATCH', location, { body: silent() });
    await taken.promise;
    const second = await registry.ask('PATCH', location, { body: 'and ended' });
    assert.deepEqual((await hanging).codes(), ['BLOB_UPLOAD_INVALID']);
    assert.equal(second.header('range'), '0-14');
    assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf('begun and ended')}`)).status, 201);
  });

  describe('mounting', () => {
    it('takes a blob from another repository', async () => {
      await using registry = await openTemp();
      const bytes = someBytes();
      const digest = await pushBlob(registry.ask, 'other/app', bytes);
      assert.equal((await registry.ask('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 404);
      const { status, header } = await registry.ask('POST', `${uploads}?mount=${digest}&from=other%2Fapp`);
      assert.equal(status, 201);
      assert.equal(header('location'), `/v2/${repository}/blobs/${digest}`);
      assert.deepEqual((await registry.ask('GET', header('location') ?? '')).body, bytes);
    });

    it('finds it wherever it is when no repository is named', async () => {
      await using registry = await openTemp();
      const digest = await pushBlob(registry.ask, 'other/app', someBytes());
      assert.equal((await registry.ask('POST', `${uploads}?mount=${digest}`)).status, 201);
    });

    it('begins an upload when it is not there', async () => {
      await using registry = await openTemp();
      for (const query of [`?mount=${digestOf('none')}&from=other/app`, `?mount=${digestOf('none')}`]) {
        const location = await begin(registry.ask, query);
        assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf('x')}`, { body: 'x' })).status, 201);
      }
    });
  });

  it('refuses digests that are none, and algorithms that it does not know', async () => {
    await using registry = await openTemp();
    const location = await begin(registry.ask);
    const cases = [
      ['PUT', location],
      ['PUT', `${location}?digest=md5:${'0'.repeat(32)}`],
      ['PUT', `${location}?digest=sha256:${'0'.repeat(63)}`],
      ['PUT', `${location}?digest=sha256:${'A'.repeat(64)}`],
      ['POST', `${uploads}?digest=sha256:..%2f..%2fetc`],
      ['POST', `${uploads}?mount=x&from=other/app`],
      ['POST', `${uploads}?digest-algorithm=sha1`],
      ['GET', `/v2/${repository}/blobs/sha256:x`],
    ] as const;
    for (const [method, url] of cases) {
      const answer = await registry.ask(method, url, { body: 'x' });
      assert.equal(answer.status, 400, url);
      assert.deepEqual(answer.codes(), ['DIGEST_INVALID'], url);
    }
  });
});
