// Keys to sign with, of whatever tool: read with their passphrase, and no more work done than is theirs to ask.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { generateKeys, publicKeyOf, readPrivateKey } from '../../runtime/src/trust/private-key.ts';
import { runOk } from '../helpers/run.ts';

const secret = async (): Promise<string> => await Promise.resolve('open sesame');
const unasked = (): Promise<string> => Promise.reject(new Error('nobody is to be asked'));

describe('trust: private keys', () => {
  it("makes keys that are read again, in the form of cosign's", async () => {
    const { privateKey, publicKey } = generateKeys('open sesame');
    assert.match(privateKey, /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n(?:[\w+/=]{1,64}\n)+-----END/);
    const key = await readPrivateKey(privateKey, secret);
    assert.equal(publicKeyOf(key), publicKey);
    assert(verify('sha256', Buffer.from('x'), publicKey, sign('sha256', Buffer.from('x'), key)));
    await assert.rejects(
      readPrivateKey(privateKey, () => Promise.resolve('')),
      /passphrase is wrong/,
    );
  });

  it('reads keys in PKCS#8 and older forms, asking only where one is encrypted', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = (type: 'pkcs8' | 'sec1'): string => privateKey.export({ format: 'pem', type }).toString();
    for (const type of ['pkcs8', 'sec1'] as const) {
      assert.equal(publicKeyOf(await readPrivateKey(pem(type), unasked)), publicKeyOf(privateKey));
    }
    const { stdout: closed } = await runOk('openssl', ['pkcs8', '-topk8', '-passout', 'pass:open sesame'], {
      input: pem('pkcs8'),
    });
    assert.match(closed, /BEGIN ENCRYPTED PRIVATE KEY/);
    assert.equal(publicKeyOf(await readPrivateKey(closed, secret)), publicKeyOf(privateKey));
    await assert.rejects(
      readPrivateKey(closed, () => Promise.resolve('no')),
      /passphrase is wrong/,
    );
  });

  it('refuses what is no key, or none to sign with', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    for (const text of ['', 'x'.repeat(100_000), publicKey.export({ format: 'pem', type: 'spki' }).toString()]) {
      await assert.rejects(readPrivateKey(text, unasked), /no private key in PEM/);
    }
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await assert.rejects(readPrivateKey(pem, unasked), /x25519 cannot sign/);
  });

  it('lets no key say how much its reading costs', async () => {
    const made = generateKeys('').privateKey;
    const document = (change: (key: Record<string, Record<string, unknown>>) => void): string => {
      const body = made.replaceAll(/-----[A-Z ]+-----|\s/g, '');
      const key = JSON.parse(Buffer.from(body, 'base64').toString()) as Record<string, Record<string, unknown>>;
      change(key);
      const label = 'ENCRYPTED COSIGN PRIVATE KEY';
      return `-----BEGIN ${label}-----\n${Buffer.from(JSON.stringify(key)).toString('base64')}\n-----END ${label}-----\n`;
    };
    for (const params of [
      { N: 2 ** 30, r: 8, p: 1 },
      { N: 65_536, r: 1000, p: 1 },
      { N: 2, r: 8, p: 1e9 },
      { N: -1, r: 8, p: 1 },
      { N: '2', r: 8, p: 1 },
      {},
    ]) {
      const pem = document((key) => {
        key['kdf'] = { ...key['kdf'], params };
      });
      await assert.rejects(readPrivateKey(pem, secret), /asks for a cost that is not taken/);
    }
    await assert.rejects(
      readPrivateKey(
        document((key) => {
          key['kdf'] = { ...key['kdf'], name: 'md5' };
        }),
        secret,
      ),
      /a way that is not known/,
    );
    await assert.rejects(
      readPrivateKey(
        document((key) => {
          key['cipher'] = { ...key['cipher'], nonce: 'AA==' };
        }),
        secret,
      ),
      /malformed/,
    );
    await assert.rejects(
      readPrivateKey(
        document((key) => {
          key['cipher'] = { name: 'nacl/secretbox' };
        }),
        secret,
      ),
      /malformed/,
    );
  });
});
