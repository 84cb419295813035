// What proves who a user is goes to the registry it is for, and into no log: of the engine at its most talkative, whatever goes wrong.

import assert from 'node:assert/strict';
import { ask } from '../helpers/engine-http.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { type Adversary, refuse, startAdversary } from '../registry/adversary.ts';

const words = ['first-secret', 'second-secret', 'third-secret', 'token-secret'];
const basic = Buffer.from('ann:first-secret').toString('base64');
const ways: readonly object[] = [
  { username: 'ann', password: 'first-secret' },
  { identitytoken: 'second-secret' },
  { registrytoken: 'third-secret' },
];

describe('credentials of registries', () => {
  let daemon: TempDaemon;
  let registry: Adversary;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon({ args: ['--log-level', 'debug'] });
    registry = await startAdversary();
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  const encoded = (auth: object): string =>
    Buffer.from(JSON.stringify({ ...auth, serveraddress: registry.address })).toString('base64url');

  /** Everything that takes credentials, with each kind of them. @returns what was answered */
  async function useAll(): Promise<string> {
    const answers: string[] = [];
    for (const auth of ways) {
      const headers = { 'x-registry-auth': encoded(auth) };
      for (const [method, path] of [
        ['POST', `/images/create?fromImage=${registry.address}/x&tag=good`],
        ['POST', `/images/create?fromImage=${registry.address}/x&tag=nope`],
        ['POST', `/images/${registry.address}/x/push?tag=good`],
        ['GET', `/distribution/${registry.address}/x:good/json`],
      ] as const) {
        answers.push((await ask(daemon.socket, path, { method, headers })).body);
      }
      const body = JSON.stringify({ ...auth, serveraddress: registry.address });
      const asJson = { 'content-type': 'application/json' };
      answers.push((await ask(daemon.socket, '/auth', { method: 'POST', body, headers: asJson })).body);
      const configs = { 'x-registry-config': encoded({ [registry.address]: auth }) };
      answers.push((await ask(daemon.socket, '/build?remote=nope://', { method: 'POST', headers: configs })).body);
    }
    return answers.join('\n');
  }

  function assertNothingIsTold(answers: string): void {
    const log = daemon.logs();
    assert.match(log, /level=debug/);
    for (const word of [...words, basic, ...ways.map(encoded)]) {
      assert.ok(!log.includes(word), `the log has ${word}`);
      assert.ok(!answers.includes(word), `an answer has ${word}`);
    }
  }

  it('are used and not told where they are right', async () => {
    registry.trick = (request, response, url) => {
      if (url.pathname === '/token') {
        response.end(JSON.stringify({ token: 'token-secret' }));
        return true;
      }
      const { authorization = '' } = request.headers;
      if (['Bearer token-secret', 'Bearer third-secret'].includes(authorization)) return false;
      response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
      return true;
    };
    const answers = await useAll();
    assert.match(answers, /Downloaded newer image/);
    assertNothingIsTold(answers);
    const asked = registry.seen.filter(({ url }) => url.startsWith('/token'));
    assert.ok(asked.some(({ headers }) => headers.authorization === `Basic ${basic}`));
    assert.ok(asked.some(({ body }) => body.includes('second-secret')));
  });

  it('are not told where they are wrong, and where registry or token server fail', async () => {
    for (const status of [401, 403, 500, 302]) {
      registry.trick = (_request, response, url) => {
        response.setHeader('www-authenticate', `Bearer realm="http://${registry.address}/token",service="s"`);
        if (url.pathname === '/token' && status === 302) response.setHeader('location', 'http://127.0.0.1:1/');
        refuse(response, url.pathname === '/token' ? status : 401, 'UNAUTHORIZED', 'no');
        return true;
      };
      assertNothingIsTold(await useAll());
    }
    registry.trick = (request) => {
      request.socket.destroy();
      return true;
    };
    assertNothingIsTold(await useAll());
  });
});
