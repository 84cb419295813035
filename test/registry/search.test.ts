// Searching: registries that have a search, those that only list what they have, those that have neither, and those that lie.

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Filters } from '../../runtime/src/spec/filters.ts';
import { type Lab, openLab, requireImages } from '../images/fixture.ts';
import { type Adversary, startAdversary } from './adversary.ts';

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}

const results = [
  { name: 'library/nginx', description: 'a server', is_official: true, star_count: 20, is_automated: false },
  { name: 'someone/nginx', description: 'another\nof them', is_official: false, star_count: 3 },
  { name: 'odd/nginx', description: null, is_official: 'yes', star_count: -5 },
  { description: 'no name' },
  'nothing',
];

describe('registry: search', function () {
  this.timeout(60_000);
  let lab: Lab;
  let registry: Adversary;
  before(function () {
    requireImages(this);
  });
  beforeEach(async () => {
    lab = await openLab();
    registry = await startAdversary(1000);
  });
  afterEach(async () => {
    await registry?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  const search = (
    term: string,
    {
      limit = 0,
      filters = new Map(),
      auth,
    }: { limit?: number; filters?: Filters; auth?: { username: string; password: string } } = {},
  ) => lab.images.search({ term: `${registry.address}/${term}`, limit, filters, auth });
  const names = async (...asked: Parameters<typeof search>) => (await search(...asked)).map(({ name }) => name);

  function offersSearch(): void {
    registry.trick = (_request, response, url) => url.pathname === '/v1/search' && answer(response, 200, { results });
  }

  it('asks as docker’s daemon does, and believes only what can be', async () => {
    offersSearch();
    const [first, second, third, ...more] = await search('nginx', { limit: 7 });
    const seen = registry.seen.find(({ url }) => url.startsWith('/v1/search'));
    assert.equal(seen?.url, '/v1/search?q=nginx&n=7');
    const own = (name: string) => `${registry.address}/${name}`;
    assert.deepEqual(first, {
      name: own('library/nginx'),
      description: 'a server',
      star_count: 20,
      is_official: true,
      is_automated: false,
    });
    assert.equal(second?.description, 'another\nof them');
    assert.deepEqual(
      [third?.name, third?.description, third?.star_count, third?.is_official],
      [own('odd/nginx'), '', 0, false],
    );
    assert.deepEqual(more, []);
  });

  it('filters by stars and by who is official', async () => {
    offersSearch();
    const own = (name: string) => `${registry.address}/${name}`;
    assert.deepEqual(await names('nginx', { filters: new Map([['stars', ['3']]]) }), [
      own('library/nginx'),
      own('someone/nginx'),
    ]);
    assert.deepEqual(await names('nginx', { filters: new Map([['is-official', ['true']]]) }), [own('library/nginx')]);
    assert.deepEqual(
      await names('nginx', {
        filters: new Map([
          ['is-official', ['false']],
          ['stars', ['1']],
        ]),
      }),
      [own('someone/nginx')],
    );
    assert.deepEqual(await names('nginx', { filters: new Map([['is-automated', ['true']]]) }), []);
    await assert.rejects(search('nginx', { filters: new Map([['stars', ['many']]]) }), /invalid filter 'stars=many'/);
    await assert.rejects(search('nginx', { filters: new Map([['x', ['1']]]) }), /invalid filter 'x'/);
    for (const limit of [-1, 101]) await assert.rejects(search('nginx', { limit }), /outside the range of \[1, 100\]/);
    const whole = (term: string) => lab.images.search({ term, limit: 0, filters: new Map(), auth: undefined });
    await assert.rejects(whole('https://x/y'), /should not have scheme/);
    for (const name of ['a.b:x:y', '[.]', 'a.b:99999', '..']) {
      await assert.rejects(whole(`${name}/x`), { kind: 'invalidParameter', message: /^invalid registry name/ });
    }
    await assert.rejects(lab.images.pull({ image: 'a.b:99999/x', tag: '1' }), {
      kind: 'invalidParameter',
      message: 'invalid registry name "a.b:99999"',
    });
  });

  it('looks among the names that a registry lists where it has no search', async () => {
    const pages = [
      ['a/web', 'b/db'],
      ['c/webapp', 'd/x'],
    ];
    registry.trick = (_request, response, url) => {
      if (url.pathname !== '/v2/_catalog') return false;
      const page = Number(url.searchParams.get('page') ?? 0);
      const link = page + 1 < pages.length ? { link: `</v2/_catalog?page=${page + 1}>; rel="next"` } : {};
      return answer(response, 200, { repositories: pages[page] }, link as Record<string, string>);
    };
    assert.deepEqual(await names('WEB'), [`${registry.address}/a/web`, `${registry.address}/c/webapp`]);
    assert.equal((await names('')).length, 4);
    assert.equal((await names('', { limit: 3 })).length, 3);
  });

  it('says so where a registry offers neither', async () => {
    await assert.rejects(search('x'), /offers no search and does not list its repositories/);
    registry.trick = (_request, response, url) =>
      url.pathname === '/v2/_catalog' &&
      answer(response, 403, { errors: [{ code: 'DENIED', message: 'not for you' }] });
    await assert.rejects(search('x'), new RegExp(`${registry.address} offers no search.*not for you`));
  });

  it('ends with a list that never ends, and with answers that are none', async () => {
    let page = 0;
    registry.trick = (_request, response, url) => {
      if (url.pathname !== '/v2/_catalog') return false;
      page += 1;
      const repositories = Array.from({ length: 1000 }, (_, index) => `r${page}/x${index}`);
      return answer(response, 200, { repositories }, { link: '</v2/_catalog?more>; rel="next"' });
    };
    assert.equal((await search('x', { limit: 100 })).length, 100);
    assert.ok(page <= 10, `${page} pages`);
    registry.trick = (_request, response, url) => url.pathname === '/v1/search' && answer(response, 200, '<html>');
    await assert.rejects(search('x'), /offers no search/);
    registry.trick = (_request, response, url) =>
      url.pathname === '/v1/search' && answer(response, 200, `{"results":["${'x'.repeat(5_000_000)}"]}`);
    await assert.rejects(search('x'));
    registry.trick = (_request, response) => answer(response, 200, '<html>');
    const isNamed = { message: new RegExp(`^registry ${registry.address}: list of .* is not valid JSON`) };
    await assert.rejects(search('x'), isNamed);
    await assert.rejects(lab.images.remoteTags(`${registry.address}/x`, undefined, {}), isNamed);
  });

  it('gives a password only to who asks for it', async () => {
    const auth = { username: 'ann', password: 'secret' };
    registry.trick = (request, response, url) => {
      if (url.pathname !== '/v1/search') return false;
      if (request.headers.authorization !== undefined) return answer(response, 200, { results });
      return answer(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    };
    assert.equal((await search('nginx', { auth })).length, 3);
    const tries = registry.seen
      .filter(({ url }) => url.startsWith('/v1/search'))
      .map(({ headers }) => headers.authorization);
    assert.deepEqual(tries, [undefined, `Basic ${Buffer.from('ann:secret').toString('base64')}`]);
    await assert.rejects(search('nginx'), /authentication required|unauthorized/i);
  });
});
