// Registries that have certificates of their own, and want to see their clients'.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { type Registry, createRegistry } from '../../runtime/src/registry/registry.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { skip } from '../helpers/skip.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { type Adversary, blobOf, refuse, startAdversary } from './adversary.ts';

// The way to this machine that is no loopback address, whose certificates nobody asks for.
const outside = (address: string): string => address.replace('127.0.0.1', '0.0.0.0');

describe('registry: certificates', () => {
  let folder: TempFolder;
  const file = (name: string): string => join(folder.path, name);

  before(async function () {
    if (!existsSync('/usr/bin/openssl')) skip(this, 'needs openssl');
    folder = await makeTempFolder();
    await makeCertificates(folder.path, '0.0.0.0');
  });
  after(() => folder?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await rm(file('certs.d'), { recursive: true, force: true });
  });

  const client = (): Registry =>
    createRegistry({
      host: createNodeHost(),
      logger: silentLogger,
      config: () => ({ insecureRegistries: [], mirrors: [] }),
      certificateFolders: [file('none'), file('certs.d')],
    });
  const ask = (address: string, from = client(), auth = {}): Promise<unknown> =>
    from.repository(parseReference(`${outside(address)}/x:good`), auth).manifest('good');
  const install = async (address: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const place = join(file('certs.d'), outside(address));
    await mkdir(place, { recursive: true });
    for (const [to, from] of Object.entries(files)) await copyFile(file(from), join(place, to));
    return place;
  };
  const everything = { 'ca.crt': 'ca.pem', 'client.cert': 'client.pem', 'client.key': 'client-key.pem' };

  async function speaksTls(more: object = {}): Promise<Adversary> {
    return startAdversary(1000, {
      cert: await readFile(file('server.pem')),
      key: await readFile(file('server-key.pem')),
      ca: await readFile(file('ca.pem')),
      ...more,
    });
  }

  it('believes an authority of a registry for that registry only, from the moment it is there', async () => {
    await using registry = await speaksTls();
    await using other = await speaksTls();
    const from = client();
    await assert.rejects(
      ask(registry.address, from, { username: 'ann', password: 'secret' }),
      /failed to verify certificate/,
    );
    await assert.rejects(ask(registry.address, from), /certs\.d\/0\.0\.0\.0:\d+\/ca\.crt$/);
    assert.deepEqual(registry.seen, []);
    await install(registry.address, { 'any.crt': 'ca.pem' });
    await ask(registry.address, from);
    await assert.rejects(ask(other.address, from), /failed to verify certificate/);
    await rm(file('certs.d'), { recursive: true });
    await assert.rejects(ask(registry.address, from), /failed to verify certificate/);
  });

  it("pushes to and pulls from docker's registry that wants to see a certificate", async function () {
    requireRegistry(this);
    const tls = { certificate: file('server.pem'), key: file('server-key.pem'), clientcas: [file('ca.pem')] };
    await using registry = await startRegistry({ tls });
    const reference = parseReference(`${outside(registry.address)}/x:good`);
    const blob = blobOf('content');
    const push = (): Promise<string> =>
      client()
        .pushTarget(reference, undefined)
        .putBlob({
          digest: blob.digest as Digest,
          size: blob.bytes.length,
          async *open() {
            yield blob.bytes;
          },
        });
    await install(registry.address, { 'ca.crt': 'ca.pem' });
    await assert.rejects(push(), /certificate required|connection reset|socket hang up|bad certificate/);
    await install(registry.address, everything);
    assert.equal(await push(), 'sent');
    assert.equal(await push(), 'present');
  });

  it('shows its certificate to the registry only, and believes its authority for those it sends to', async () => {
    await using registry = await speaksTls({ requestCert: true });
    await using elsewhere = await speaksTls({ requestCert: true, rejectUnauthorized: false });
    const shown: string[] = [];
    registry.trick = (request, response) => {
      if (request.headers.authorization === 'Bearer t') return false;
      const realm = `https://${outside(elsewhere.address)}/token`;
      response.setHeader('www-authenticate', `Bearer realm="${realm}",service="s"`);
      refuse(response, 401, 'UNAUTHORIZED', 'who are you');
      return true;
    };
    elsewhere.trick = (request, response) => {
      assert.ok(request.socket instanceof TLSSocket);
      shown.push(request.socket.getPeerCertificate().subject?.CN?.toString() ?? 'nothing');
      response.end(JSON.stringify({ token: 't' }));
      return true;
    };
    await install(registry.address, everything);
    await ask(registry.address);
    await install(elsewhere.address, everything);
    await ask(registry.address);
    assert.deepEqual(shown, ['nothing', 'client']);
  });

  it('says which certificates cannot be used', async () => {
    await using registry = await speaksTls();
    const place = await install(registry.address, { 'a.cert': 'client.pem' });
    await assert.rejects(ask(registry.address), /missing key a\.key for client certificate a\.cert in .*\.crt$/);
    await rm(join(place, 'a.cert'));
    await install(registry.address, { 'a.key': 'client-key.pem' });
    await assert.rejects(ask(registry.address), /missing client certificate a\.cert for key a\.key/);
    await install(registry.address, { 'a.cert': 'server.pem' });
    await assert.rejects(
      ask(registry.address),
      /certificates for 0\.0\.0\.0:\d+ cannot be used: .*key values mismatch/,
    );
    await rm(place, { recursive: true });
    await mkdir(join(place, 'ca.crt'), { recursive: true });
    await assert.rejects(ask(registry.address), /certificate .*ca\.crt cannot be read/);
    await rm(join(place, 'ca.crt'), { recursive: true });
    await writeFile(join(place, 'ca.crt'), 'nonsense');
    await assert.rejects(ask(registry.address), /cannot be used|failed to verify/);
    assert.deepEqual(registry.seen, []);
  });
});
