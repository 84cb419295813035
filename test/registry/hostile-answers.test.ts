// Answers without an end, ways out of TLS, and rights that end in the middle of something.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { type Lab, collect, leftovers, openLab, requireImages } from '../images/fixture.ts';
import { type Adversary, blobOf, refuse, sendBlob, startAdversary } from './adversary.ts';

const auth = { username: 'ann', password: 'secret' };

/** Blanks for as long as somebody reads. @returns when nobody does any more */
async function sendForEver(response: ServerResponse, head: Uint8Array = Buffer.alloc(0)): Promise<void> {
  const blanks = Buffer.alloc(256 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(blanks));
    if (!response.destroyed) response.once('drain', more);
  };
  response.write(head);
  more();
  await once(response, 'close');
}

describe('registry: hostile answers', () => {
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

  const pull = async (from = registry, tag = 'good', more: object = {}): Promise<unknown> =>
    collect(await lab.images.pull({ image: `${from.address}/x`, tag, ...more }));

  describe('without an end', () => {
    /** Sends what begins with `head` for ever to whoever asks for a path that `pattern` describes. */
    const endless = (pattern: RegExp, status = 200, head?: Uint8Array): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      registry.trick = (_request, response, url) => {
        if (!pattern.test(url.pathname)) return false;
        response.writeHead(status);
        void sendForEver(response, head).then(resolve);
        return true;
      };
      return promise;
    };

    it('a layer', async () => {
      const closed = endless(new RegExp(registry.layer.digest), 200, registry.layer.bytes);
      await assert.rejects(pull(), /^EngineError: registry .*verification failed: size is/);
      await closed;
    });

    it('a configuration, pulled or only looked at', async () => {
      const closed = endless(new RegExp(registry.config.digest), 200, registry.config.bytes);
      await assert.rejects(pull(), /image config verification failed/);
      await closed;
      const again = endless(new RegExp(registry.config.digest), 200, registry.config.bytes);
      await assert.rejects(
        lab.images.distribution(`${registry.address}/x:good`, undefined, {}),
        /^EngineError: registry .*image config verification failed/,
      );
      await again;
    });

    it('a list of tags', async () => {
      const closed = endless(/tags/, 200, Buffer.from('{"tags":["good",'));
      await assert.rejects(pull(registry, ''), /^EngineError: registry .*answered with more than 4194304 bytes/);
      await closed;
    });

    it('a refusal', async () => {
      const closed = endless(/manifests/, 403, Buffer.from('{"errors":['));
      await assert.rejects(pull(), /pull access denied/);
      await closed;
    });

    it("a token server's answer", async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      registry.trick = (_request, response, url) => {
        if (url.pathname === '/token') void sendForEver(response, Buffer.from('{"token":"')).then(resolve);
        else {
          response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
          refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        }
        return true;
      };
      await assert.rejects(pull(), /^EngineError: registry .*answered with more than 1048576 bytes/);
      await promise;
    });
  });

  describe('out of TLS', () => {
    it('leads no request, and no credentials', async function () {
      if (!existsSync('/usr/bin/openssl')) skip(this, 'needs openssl');
      await using folder = await makeTempFolder();
      await makeCertificates(folder.path);
      const read = (name: string): Promise<Buffer> => readFile(join(folder.path, name));
      await using secure = await startAdversary(1000, {
        cert: await read('server.pem'),
        key: await read('server-key.pem'),
      });
      for (const part of ['/manifests/', `/blobs/${secure.layer.digest}`]) {
        secure.trick = (_request, response, url) => {
          if (!url.pathname.includes(part)) return false;
          response.writeHead(307, { location: `http://${registry.address}${url.pathname}` });
          response.end();
          return true;
        };
        await assert.rejects(pull(secure, 'good', { auth }), /redirects to http:.*which is not followed/);
        assert.deepEqual(registry.seen, []);
      }
      secure.trick = (_request, response) => {
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      for (const secret of [auth, { identitytoken: 'id-secret' }]) {
        await assert.rejects(pull(secure, 'good', { auth: secret }), /blob unknown|token/);
      }
      assert.ok(registry.seen.length >= 2);
      for (const { url, body, headers } of registry.seen) {
        assert.equal(headers.authorization, undefined);
        assert.doesNotMatch(`${url}${body}`, /ann|secret/);
      }
    });
  });

  describe('rights that end', () => {
    /** Takes a token until it has served `uses` requests, then only the next. */
    function wantsNewTokens(from: Adversary): { expire: () => void; readonly given: () => number } {
      let valid = 0;
      let given = 0;
      from.trick = (request, response, url) => {
        if (url.pathname === '/token') {
          given = ++valid;
          response.end(JSON.stringify({ token: `t${given}` }));
          return true;
        }
        if (request.headers.authorization === `Bearer t${valid}`) return false;
        response.setHeader('www-authenticate', `Bearer realm="http://${from.address}/token",service="s"`);
        refuse(response, 401, 'UNAUTHORIZED', 'token has expired');
        return true;
      };
      return { expire: () => void valid++, given: () => given };
    }

    it('in the middle of a layer: it goes on with new ones', async () => {
      const tokens = wantsNewTokens(registry);
      const guard = registry.trick;
      let cuts = 0;
      registry.trick = (request, response, url) => {
        if (guard?.(request, response, url) === true) return true;
        if (!url.pathname.endsWith(registry.layer.digest) || ++cuts > 2) return false;
        sendBlob(request, response, registry.layer, 70_000);
        tokens.expire();
        return true;
      };
      await pull();
      assert.equal(cuts, 3);
      assert.equal(tokens.given(), 5);
      await lab.images.remove(`${registry.address}/x:good`, { force: true, noPrune: false });
      await lab.images.prune(new Map());
    });
  });
});

describe('registry: rights that end in the middle of an upload', () => {
  const blob = blobOf(Buffer.alloc(8 * 1024 * 1024, 'layer '));

  /** A registry that looks at who asks before it reads what is sent, and then does not. */
  async function startStrict(readsOn: boolean): Promise<AsyncDisposable & { address: string; taken: string[] }> {
    let valid = 0;
    const taken: string[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      if (url.pathname === '/token') {
        response.end(JSON.stringify({ token: `t${++valid}` }));
        return;
      }
      // Each right is good for one upload's beginning; its bytes take longer.
      if (request.method === 'PUT' && valid === 1) valid++;
      if (request.headers.authorization !== `Bearer t${valid}`) {
        const { port } = server.address() as AddressInfo;
        response.setHeader('www-authenticate', `Bearer realm="http://127.0.0.1:${port}/token",service="s"`);
        if (readsOn) request.resume();
        else response.setHeader('connection', 'close');
        refuse(response, 401, 'UNAUTHORIZED', 'token has expired');
        if (!readsOn) response.once('finish', () => request.socket.destroySoon());
        return;
      }
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'POST') response.writeHead(202, { location: '/v2/x/blobs/uploads/7' }).end();
      else {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          taken.push(blobOf(Buffer.concat(parts)).digest);
          response.writeHead(201).end();
        });
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      taken,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  for (const readsOn of [true, false]) {
    it(`asks for new ones, and sends it: a registry that ${readsOn ? 'reads on' : 'closes the connection'}`, async () => {
      await using strict = await startStrict(readsOn);
      const config = () => ({ insecureRegistries: [], mirrors: [] });
      const client = createRegistry({ host: createNodeHost(), logger: silentLogger, config });
      const target = client.pushTarget(parseReference(`${strict.address}/x:1`), auth);
      const outgoing = {
        digest: blob.digest as Digest,
        size: blob.bytes.length,
        async *open() {
          for (let at = 0; at < blob.bytes.length; at += 65_536) yield blob.bytes.subarray(at, at + 65_536);
        },
      };
      assert.equal(await target.putBlob(outgoing), 'sent');
      assert.deepEqual(strict.taken, [blob.digest]);
    });
  }
});
