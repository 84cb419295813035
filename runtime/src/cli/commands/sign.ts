// `sign`: signatures of images at their registries, without an engine; and keys for it.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Reference, fullName, fullReference, parseReference } from '../../spec/reference.ts';
import type { RemoteManifest, Repository } from '../../registry/registry.ts';
import { generateKeys, readPrivateKey } from '../../trust/private-key.ts';
import { signByBundle, signByTag } from '../../trust/sign.ts';
import { command, type Invocation } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { findImage, readKeyFile } from '../find-image.ts';
import { askSecret } from '../io/ask.ts';
import { isTerminal } from '../io/terminal.ts';
import type { Session } from '../session.ts';

const flags = {
  bundle: bool('', 'Write bundles that refer to the image (cosign 3) instead of signatures under a tag'),
  'generate-key': string('', 'Make a new key instead, as NAME.key and NAME.pub', '', { type: 'NAME' }),
  identity: string('', 'The name that is signed, where it is not IMAGE', '', { type: 'IMAGE' }),
  key: string('', 'The private key', '', { type: 'path' }),
  'tls-verify': bool('', 'Insist on TLS and a valid certificate', true),
};

export const sign = command({
  usage: '[OPTIONS] IMAGE',
  usage2: '--generate-key NAME',
  long: `Sign an image at its registry with a key

The signature goes where cosign, skopeo and Podman look for it. Of an image for
several platforms the list and each of its images are signed.
The passphrase of a key is taken from COSIGN_PASSWORD, or asked for.`,
  args: { max: 1 },
  completes: 'images',
  flags,
  run,
});

async function run({ args: [name], flags: given, session }: Invocation<typeof flags>): Promise<void> {
  if (given['generate-key'] !== '') {
    if (name !== undefined) throw new Error('--generate-key signs nothing: sign afterwards, with --key');
    await makeKeys(given['generate-key'], session);
    return;
  }
  if (name === undefined) throw new Error('which image is to be signed?');
  if (given.key === '') throw new Error('--key names the private key; --generate-key NAME makes one');
  const pem = await readKeyFile(given.key);
  const key = await readPrivateKey(pem, () => passphraseOf(session, given.key));
  const { reference, repository, target, found } = await findImage(session, name, given['tls-verify']);
  const identity = given.identity === '' ? identityOf(reference) : fullReference(parseReference(given.identity));
  const place = {
    manifest: (tag: string) => repository.manifest(tag),
    putBlob: target.putBlob.bind(target),
    putManifest: target.putManifest.bind(target),
  };
  for (const { digest, mediaType, bytes } of await subjectsOf(found, repository)) {
    const signed = { subject: { mediaType, digest, size: bytes.length }, identity, key };
    await (given.bundle ? signByBundle(place, signed) : signByTag(place, signed));
    session.print(`${fullName(reference)}@${digest}`);
  }
}

/** A digest names what is signed already: then it is signed for the repository. */
function identityOf(reference: Reference): string {
  return reference.digest === undefined ? fullReference(reference) : fullName(reference);
}

const maximumImages = 100;

/** Engines ask for a signature of the image that they take of an index, or of the index. */
async function subjectsOf(found: RemoteManifest, repository: Repository): Promise<readonly RemoteManifest[]> {
  if (found.content.kind === 'manifest') return [found];
  const digests = [...new Set(found.content.manifests.map(({ digest }) => digest))];
  if (digests.length > maximumImages) throw new Error(`the image's list has more than ${maximumImages} entries`);
  const images: RemoteManifest[] = [];
  for (const digest of digests) images.push(await repository.manifest(digest));
  return [...images, found];
}

async function makeKeys(name: string, session: Session): Promise<void> {
  const [privatePath, publicPath] = [`${name}.key`, `${name}.pub`];
  for (const path of [privatePath, publicPath]) if (existsSync(path)) throw new Error(`${path} is there already`);
  const passphrase = await newPassphrase(session);
  const { privateKey, publicKey } = generateKeys(passphrase);
  await writeFile(privatePath, privateKey, { mode: 0o600, flag: 'wx' });
  await writeFile(publicPath, publicKey, { mode: 0o644, flag: 'wx' });
  session.print(`Private key: ${privatePath}\nPublic key: ${publicPath}`);
}

async function newPassphrase({ env }: Session): Promise<string> {
  const given = env['COSIGN_PASSWORD'];
  if (given !== undefined) return given;
  checkTerminal('a new key');
  const first = await askSecret('Passphrase of the new key: ');
  if (first !== (await askSecret('Once more: '))) throw new Error('the passphrases are not the same');
  return first;
}

async function passphraseOf({ env }: Session, path: string): Promise<string> {
  const given = env['COSIGN_PASSWORD'];
  if (given !== undefined) return given;
  checkTerminal(path);
  return await askSecret(`Passphrase of ${path}: `);
}

function checkTerminal(what: string): void {
  if (isTerminal(0)) return;
  throw new Error(`the passphrase of ${what} cannot be asked for without a terminal: set COSIGN_PASSWORD`);
}
