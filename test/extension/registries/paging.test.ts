// Long lists, and removal of a tag alone, with a registry of our own; lists of those who run registries without a catalog, as their
// documentation has them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { removeFromRegistry } from '../../../extension/src/commands/registry/remove.ts';
import { createLooks } from '../../../extension/src/registries/look.ts';
import { githubRepositories, hubRepositories } from '../../../extension/src/registries/web-lists.ts';
import { RegistryTree } from '../../../extension/src/views/registry-tree.ts';
import type { Row } from '../../../extension/src/views/rows.ts';
import { startAdversary } from '../../registry/adversary.ts';
import { type Ask, makeImage, ociManifest } from '../../registry-server/in-process.ts';
import { type Served, requireProgram, serve } from '../../registry-server/program.ts';
import { ScriptUi } from '../script-ui.ts';
import { registryHost } from './host.ts';

describe('extension: long lists of registries', () => {
  let registry: Served;

  before(async function () {
    requireProgram(this);
    registry = await serve(['--allow-delete']);
    const ask: Ask = async (method, url, { body, headers = {} } = {}) => {
      const { status } = await fetch(`http://${registry.address}${url}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: body as string }),
      });
      return { status } as Awaited<ReturnType<Ask>>;
    };
    const manifest = await makeImage(ask, 'team/web');
    const put = async (tag: string) => {
      const answer = await ask('PUT', `/v2/team/web/manifests/${tag}`, {
        body: manifest,
        headers: { 'content-type': ociManifest },
      });
      assert.equal(answer.status, 201);
    };
    for (let index = 0; index < 150; index++) await put(`1.${index}`);
  });
  after(() => registry?.[Symbol.asyncDispose]());

  async function opened() {
    const { host, registries } = registryHost(new ScriptUi(), { dockerConfig: '/nowhere' });
    await host.connections.add({ kind: 'registry', name: registry.address });
    const { connections, providers } = host;
    const tree = new RegistryTree({ registries, connections, providers });
    const [root] = await tree.roots();
    assert.ok(root !== undefined);
    const [repository] = await tree.below(root, '');
    assert.equal(repository?.label, 'team/web');
    return { host, registries, tree, root, repository };
  }

  it('come in parts, with a row for the next', async () => {
    const { tree, repository } = await opened();
    const rows = await tree.below(repository, '');
    assert.equal(rows.length, 101);
    const more = rows.at(-1);
    assert.equal(more?.command, 'coracle.registries.more');
    await tree.more(more?.registryTarget);
    const all = await tree.below(repository, '');
    assert.equal(all.length, 150);
    assert.equal(new Set(all.map(({ id }) => id)).size, 150);
  });

  it('go on behind a part that has nothing to show', async () => {
    await using other = await startAdversary(10);
    other.trick = (_request, response, url) => {
      if (url.pathname === '/v2/_catalog') response.end('{"repositories":["team/web"]}');
      else if (url.searchParams.has('last')) response.end('{"tags":["1"]}');
      else response.setHeader('link', '</v2/team/web/tags/list?last=x>; rel="next"').end('{"tags":["not a tag"]}');
      return true;
    };
    const { host, registries } = registryHost(new ScriptUi(), { dockerConfig: '/nowhere' });
    await host.connections.add({ kind: 'registry', name: other.address });
    const tree = new RegistryTree({ registries, connections: host.connections, providers: host.providers });
    const below = async (row: Row | undefined) => (row === undefined ? [] : await tree.below(row, ''));
    const [repository] = await below((await tree.roots())[0]);
    const [more] = await below(repository);
    assert.equal(more?.command, 'coracle.registries.more');
    await tree.more(more?.registryTarget);
    assert.deepEqual(
      (await below(repository)).map(({ label }) => label),
      ['1'],
    );
  });

  it('are filtered by what is typed, and say so where nothing fits', async () => {
    const { tree, root } = await opened();
    assert.deepEqual(
      (await tree.below(root, 'TEAM')).map(({ label }) => label),
      ['team/web'],
    );
    assert.equal((await tree.below(root, 'other'))[0]?.label, 'No repository fits the filter.');
  });

  it('lose a tag alone where the registry can do that, after its user has heard of the others', async () => {
    const { host, tree, repository } = await opened();
    const rows: readonly Row[] = await tree.below(repository, '');
    const target = rows[0]?.registryTarget;
    assert.ok(target?.kind === 'tag');
    const ui = new ScriptUi(true);
    await removeFromRegistry.run({ ...host, ui }, [target]);
    assert.match(
      ui.confirmed[0]?.detail ?? '',
      /The same manifest is tagged 1\..* and 1\d\d more, too\. Those tags stay\./s,
    );
    const { tags } = (await (await fetch(`http://${registry.address}/v2/team/web/tags/list?n=1000`)).json()) as {
      readonly tags: readonly string[];
    };
    assert.equal(tags.length, 149);
    assert.ok(!tags.includes(target.tag));
  });
});

describe('extension: lists of Docker Hub and GitHub', () => {
  let server: Server;
  let address = '';
  const seen: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      seen.push(`${request.method} ${url.pathname} ${request.headers.authorization ?? ''}`.trim());
      const say = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
      const page = Number(url.searchParams.get('page'));
      if (url.pathname === '/v2/auth/token') say(200, { access_token: 'hub-token' });
      else if (url.pathname === '/v2/namespaces/ann/repositories')
        say(200, { results: [{ name: `web${page}` }], next: page === 1 ? 'more' : null });
      else if (url.pathname === '/users/acme/packages') say(404, { message: 'Not Found' });
      else if (url.pathname === '/orgs/acme/packages') say(200, [{ name: 'web' }, { name: 7 }]);
      else if (url.pathname === '/users/ann/packages') say(401, { message: 'Requires authentication' });
      else response.writeHead(200).end('<html>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    assert.ok(bound !== null && typeof bound === 'object');
    address = `http://127.0.0.1:${bound.port}`;
  });
  after(() => server?.close());

  const lists = () => ({ http: createLooks(() => ({ insecure: [] })).http, hub: address, github: address });
  const { signal } = new AbortController();
  const auth = { username: 'ann', password: 'secret' };

  it('come part by part from Docker Hub, with a token for who is logged in', async () => {
    const first = await hubRepositories(lists(), 'ann', undefined, { auth, signal });
    assert.deepEqual(first, { names: ['ann/web1'], next: '2' });
    assert.deepEqual(await hubRepositories(lists(), 'ann', first.next, { auth: undefined, signal }), {
      names: ['ann/web2'],
    });
    assert.deepEqual(seen.slice(0, 3), [
      'POST /v2/auth/token',
      'GET /v2/namespaces/ann/repositories Bearer hub-token',
      'GET /v2/namespaces/ann/repositories',
    ]);
  });

  it("come from GitHub for people and for organisations, with GitHub's words where it refuses", async () => {
    assert.deepEqual(await githubRepositories(lists(), 'acme', undefined, { auth, signal }), { names: ['acme/web'] });
    await assert.rejects(githubRepositories(lists(), 'ann', undefined, { auth, signal }), /Requires authentication/);
  });

  it('are refused where they are none', async () => {
    await assert.rejects(hubRepositories(lists(), 'other', undefined, { auth: undefined, signal }), /is no list/);
  });
});
