// What registries do to their clients, by fault or on purpose: broken transfers, lies about content, attempts at
// credentials. Pulled through the whole images room, so that what is left behind is seen too.

import assert from 'node:assert/strict';
import type { ProgressMessage } from '../../runtime/src/spec/engine/images.ts';
import { type Lab, collect, leftovers, openLab, requireImages, texts } from '../images/fixture.ts';
import { type Adversary, blobOf, manifestOf, ociIndex, refuse, sendBlob, startAdversary } from './adversary.ts';

const auth = { username: 'ann', password: 'secret' };
const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`;

describe('registry: adversaries', () => {
  let lab: Lab;
  let registry: Adversary;
  before(function () {
    requireImages(this);
  });
  beforeEach(async () => {
    lab = await openLab();
    registry = await startAdversary();
  });
  afterEach(async () => {
    const left = await leftovers(lab);
    await registry[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
    assert.deepEqual(left, []);
  });

  const pull = async (tag = 'good', more: object = {}): Promise<ProgressMessage[]> =>
    collect(await lab.images.pull({ image: `${registry.address}/x`, tag, ...more }));
  const refused = async (message: string | RegExp, tag = 'good', more: object = {}): Promise<void> => {
    const { address } = registry;
    await assert.rejects(pull(tag, more), (error: Error) => {
      // Whatever it is about, the registry is named.
      assert.ok(error.message.includes(address), error.message);
      const text = error.message.replace(`registry ${address}: `, '');
      if (typeof message === 'string') assert.equal(text, message);
      else assert.match(text, message);
      return true;
    });
    assert.equal(lab.images.count(), 0);
  };
  const isLayer = (url: URL): boolean => url.pathname.endsWith(registry.layer.digest);

  describe('transfers', () => {
    it('takes a cut transfer up again by range', async () => {
      let tries = 0;
      registry.trick = (request, response, url) => {
        if (!isLayer(url) || ++tries > 3) return false;
        sendBlob(request, response, registry.layer, 70_000);
        return true;
      };
      const lines = texts(await pull());
      assert.equal(tries, 4);
      const ranges = registry.seen
        .filter((one) => one.url.endsWith(registry.layer.digest))
        .map((one) => one.headers.range);
      assert.equal(ranges[0], undefined);
      assert.match(ranges[1] ?? '', /^bytes=\d+-$/);
      assert.ok(lines.includes('Retrying in 1 second'));
      assert.match(lines.at(-1) ?? '', /^Status: Downloaded newer image/);
    });

    it('begins anew where ranges are not known', async () => {
      let tries = 0;
      registry.trick = (request, response, url) => {
        if (!isLayer(url)) return false;
        delete request.headers.range;
        sendBlob(request, response, registry.layer, ++tries === 1 ? 70_000 : Infinity);
        return true;
      };
      await pull();
      assert.equal(tries, 2);
    });

    it('gives up in the end', async () => {
      let tries = 0;
      registry.trick = (_request, response, url) => {
        if (!isLayer(url)) return false;
        tries++;
        response.destroy();
        return true;
      };
      await refused(/connection reset by peer|socket hang up/);
      // The transport may knock once more where a kept connection broke.
      assert.ok(tries >= 5 && tries <= 10, String(tries));
    });

    it('does not mix another range into the content', async () => {
      let tries = 0;
      registry.trick = (request, response, url) => {
        if (!isLayer(url)) return false;
        if (++tries === 1) sendBlob(request, response, registry.layer, 70_000);
        else {
          response.writeHead(206, { 'content-range': 'bytes 0-9/10' });
          response.end('0123456789');
        }
        return true;
      };
      await refused(/another range/);
    });

    it('reports a range that cannot be satisfied', async () => {
      let tries = 0;
      registry.trick = (request, response, url) => {
        if (!isLayer(url)) return false;
        if (++tries === 1) sendBlob(request, response, registry.layer, 70_000);
        else refuse(response, 416, 'RANGE_INVALID', 'invalid content range');
        return true;
      };
      await refused('range invalid: invalid content range');
    });

    it('waits as long as it is asked to', async () => {
      let tries = 0;
      registry.trick = (_request, response, url) => {
        if (!url.pathname.includes('/manifests/') || ++tries > 1) return false;
        response.writeHead(429, { 'retry-after': '1' });
        response.end();
        return true;
      };
      const started = Date.now();
      await pull();
      assert.ok(Date.now() - started >= 990);
    });

    it('says whom it waits for, and does not wait for hours', async () => {
      let tries = 0;
      let wait = '1';
      registry.trick = (_request, response, url) => {
        if (!isLayer(url) || (wait === '1' && ++tries > 1)) return false;
        response.setHeader('retry-after', wait);
        refuse(response, 429, 'TOOMANYREQUESTS', 'slow down');
        return true;
      };
      wait = '3600';
      const refusal = `toomanyrequests: slow down: ${registry.address} limits requests, try again in 60 min`;
      await refused(refusal);
      assert.equal(registry.seen.filter(({ url }) => url.endsWith(registry.layer.digest)).length, 1);
      wait = '1';
      const lines = texts(await pull());
      assert.ok(lines.includes(`${registry.address} limits requests (429 Too Many Requests): going on in 1 second`));
      assert.ok(lines.includes('Retrying in 1 second'));
    });

    it('asks a registry and its token server again that are in trouble for a moment', async () => {
      const failed = new Set<string>();
      registry.trick = (request, response, url) => {
        if (!failed.has(url.pathname)) {
          failed.add(url.pathname);
          refuse(response, 502, 'UNAVAILABLE', 'later');
          return true;
        }
        if (url.pathname === '/token') response.end('{"token":"t"}');
        else if (request.headers.authorization === 'Bearer t') return false;
        else {
          const realm = `Bearer realm="http://${registry.address}/token",service="s"`;
          response.setHeader('www-authenticate', realm);
          refuse(response, 401, 'UNAUTHORIZED', 'who are you');
        }
        return true;
      };
      await pull();
      assert.ok(failed.has('/token'));
    });

    it('says what a registry in trouble says', async () => {
      registry.trick = (_request, response) => {
        refuse(response, 503, 'UNAVAILABLE', 'come back later');
        return true;
      };
      await refused('unavailable: come back later');
      registry.trick = (_request, response) => {
        response.writeHead(500, { 'content-type': 'text/html' });
        response.end('<html>'.repeat(100_000));
        return true;
      };
      await refused('received unexpected HTTP status: 500 Internal Server Error');
    });
  });

  describe('content', () => {
    it('refuses a layer that is longer, shorter, or other than its descriptor says', async () => {
      const send = (bytes: Uint8Array) => {
        registry.trick = (_request, response, url) => {
          if (!isLayer(url)) return false;
          response.writeHead(200);
          response.end(bytes);
          return true;
        };
      };
      const other = Buffer.from(registry.layer.bytes);
      other[1000] = (other[1000] ?? 0) ^ 1;
      send(other);
      await refused(/verification failed for digest|^gzip: /);
      send(Buffer.concat([registry.layer.bytes, Buffer.alloc(10)]));
      await refused(/verification failed: size is/);
      const digest = registry.publish('short', manifestOf(registry, {}));
      assert.match(digest, /^sha256:/);
      const cut = manifestOf({
        ...registry,
        layer: { ...registry.layer, bytes: registry.layer.bytes.subarray(0, 1000) },
      });
      registry.publish('cut', cut);
      registry.trick = undefined;
      await refused(/verification failed: size is/, 'cut');
    });

    it('refuses a layer whose content has another diff id', async () => {
      const config = blobOf(
        JSON.stringify({ os: 'linux', rootfs: { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] } }),
      );
      registry.blobs.set(config.digest, config);
      registry.publish('lie', manifestOf({ ...registry, config }));
      await refused(/^wrong diff id calculated on extraction/, 'lie');
    });

    it('refuses manifests under a digest that is not theirs', async () => {
      const digest = `sha256:${'3'.repeat(64)}`;
      registry.manifests.set(digest, {
        type: 'application/json',
        bytes: Buffer.from(JSON.stringify(manifestOf(registry))),
      });
      await refused(`manifest verification failed for digest ${digest}`, digest);
      registry.trick = (_request, response, url) => {
        if (!url.pathname.endsWith('/good')) return false;
        response.writeHead(200, { 'docker-content-digest': digest });
        response.end(JSON.stringify(manifestOf(registry)));
        return true;
      };
      await refused(`manifest verification failed for digest ${digest}`);
    });

    it('refuses documents that are too large, said or not', async () => {
      registry.trick = (_request, response, url) => {
        if (!url.pathname.includes('/manifests/')) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        const endless = (): void => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
          if (!response.destroyed) response.once('drain', endless);
        };
        endless();
        return true;
      };
      await refused(/more than 4194304 bytes/);
      registry.trick = undefined;
      registry.publish(
        'big',
        manifestOf(registry, { config: { mediaType: '', digest: registry.config.digest, size: 9 * 1024 * 1024 } }),
      );
      await refused('image config is larger than 8 MiB', 'big');
    });

    it('refuses documents that are malformed, ambiguous or no image', async () => {
      const layers = Array.from({ length: 200 }, () => (manifestOf(registry) as { layers: object[] }).layers[0]);
      const cases: readonly (readonly [unknown, string | RegExp])[] = [
        [manifestOf(registry, { manifests: [] }), 'manifest is ambiguous: it has both manifests and layers'],
        [manifestOf(registry, { mediaType: ociIndex }), /media type mismatch|unsupported manifest media type/],
        [manifestOf(registry, { schemaVersion: 1 }), /schema 1 are not supported/],
        [manifestOf(registry, { schemaVersion: 3 }), /unsupported manifest schema version/],
        [manifestOf(registry, { layers: 'x' }), /malformed/],
        [manifestOf(registry, { layers: [{ digest: 'sha256:../../x', size: 1 }] }), /invalid checksum digest format/],
        [manifestOf(registry, { layers: [{ digest: registry.layer.digest, size: -1 }] }), /malformed: size/],
        [manifestOf(registry, { layers: [{ digest: registry.layer.digest, size: 1e300 }] }), /malformed: size/],
        [manifestOf(registry, { layers }), 'max depth exceeded'],
        [manifestOf(registry, { layers: [] }), "layers from manifest don't match image configuration"],
        [
          manifestOf(registry, {
            config: {
              ...(manifestOf(registry) as { config: object }).config,
              mediaType: 'application/vnd.cncf.helm.config.v1+json',
            },
          }),
          /unsupported media type/,
        ],
        [[], 'manifest is not a JSON object'],
      ];
      for (const [document, message] of cases) {
        registry.publish('bad', document);
        await refused(message, 'bad');
      }
      registry.manifests.set('text', { type: 'text/html', bytes: Buffer.from('<html>') });
      await refused('manifest is not valid JSON', 'text');
    });

    it('chooses by platform, and says when there is none', async () => {
      const good = registry.publish('good', manifestOf(registry));
      const size = registry.manifests.get(good)?.bytes.length;
      const entryOf = (architecture: string, variant?: string, digest = good) => ({
        digest,
        size,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
      });
      const missing = `sha256:${'4'.repeat(64)}`;
      registry.publish(
        'multi',
        {
          schemaVersion: 2,
          mediaType: ociIndex,
          manifests: [
            entryOf('unknown', undefined, missing),
            entryOf('arm', 'v6'),
            entryOf('amd64', 'v2', missing),
            entryOf('amd64'),
          ],
        },
        ociIndex,
      );
      await refused('no matching manifest for linux/s390x in the manifest list entries', 'multi', {
        platform: 'linux/s390x',
      });
      await refused('no matching manifest for linux/arm/v5 in the manifest list entries', 'multi', {
        platform: 'linux/arm/v5',
      });
      const lines = texts(await pull('multi', { platform: 'linux/arm/v7' }));
      assert.match(lines.at(-1) ?? '', /Downloaded newer/);
      await pull('multi');
      const self = registry.publish(
        'nested',
        {
          schemaVersion: 2,
          mediaType: ociIndex,
          manifests: [
            { ...entryOf('amd64'), digest: registry.publish('inner', { schemaVersion: 2, manifests: [] }, ociIndex) },
          ],
        },
        ociIndex,
      );
      assert.match(self, /^sha256:/);
      await assert.rejects(pull('nested'), /index inside an index/);
    });

    it('never asks the addresses that a layer brings along', async () => {
      await using elsewhere = await startAdversary(10);
      const [layer] = (manifestOf(registry) as { layers: object[] }).layers;
      const urls = [`http://${elsewhere.address}/v2/x/blobs/${registry.layer.digest}`];
      registry.publish('foreign', manifestOf(registry, { layers: [{ ...layer, urls }] }));
      await pull('foreign', { auth });
      assert.deepEqual(elsewhere.seen, []);
    });
  });

  describe('credentials', () => {
    /** Demands a token from `realm`, and takes only `t`. */
    const demand = (realm: string): void => {
      registry.trick = (request, response, url) => {
        if (url.pathname === '/token') {
          response.end(JSON.stringify({ token: 't' }));
          return true;
        }
        if (request.headers.authorization === 'Bearer t') return false;
        response.setHeader('www-authenticate', `Bearer realm="${realm}",service="s \\"q\\"",scope="repository:x:pull"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
    };

    it('gets a token without a name, and with one', async () => {
      demand(`http://${registry.address}/token`);
      await pull();
      const asked = registry.seen.find((one) => one.url.startsWith('/token'));
      assert.equal(asked?.headers.authorization, undefined);
      assert.equal(new URL(asked?.url ?? '', 'http://x').searchParams.get('service'), 's "q"');
      assert.equal(new URL(asked?.url ?? '', 'http://x').searchParams.get('scope'), 'repository:x:pull');
      registry.seen.length = 0;
      await pull('good', { auth });
      const named = registry.seen.find((one) => one.url.startsWith('/token'));
      assert.equal(named?.headers.authorization, basic);
      assert.match(named?.url ?? '', /account=ann/);
    });

    it('trades an identity token', async () => {
      demand(`http://${registry.address}/token`);
      await pull('good', { auth: { identitytoken: 'id' } });
      const asked = registry.seen.find((one) => one.url.startsWith('/token'));
      assert.equal(asked?.method, 'POST');
      const form = new URLSearchParams(asked?.body);
      assert.deepEqual([form.get('grant_type'), form.get('refresh_token')], ['refresh_token', 'id']);
    });

    it('sends a registry token as it is', async () => {
      demand('http://127.0.0.1:1/token');
      await pull('good', { auth: { registrytoken: 't' } });
    });

    it('answers a basic challenge', async () => {
      registry.trick = (request, response) => {
        if (request.headers.authorization === basic) return false;
        response.setHeader('www-authenticate', 'Basic realm="x"');
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      await refused('unauthorized: authentication required');
      await pull('good', { auth });
    });

    it('sends nothing secret to a token server on another host', async () => {
      await using thief = await startAdversary(10);
      thief.trick = (_request, response) => {
        response.end(JSON.stringify({ token: 't' }));
        return true;
      };
      demand(`http://${thief.address}/token`);
      for (const secret of [auth, { identitytoken: 'id' }]) await pull('good', { auth: secret });
      assert.ok(thief.seen.length >= 2);
      for (const one of thief.seen) {
        assert.equal(one.headers.authorization, undefined);
        assert.doesNotMatch(`${one.url}${one.body}`, /ann|secret|id\b=|refresh/);
      }
    });

    it('drops what proves who we are on the way to another host', async () => {
      await using storage = await startAdversary();
      demand(`http://${registry.address}/token`);
      const demanding = registry.trick;
      registry.trick = (request, response, url) => {
        if (demanding?.(request, response, url) === true) return true;
        if (!isLayer(url)) return false;
        response.writeHead(307, { location: `http://${storage.address}${url.pathname}` });
        response.end();
        return true;
      };
      await pull('good', { auth });
      assert.equal(storage.seen.length, 1);
      assert.equal(storage.seen[0]?.headers.authorization, undefined);
      await lab.images.remove(`${registry.address}/x:good`, { force: true, noPrune: false });
      await lab.images.prune(new Map());
    });

    it('follows redirects neither for ever nor to other schemes', async () => {
      registry.trick = (_request, response, url) => {
        if (!isLayer(url)) return false;
        response.writeHead(302, { location: url.href.replace('http://x', `http://${registry.address}`) });
        response.end();
        return true;
      };
      await refused('stopped after 10 redirects');
      registry.trick = (_request, response, url) => {
        if (!isLayer(url)) return false;
        response.writeHead(302, { location: 'file:///etc/passwd' });
        response.end();
        return true;
      };
      await refused(/which is not followed/);
    });

    it("says in docker's words that a repository is closed", async () => {
      registry.trick = (_request, response) => {
        refuse(response, 403, 'DENIED', 'requested access to the resource is denied');
        return true;
      };
      const name = `${registry.address}/x`;
      await refused(
        `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      );
      registry.trick = (_request, response, url) => {
        if (url.pathname === '/token') {
          response.writeHead(401);
          response.end(JSON.stringify({ details: 'incorrect username or password' }));
          return true;
        }
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      await refused('unauthorized: incorrect username or password', 'good', { auth });
      registry.trick = (_request, response) => {
        response.setHeader('www-authenticate', 'Bearer realm="file:///etc/passwd"');
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      await refused('registry named no usable token server');
    });

    it('takes no token that would break out of its header', async () => {
      registry.trick = (_request, response, url) => {
        if (url.pathname === '/token') {
          response.end(JSON.stringify({ token: 'a\r\nx-evil: 1' }));
          return true;
        }
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      await refused(/did not include a token/);
    });
  });

  it('lists tags page by page, with an end to endless ones, and only from the registry itself', async () => {
    await using elsewhere = await startAdversary(10);
    let pages = 0;
    registry.trick = (_request, response, url) => {
      if (!url.pathname.endsWith('/tags/list')) return false;
      pages++;
      const next = pages === 3 ? `http://${elsewhere.address}/v2/x/tags/list?last=z` : `/v2/x/tags/list?last=${pages}`;
      response.setHeader('link', `<${next}>; rel="next"`);
      response.end(JSON.stringify({ name: 'x', tags: ['good'] }));
      return true;
    };
    await pull('');
    assert.equal(pages, 3);
    assert.deepEqual(elsewhere.seen, []);
    pages = -1_000_000;
    registry.trick = (_request, response, url) => {
      if (!url.pathname.endsWith('/tags/list')) return false;
      pages++;
      response.setHeader('link', `</v2/x/tags/list?last=${pages}>; rel="next"`);
      response.end(JSON.stringify({ name: 'x', tags: Array.from({ length: 1000 }, () => 'nope') }));
      return true;
    };
    await assert.rejects(pull(''), /manifest unknown/);
    assert.ok(pages < -999_900);
    // Names that are none, page after page.
    pages = 0;
    registry.trick = (_request, response, url) => {
      if (!url.pathname.endsWith('/tags/list')) return false;
      pages++;
      response.setHeader('link', `</v2/x/tags/list?last=${pages}>; rel="next"`);
      response.end(JSON.stringify({ name: 'x', tags: [1, '../../y/manifests/good', 'a b', ''] }));
      return true;
    };
    await pull('');
    assert.equal(pages, 1000);
    assert.equal(lab.images.count(), 1);
  });
});
