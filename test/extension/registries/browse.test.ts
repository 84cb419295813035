// The view of registries over real ones: Debian's docker-registry with a user, and our own, which removes tags alone.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRegistry } from '../../../extension/src/commands/registry/connect.ts';
import { copyRegistryDigest, copyRegistryName } from '../../../extension/src/commands/registry/copy.ts';
import { inspectManifest } from '../../../extension/src/commands/registry/inspect.ts';
import { logInToRegistry } from '../../../extension/src/commands/registry/log-in.ts';
import { logOutOfRegistry } from '../../../extension/src/commands/registry/log-out.ts';
import { nameRepository } from '../../../extension/src/commands/registry/name-repository.ts';
import { removeFromRegistry } from '../../../extension/src/commands/registry/remove.ts';
import { faultOf } from '../../../extension/src/registries/faults.ts';
import type { Registries } from '../../../extension/src/registries/registries.ts';
import type { ShownRegistry } from '../../../extension/src/registries/targets.ts';
import { RegistryCredentials } from '../../../runtime/src/connect/registry-credentials.ts';
import { busyboxArchive, busyboxRootfs, dockerArchive } from '../../helpers/busybox-image.ts';
import { type Registry, requireRegistry, startRegistry } from '../../helpers/registry.ts';
import { type TempFolder, makeTempFolder } from '../../helpers/temp-folder.ts';
import { ociIndex } from '../../registry-server/in-process.ts';
import { ScriptUi } from '../script-ui.ts';
import { registryHost } from './host.ts';

const user = { name: 'ann', password: 'secret word' };
const authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;

describe('extension: registries', () => {
  let folder: TempFolder;
  let closed: Registry;
  let open: Registry;
  let localImages: readonly string[] = [];

  before(async function () {
    requireRegistry(this);
    folder = await makeTempFolder();
    closed = await startRegistry({ user });
    open = await startRegistry();
    for (const registry of [closed, open]) await registry.push('team/web:1', await busyboxArchive('web:1'));
  });
  after(async () => {
    await closed?.[Symbol.asyncDispose]();
    await open?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    localImages = [];
    await writeFile(join(folder.path, 'config.json'), '{}');
  });

  const start = (ui: ScriptUi) => registryHost(ui, { dockerConfig: folder.path, localImages: () => localImages });

  async function connected(registry: Registry, ui = new ScriptUi()) {
    ui.answer('Another registry', `http://${registry.address}/`);
    const { host, registries, logIns } = start(ui);
    await connectRegistry.run(host, []);
    const shown = await only(registries);
    return { ui, host, registries, logIns, shown };
  }

  async function only(registries: Registries): Promise<ShownRegistry> {
    const [first, second] = await registries.registries();
    assert.ok(first !== undefined && second === undefined, 'one registry is shown');
    return first;
  }

  /** Gives the manifest of an image more tags. */
  async function tagMore(registry: Registry, tags: readonly string[], image = 'team/web:1'): Promise<void> {
    const [repository = '', from = ''] = image.split(':');
    const base = `http://${registry.address}/v2/${repository}/manifests`;
    const type = 'application/vnd.docker.distribution.manifest.v2+json';
    const found = await fetch(`${base}/${from}`, { headers: { authorization, accept: type } });
    const body = await found.text();
    for (const tag of tags) {
      const headers = { authorization, 'content-type': type };
      assert.equal((await fetch(`${base}/${tag}`, { method: 'PUT', headers, body })).status, 201);
    }
  }

  it('connects by an address, and says what is none', async () => {
    const ui = new ScriptUi('Another registry', 'not/a/host', open.address);
    const { host, registries } = start(ui);
    await connectRegistry.run(host, []);
    assert.match(ui.faults[0] ?? '', /This is no address of a registry: not\/a\/host/);
    const shown = await only(registries);
    assert.deepEqual(shown, { kind: 'registry', connection: open.address, domain: open.address, label: open.address });
    assert.deepEqual((await registries.repositories(shown)).names, ['team/web']);
  });

  it('tells a stranger to log in, tries a log-in before it keeps it, and forgets it again', async () => {
    const { ui, host, registries, shown } = await connected(closed);
    const refused = await registries.repositories(shown).catch((error: unknown) => error);
    const fault = faultOf(refused, shown, true);
    assert.match(fault.message, /^You are not logged in\.$/);
    assert.deepEqual(fault.remedies, ['login', 'name']);

    ui.answer(user.name, 'wrong');
    await logInToRegistry.run(host, [{ kind: 'registry', registry: shown }]);
    assert.match(ui.errors[0]?.message ?? '', /does not let ann in: .*(unauthorized|authentication)/i);
    assert.equal((await only(registries)).user, undefined);

    ui.answer(user.name, user.password, 'Only in VS Code');
    await ui.errors[0]?.actions[0]?.run();
    const known = await only(registries);
    assert.equal(known.user, 'ann');
    assert.deepEqual((await registries.repositories(known)).names, ['team/web']);

    ui.answer(true);
    await logOutOfRegistry.run(host, [{ kind: 'registry', registry: known }]);
    assert.equal((await only(registries)).user, undefined);
  });

  it("takes docker's log-in without asking, and hands it over where the user wants that", async () => {
    const { ui, host, registries, shown, logIns } = await connected(closed);
    ui.answer(user.name, user.password, "For docker's clients");
    await logInToRegistry.run(host, [{ kind: 'registry', registry: shown }]);
    assert.equal(await logIns.keeperOf(closed.address), 'docker');
    const found = await new RegistryCredentials(folder.path).find(closed.address);
    assert.equal(found?.password, user.password);

    const other = await connected(closed);
    assert.equal(other.shown.user, 'ann');
    assert.deepEqual((await registries.tags(await only(registries), 'team/web')).names, ['1']);
  });

  it('shows what a tag stands for, copies its name and digest, and opens its manifest', async () => {
    const { ui, host, registries, shown } = await connected(open);
    const details = await registries.details(shown, 'team/web', '1');
    const [platform, second] = details.platforms;
    assert.ok(platform !== undefined && second === undefined);
    assert.match(platform.platform, /^linux\//);
    assert.ok(platform.size > 100_000);
    const target = { kind: 'tag', registry: shown, repository: 'team/web', tag: '1' } as const;
    await copyRegistryName.run(host, [target]);
    await copyRegistryDigest.run(host, [target]);
    assert.deepEqual(ui.copied, [`${open.address}/team/web:1`, details.digest]);
    await inspectManifest.run(host, [target]);
    assert.equal((JSON.parse(await ui.text()) as { schemaVersion: number }).schemaVersion, 2);
  });

  it('shows each platform of an index, and no statements about them', async () => {
    const { registries, shown } = await connected(open);
    const one = await registries.details(shown, 'team/web', '1');
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const size = new TextEncoder().encode(one.text).length;
    const part = (platform: object, annotations = {}) => ({
      mediaType,
      digest: one.digest,
      size,
      platform,
      annotations,
    });
    const manifests = [
      part({ os: 'linux', architecture: 'amd64' }),
      part({ os: 'linux', architecture: 'arm64', variant: 'v8' }),
      part({ os: 'unknown', architecture: 'unknown' }, { 'vnd.docker.reference.type': 'attestation-manifest' }),
    ];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests });
    const url = `http://${open.address}/v2/team/web/manifests/many`;
    assert.equal((await fetch(url, { method: 'PUT', headers: { 'content-type': ociIndex }, body })).status, 201);
    const { platforms } = await registries.details(shown, 'team/web', 'many');
    assert.deepEqual(
      platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64/v8'],
    );
  });

  it('tells which tags go along where the registry removes manifests only, and removes nothing unasked', async () => {
    const { ui, host, registries, shown } = await connected(open);
    await tagMore(open, ['same']);
    const target = { kind: 'tag', registry: shown, repository: 'team/web', tag: 'same' } as const;
    const tagsNow = async () => {
      registries.forget();
      const list = await registries.tags(shown, 'team/web');
      while (list.hasMore) await list.more();
      return list.names;
    };
    const before = (await tagsNow()).length;
    ui.answer(true, false);
    await removeFromRegistry.run(host, [target]);
    assert.match(ui.confirmed[0]?.detail ?? '', /The same manifest is tagged 1, .*Those tags stay/);
    assert.match(ui.confirmed[1]?.message ?? '', /removes no tag alone/);
    assert.equal((await tagsNow()).length, before);

    ui.answer(true, true);
    await removeFromRegistry.run(host, [target]);
    assert.deepEqual(
      (await tagsNow()).filter((tag) => tag === 'same' || tag === '1'),
      [],
    );
  });

  it('shows what the user named and what images here came from where a registry lists nothing', async () => {
    const ui = new ScriptUi('Docker Hub');
    const { host, registries } = start(ui);
    await connectRegistry.run(host, []);
    localImages = ['alpine:3.21', 'bitnami/redis:7', 'ghcr.io/x/y:1', '<none>:<none>'];
    const shown = await only(registries);
    assert.equal(shown.label, 'Docker Hub');
    assert.deepEqual((await registries.repositories(shown)).names, ['bitnami/redis', 'library/alpine']);
    ui.answer('Not Valid', 'alpine:3', 'docker.io/library/nginx');
    await nameRepository.run(host, [{ kind: 'registry', registry: shown }]);
    assert.equal(ui.faults.length, 2);
    assert.deepEqual((await registries.repositories(await only(registries))).names.slice(0, 1), ['library/nginx']);
  });

  it('has the registries of a provider, with its log-in and its own list', async () => {
    const ui = new ScriptUi('Acme Cloud');
    const { host, registries } = start(ui);
    const asked: boolean[] = [];
    host.providers.add({
      id: 'acme.cloud',
      label: 'Acme Cloud',
      registries({ mayAsk }) {
        asked.push(mayAsk);
        return Promise.resolve([
          {
            domain: 'twice.example',
            repositories: () => Promise.resolve({ names: ['Bad Name', '../x', '', 'a/b', 'a/b:1'] }),
          },
          { domain: 'twice.example' },
          {
            domain: closed.address,
            label: 'Acme',
            credentials: () => Promise.resolve({ username: user.name, password: user.password }),
            repositories: (from?: string) =>
              Promise.resolve(from === undefined ? { names: ['team/web'], next: 'b' } : { names: ['team/none'] }),
          },
        ]);
      },
    });
    await connectRegistry.run(host, []);
    const [strange, shown, none] = await registries.registries();
    assert.ok(strange !== undefined && shown !== undefined && none === undefined, 'each once');
    assert.deepEqual((await registries.repositories(strange)).names, ['a/b'], 'what images can be called');
    assert.deepEqual([shown.label, shown.user], ['Acme', 'ann']);
    assert.deepEqual(asked, [true, false]);
    const list = await registries.repositories(shown);
    await list.more();
    assert.deepEqual(list.names, ['team/web', 'team/none']);
    assert.deepEqual((await registries.tags(shown, 'team/web')).names, ['1']);
    assert.deepEqual(await registries.providedLogIn(closed.address), { username: user.name, password: user.password });
    const gone = await registries.tags(shown, 'team/none').catch((error: unknown) => error);
    assert.deepEqual(faultOf(gone, shown, false).remedies, ['retry']);
  });

  it('asks once more where not all tags were compared, and leaves all of them to who then turns away', async () => {
    const { ui, host, registries, logIns, shown } = await connected(closed);
    await logIns.save(shown.domain, { username: user.name, password: user.password }, 'vscode');
    registries.forget();
    await closed.push('team/many:a', await dockerArchive('many:a', [await busyboxRootfs()], { Cmd: ['a'] }));
    await closed.push('team/many:z', await dockerArchive('many:z', [await busyboxRootfs()], { Cmd: ['z'] }));
    // None of them is the same manifest; what comes behind them may be.
    const others = Array.from({ length: 200 }, (_, index) => `a${index + 100}`);
    await tagMore(closed, others, 'team/many:a');
    const [registry] = await registries.registries();
    assert.ok(registry !== undefined);
    ui.answer(true, false);
    await removeFromRegistry.run(host, [{ kind: 'tag', registry, repository: 'team/many', tag: 'z' }]);
    assert.match(ui.confirmed[0]?.detail ?? '', /Only 200 tags were compared/);
    assert.doesNotMatch(ui.confirmed[0]?.detail ?? '', /tagged/);
    assert.match(ui.confirmed[1]?.detail ?? '', /Only 200 tags were compared/);
    assert.deepEqual(ui.left, []);
  });

  it('says nothing more to who turned away while tags were compared', async () => {
    await open.push('team/kept:1', await busyboxArchive('kept:1'));
    const { host, registries, shown } = await connected(open);
    const ui = new ScriptUi();
    ui.progress = async (_title, work) => await work({ report: () => undefined, signal: AbortSignal.abort() });
    const target = { kind: 'tag', registry: shown, repository: 'team/kept', tag: '1' } as const;
    await removeFromRegistry.run({ ...host, ui }, [target]);
    assert.deepEqual((await registries.tags(shown, 'team/kept')).names, ['1']);
  });

  it('does not wait for a provider any more once everything is asked anew', async () => {
    const { host, registries } = await connected(open);
    await host.connections.add({ kind: 'provider', name: 'acme.slow' });
    let isSlow = true;
    const asked = Promise.withResolvers<void>();
    host.providers.add({
      id: 'acme.slow',
      label: 'Acme',
      registries() {
        asked.resolve();
        return isSlow ? new Promise(() => undefined) : Promise.resolve([{ domain: 'acme.example' }]);
      },
    });
    registries.forget();
    const looking = registries.registries();
    await asked.promise;
    isSlow = false;
    registries.forget();
    const domains = (await looking).map(({ domain }) => domain);
    assert.deepEqual(domains, [open.address, 'acme.example'], 'who looked before has what was asked anew');
    assert.equal(registries.faults.size, 0);
  });

  it('ends when it is cancelled what a provider never ends', async () => {
    const { host } = await connected(open);
    const provider = { id: 'acme.never', label: 'Never', registries: () => new Promise<never>(() => undefined) };
    host.providers.add(provider);
    const ui = new ScriptUi('Never');
    const cancel = new AbortController();
    ui.progress = async (_title, work) => {
      const working = work({ report: () => undefined, signal: cancel.signal });
      cancel.abort();
      return await working;
    };
    await assert.rejects(connectRegistry.run({ ...host, ui }, []), { name: 'AbortError' });
    assert.deepEqual(
      host.connections.all.map(({ kind }) => kind),
      ['registry'],
    );
  });

  it('says where docker keeps the log-in to this registry, and loses none when it cannot be kept there', async () => {
    const config = join(folder.path, 'config.json');
    await writeFile(config, '{"credHelpers": {"https://index.docker.io/v1/": "desktop"}}');
    const { logIns } = start(new ScriptUi());
    assert.equal(logIns.dockersPlace('docker.io').helper, 'desktop');
    assert.deepEqual(logIns.dockersPlace(open.address), { path: config }, 'in plain text');
    await logIns.save(open.address, { username: 'ann', password: 'old' }, 'vscode');
    await writeFile(config, 'no JSON');
    await assert.rejects(
      logIns.save(open.address, { username: 'ann', password: 'new' }, 'docker'),
      /is not valid JSON/,
    );
    assert.equal((await logIns.find(open.address))?.password, 'old');
  });
});
