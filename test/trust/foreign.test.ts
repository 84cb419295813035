// What we sign is read by cosign and skopeo (whose verifier is Podman's), and what they sign by us, over a real registry.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createRegistry, type Repository } from '../../runtime/src/registry/registry.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { type Cli, coracleCli } from '../helpers/clients.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { requireSigners, type Signers, suites } from '../helpers/signers.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { always, gateOf } from './repository.ts';

const env = { COSIGN_PASSWORD: 'open sesame' };

describe('trust: foreign signers', function () {
  this.timeout(300_000);
  const kept = new AsyncDisposableStack();
  let folder: TempFolder;
  let registry: Registry;
  let coracle: Cli;
  const path = (file: string): string => join(folder.path, file);
  const name = (text: string): string => `${registry.address}/${text}`;

  before(async function () {
    requireRegistry(this);
    folder = kept.use(await makeTempFolder());
    registry = kept.use(await startRegistry());
    coracle = coracleCli('unix:///nowhere');
    await ours('sign', '--generate-key', path('ours'));
    await ours('sign', '--generate-key', path('others'));
    writeFileSync(path('pass'), 'open sesame');
    mkdirSync(path('registries.d'));
    writeFileSync(
      path('registries.d/all.yaml'),
      JSON.stringify({ 'default-docker': { 'use-sigstore-attachments': true } }),
    );
  });
  after(() => kept.disposeAsync());

  let images = 0;
  /** Another image each time. */
  async function push(as: string): Promise<void> {
    await registry.push(as, await dockerArchive(as, [await tarOf({ number: String(++images) })], { Cmd: ['x'] }));
  }

  async function ours(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await coracle(args, { env });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function digestOf(image: string): Promise<string> {
    const { stdout } = await runOk('skopeo', [
      'inspect',
      '--tls-verify=false',
      '--format',
      '{{.Digest}}',
      `docker://${image}`,
    ]);
    return stdout.trim();
  }

  function repositoryOf(image: string): Repository {
    const config = () => ({ insecureRegistries: [], mirrors: [] });
    const client = createRegistry({ host: createNodeHost(), logger: silentLogger, config });
    return client.repository(parseReference(image), undefined);
  }

  /** By a policy of ours, as the engine does. */
  async function admits(image: string, key: string, signedIdentity?: object): Promise<boolean> {
    const requirement = { type: 'sigstoreSigned', keyPath: path(key), ...(signedIdentity === undefined ? {} : { signedIdentity }) }; // prettier-ignore
    const source = repositoryOf(image);
    const reference = parseReference(image);
    const found = await source.manifest(reference.tag ?? '');
    try {
      await gateOf(folder.path, always(requirement)).admitRemote({ reference, manifests: [found], source });
      return true;
    } catch (error) {
      if (isKind(error, 'forbidden')) return false;
      throw error;
    }
  }

  for (const suite of suites) {
    describe(`of Debian ${suite}`, () => {
      let signers: Signers;
      before(function () {
        signers = requireSigners(this, suite, folder.path);
      });
      const cosignVerifies = async (image: string, key: string): Promise<boolean> => {
        const { code, stderr } = await signers.cosign([
          'verify',
          '--key',
          path(key),
          '--insecure-ignore-tlog=true',
          image,
        ]);
        assert(code === 0 || /signature|attestation/.test(stderr), stderr);
        return code === 0;
      };

      it('cosign verifies what we sign', async () => {
        const image = name(`${suite}/ours:1`);
        await push(`${suite}/ours:1`);
        assert.equal(await cosignVerifies(image, 'ours.pub'), false);
        await ours('sign', '--key', path('ours.key'), image);
        assert.equal(await cosignVerifies(image, 'ours.pub'), true);
        assert.equal(await cosignVerifies(image, 'others.pub'), false);
      });

      it('we verify what cosign signs under a tag, which names the repository only', async () => {
        const image = name(`${suite}/cosign:1`);
        await push(`${suite}/cosign:1`);
        const older = suite === suites[0] ? [] : ['--use-signing-config=false', '--new-bundle-format=false'];
        const flags = ['--yes', '--tlog-upload=false', ...older, '--key', path('ours.key')];
        const { code, stderr } = await signers.cosign([
          'sign',
          ...flags,
          `${name(`${suite}/cosign`)}@${await digestOf(image)}`,
        ]);
        assert.equal(code, 0, stderr);
        assert.match(await ours('verify', '--key', path('ours.pub'), image), /"kind":"payload".*"isNamed":false/);
        assert.equal(await admits(image, 'ours.pub', { type: 'matchRepository' }), true);
        assert.equal(await admits(image, 'ours.pub'), false);
        assert.equal(await admits(image, 'others.pub', { type: 'matchRepository' }), false);
      });

      it("signs by keys of cosign's making", async () => {
        const image = name(`${suite}/keys:1`);
        await push(`${suite}/keys:1`);
        mkdirSync(path(suite));
        const { code, stderr } = await signers.cosign(['generate-key-pair'], { cwd: path(suite) });
        assert.equal(code, 0, stderr);
        await ours('sign', '--key', path(`${suite}/cosign.key`), image);
        assert.equal(await cosignVerifies(image, `${suite}/cosign.pub`), true);
        assert.equal(await admits(image, `${suite}/cosign.pub`), true);
        const wrong = await coracle(['sign', '--key', path(`${suite}/cosign.key`), image], {
          env: { COSIGN_PASSWORD: 'no' },
        });
        assert.equal(wrong.code, 1);
        assert.match(wrong.stderr, /the passphrase is wrong/);
      });

      if (suite === suites[0]) {
        const policy = (key: string): string => {
          const file = path(`${key}.policy.json`);
          writeFileSync(file, JSON.stringify(always({ type: 'sigstoreSigned', keyPath: path(key) })));
          return file;
        };
        const skopeoCopies = async (image: string, key: string): Promise<boolean> => {
          const flags = ['--policy', policy(key), '--registries.d', path('registries.d')];
          const { code, stderr } = await signers.skopeo([
            ...flags,
            'copy',
            '--src-tls-verify=false',
            `docker://${image}`,
            `dir:${path('copied')}`,
          ]);
          assert(code === 0 || stderr.includes('Source image rejected'), stderr);
          return code === 0;
        };

        it('skopeo takes what we sign, for the name with its tag and no other', async () => {
          const image = name('skopeo/ours:1');
          await push('skopeo/ours:1');
          assert.equal(await skopeoCopies(image, 'ours.pub'), false);
          await ours('sign', '--key', path('ours.key'), image);
          assert.equal(await skopeoCopies(image, 'ours.pub'), true);
          assert.equal(await skopeoCopies(image, 'others.pub'), false);
          await runOk('skopeo', [
            'copy',
            '--src-tls-verify=false',
            '--dest-tls-verify=false',
            `docker://${image}`,
            `docker://${name('skopeo/ours:2')}`,
          ]);
          assert.equal(await skopeoCopies(name('skopeo/ours:2'), 'ours.pub'), false, 'it was signed for another tag');
        });

        it('we take what skopeo signs', async () => {
          const image = name('skopeo/theirs:1');
          const plain = name('skopeo/plain:1');
          await push('skopeo/plain:1');
          const flags = [
            '--policy',
            policyOfAll(),
            '--registries.d',
            path('registries.d'),
            'copy',
            '--src-tls-verify=false',
            '--dest-tls-verify=false',
          ];
          const key = ['--sign-by-sigstore-private-key', path('ours.key'), '--sign-passphrase-file', path('pass')];
          const { code, stderr } = await signers.skopeo([...flags, ...key, `docker://${plain}`, `docker://${image}`]);
          assert.equal(code, 0, stderr);
          assert.match(await ours('verify', '--key', path('ours.pub'), image), /"isNamed":true/);
          assert.equal(await admits(image, 'ours.pub'), true);
          assert.equal(await admits(image, 'others.pub'), false);
          const made = await signers.skopeo([
            'generate-sigstore-key',
            '--output-prefix',
            path('skopeo'),
            '--passphrase-file',
            path('pass'),
          ]);
          assert.equal(made.code, 0, made.stderr);
          await ours('sign', '--key', path('skopeo.private'), image);
          assert.equal(await admits(image, 'skopeo.pub'), true);
        });

        const policyOfAll = (): string => {
          const file = path('all.policy.json');
          writeFileSync(file, JSON.stringify(always({ type: 'insecureAcceptAnything' })));
          return file;
        };
        return;
      }

      it('cosign verifies the bundles that we write, which name the image', async () => {
        const image = name(`${suite}/bundle:1`);
        await push(`${suite}/bundle:1`);
        await ours('sign', '--bundle', '--key', path('ours.key'), image);
        assert.equal(await cosignVerifies(image, 'ours.pub'), true);
        assert.equal(await cosignVerifies(image, 'others.pub'), false);
        assert.equal(await admits(image, 'ours.pub'), true);
      });

      it('we verify the bundles that cosign writes, which name a digest only', async () => {
        const image = name(`${suite}/bundled:1`);
        await push(`${suite}/bundled:1`);
        const flags = ['--yes', '--tlog-upload=false', '--use-signing-config=false', '--key', path('ours.key')];
        const { code, stderr } = await signers.cosign([
          'sign',
          ...flags,
          `${name(`${suite}/bundled`)}@${await digestOf(image)}`,
        ]);
        assert.equal(code, 0, stderr);
        assert.match(await ours('verify', '--key', path('ours.pub'), image), /"kind":"bundle".*"isNamed":false/);
        assert.equal(await admits(image, 'ours.pub', { type: 'matchDigest' }), true);
        assert.equal(await admits(image, 'ours.pub', { type: 'matchRepository' }), false);
        assert.equal(await admits(image, 'others.pub', { type: 'matchDigest' }), false);
      });
    });
  }

  it('verify ends with status 1 and says why; sign says what it lacks', async () => {
    await push('none:1');
    const { code, stderr } = await coracle(['verify', '--key', path('ours.pub'), name('none:1')]);
    assert.equal(code, 1);
    assert.match(stderr, /none:1 \(sha256:[0-9a-f]{64}\) is not signed by the key: no signature was found/);
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [['sign', name('none:1')], /--key names the private key/],
      [['sign', '--key', path('ours.key')], /which image/],
      [['sign', '--key', path('missing'), name('none:1')], /the key cannot be read/],
      [['sign', '--key', path('ours.pub'), name('none:1')], /no private key in PEM/],
      [['sign', '--generate-key', path('ours')], /ours\.key is there already/],
      [['verify', name('none:1')], /--key names the public key/],
      [['verify', '--key', path('ours.key'), name('none:1')], /no public key in PEM/],
      [['verify', '--key', path('ours.pub'), name('missing:1')], /not found/],
    ];
    for (const [args, message] of rows) {
      const failed = await coracle(args, { env });
      assert.equal(failed.code, 1, args.join(' '));
      assert.match(failed.stderr, message);
    }
  });

  it('signs an index with all its images', async () => {
    await push('one:1');
    await push('two:1');
    const entries = await Promise.all(
      ['one', 'two'].map(async (each, index) => {
        const { bytes, digest, mediaType } = await repositoryOf(name(`${each}:1`)).manifest('1');
        await put(`many/manifests/${digest}`, bytes, mediaType, each);
        const platform = { os: 'linux', architecture: index === 0 ? 'amd64' : 'arm64' };
        return { mediaType, digest, size: bytes.length, platform };
      }),
    );
    const type = 'application/vnd.oci.image.index.v1+json';
    await put(
      'many/manifests/1',
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: entries })),
      type,
    );
    const printed = await ours('sign', '--key', path('ours.key'), name('many:1'));
    assert.equal(printed.trim().split('\n').length, 3);
    assert.equal(await admits(name('many:1'), 'ours.pub'), true);
    const [first] = entries;
    assert(first);
    assert.match(await ours('verify', '--key', path('ours.pub'), `${name('many')}@${first.digest}`), /"isNamed":true/);
  });

  /** What a manifest needs is taken from the repository that has it. */
  async function put(place: string, bytes: Uint8Array, type: string, from?: string): Promise<void> {
    if (from !== undefined) {
      const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as { config: { digest: string }; layers: readonly { digest: string }[] }; // prettier-ignore
      for (const { digest } of [config, ...layers]) {
        const url: string = `http://${registry.address}/v2/many/blobs/uploads/?mount=${digest}&from=${from}`;
        assert.equal((await fetch(url, { method: 'POST' })).status, 201);
      }
    }
    const response = await fetch(`http://${registry.address}/v2/${place}`, { method: 'PUT', headers: { 'content-type': type }, body: bytes as Uint8Array<ArrayBuffer> }); // prettier-ignore
    assert.equal(response.status, 201, await response.text());
  }
});
