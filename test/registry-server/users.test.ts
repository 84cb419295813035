// Who may come in: htpasswd files as Apache's tool and the C library make them, and guessing.

import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { Authenticator } from '../../runtime/src/registry-server/authenticate.ts';
import { parseHtpasswd } from '../../runtime/src/registry-server/htpasswd.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { runOk } from '../helpers/run.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { type Answer, type TempRegistry, openTemp } from './in-process.ts';

/** By the C library's bcrypt, which is not ours. */
async function hashOf(password: string, kind = '2b'): Promise<string> {
  const salt = `$${kind}$04$abcdefghijklmnopqrstuu`;
  return (await runOk('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, salt])).stdout;
}

const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('registry server: users', () => {
  let folder: TempFolder;
  let registry: TempRegistry;
  /** By how much its clock is ahead of ours, in ms. */
  let ahead: number;
  const users = (): string => join(folder.path, 'users');

  const ask = (authorization?: string, client = '192.0.2.1'): Promise<Answer> =>
    registry.ask('GET', '/v2/', { client, headers: authorization === undefined ? {} : { authorization } });

  beforeEach(async () => {
    folder = await makeTempFolder();
    await writeFile(
      users(),
      `# who may\n\nann:${await hashOf('open sesame')}\nbob:${await hashOf('pässword', '2y')}\n`,
    );
    ahead = 0;
    const host = createNodeHost();
    const clock = { ...host.clock, now: () => host.clock.now() + ahead };
    const authenticator = new Authenticator({ ...host, clock }, users(), silentLogger);
    await authenticator.open();
    registry = await openTemp({ authenticate: (request) => authenticator.authenticate(request) });
  });

  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('lets in who knows the password, again and again', async () => {
    for (let round = 0; round < 30; round++) {
      assert.equal((await ask(basic('ann', 'open sesame'))).status, 200);
      assert.equal((await ask(basic('bob', 'pässword'))).status, 200);
    }
  });

  it('asks everybody else to say who they are', async () => {
    const wrong = [
      undefined,
      basic('ann', 'open'),
      basic('ann', ''),
      basic('Ann', 'open sesame'),
      basic('nobody', 'open sesame'),
      basic('', 'open sesame'),
      basic('__proto__', 'x'),
      'Bearer abc',
      'Basic !!!',
      `Basic ${'A'.repeat(5000)}`,
    ];
    for (const [at, authorization] of wrong.entries()) {
      const answer = await ask(authorization, `192.0.2.${at}`);
      assert.equal(answer.status, 401, authorization);
      assert.deepEqual(answer.codes(), ['UNAUTHORIZED']);
      assert.match(answer.header('www-authenticate') ?? '', /^Basic realm="[^"]+"/);
    }
  });

  it('asks before it looks at a path', async () => {
    for (const url of ['/v2/UPPER/tags/list', '/v2/a/manifests/x', '/nothing']) {
      assert.equal((await registry.ask('GET', url)).status, 401, url);
    }
  });

  it('takes no password that bcrypt would only look at the beginning of', async () => {
    const long = 'x'.repeat(80);
    await writeFile(users(), `ann:${await hashOf(long)}\n`);
    const authenticator = new Authenticator(createNodeHost(), users(), silentLogger);
    await authenticator.open();
    await using other = await openTemp({ authenticate: (request) => authenticator.authenticate(request) });
    const headers = { authorization: basic('ann', `${'x'.repeat(72)}anything`) };
    assert.equal((await other.ask('GET', '/v2/', { headers })).status, 401);
  });

  it('lets an address guess ten times a minute, and does not hold up others, nor who was right before', async () => {
    assert.equal((await ask(basic('ann', 'open sesame'))).status, 200);
    const answers = await Promise.all(Array.from({ length: 15 }, (_, at) => ask(basic('ann', `guess ${at}`))));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);
    const refused = await ask(basic('bob', 'pässword'));
    assert.equal(refused.status, 429);
    assert.match(refused.header('retry-after') ?? '', /^[1-9]\d?$/);
    assert.equal((await ask(basic('ann', 'open sesame'))).status, 200);
    assert.equal((await ask(basic('bob', 'pässword'), '192.0.2.99')).status, 200);
    ahead += 60_000;
    assert.equal((await ask(basic('bob', 'pässword'))).status, 200);
  });

  it('reads the file again when it has changed, and keeps its users when that is broken', async () => {
    assert.equal((await ask(basic('ann', 'open sesame'))).status, 200);
    const next = join(folder.path, 'next');
    await writeFile(next, `ann:${await hashOf('changed')}\n`);
    await rename(next, users());
    ahead += 2000;
    assert.equal((await ask(basic('ann', 'changed'))).status, 200);
    assert.equal((await ask(basic('ann', 'open sesame'))).status, 401);
    assert.equal((await ask(basic('bob', 'pässword'))).status, 401);
    await writeFile(next, 'ann:plain\n');
    await rename(next, users());
    ahead += 2000;
    assert.equal((await ask(basic('ann', 'changed'))).status, 200);
    assert.equal((await ask(basic('ann', 'plain'))).status, 401);
  });
});

describe('registry server: htpasswd files', () => {
  const parse = (text: string) => parseHtpasswd(Buffer.from(text), 'users');

  it('reads names and hashes', async () => {
    const hash = await hashOf('x');
    assert.deepEqual(
      [...parse(`# c\r\na:${hash}\r\n__proto__:${hash}\n\n`)],
      [
        ['a', hash],
        ['__proto__', hash],
      ],
    );
  });

  it('names the line that it cannot use', async () => {
    const hash = await hashOf('x');
    const md5 = '$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00';
    for (const line of [
      'plain:text',
      `a:${md5}`,
      'a:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
      `:${hash}`,
      hash,
      `a:${hash}x`,
    ]) {
      assert.throws(() => parse(`ok:${hash}\n${line}\n`), /users, line 2: .*bcrypt/, line);
    }
    // A cost at which one log-in takes minutes.
    assert.throws(() => parse(`a:${hash.replace('$04$', '$31$')}`), /cost 4 to 14/);
    assert.throws(() => parse('x'.repeat(1024 * 1024 + 1)), /larger than 1 MiB/);
  });
});
