// Log-ins in `config.json` as docker's clients write them, and in helpers.

import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { RegistryCredentials, credentialsFolder, serverOf } from '../../runtime/src/connect/registry-credentials.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hub = 'https://index.docker.io/v1/';

/** A helper that keeps each secret in a file, named by the registry; its words are those of docker's helpers. */
const helper = `#!/bin/sh
folder=\${0%/*}/kept; mkdir -p "$folder"; input=$(cat); name=$(printf %s "$input" | tr -c 'A-Za-z0-9.\\n' _)
case $1 in
get) cat "$folder/$name" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
store) server=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr -c 'A-Za-z0-9.\\n' _); printf %s "$input" >"$folder/$server" ;;
erase) rm "$folder/$name" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
esac
`;

describe('log-ins to registries', () => {
  let folder: TempFolder;
  let credentials: RegistryCredentials;
  const path = process.env['PATH'];
  const config = () => join(folder.path, 'config.json');
  const write = (value: unknown) => writeFile(config(), typeof value === 'string' ? value : JSON.stringify(value));
  const read = async () => JSON.parse(await readFile(config(), 'utf8')) as Record<string, unknown>;

  beforeEach(async () => {
    folder = await makeTempFolder();
    credentials = new RegistryCredentials(folder.path);
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'docker-credential-test'), helper);
    await writeFile(join(bin, 'docker-credential-broken'), '#!/bin/sh\necho the keychain is locked; exit 1\n');
    await writeFile(join(bin, 'docker-credential-odd'), '#!/bin/sh\necho {}\n');
    for (const name of ['test', 'broken', 'odd']) await chmod(join(bin, `docker-credential-${name}`), 0o755);
    process.env['PATH'] = `${bin}${delimiter}${path ?? ''}`;
  });

  afterEach(async () => {
    process.env['PATH'] = path;
    await folder[Symbol.asyncDispose]();
  });

  it('finds the file where docker has it, unless another folder is asked for', () => {
    assert.equal(credentialsFolder('', { DOCKER_CONFIG: '/d' }), '/d');
    assert.equal(credentialsFolder('', { DOCKER_CONFIG: '/d', CORACLE_CONFIG: '/c' }), '/c');
    assert.equal(credentialsFolder('/o', { CORACLE_CONFIG: '/c' }), '/o');
    assert.match(credentialsFolder(undefined, {}), /\.docker$/);
  });

  it('knows a registry by all its names', () => {
    for (const name of ['', 'docker.io', 'index.docker.io', hub, 'registry-1.docker.io'])
      assert.equal(serverOf(name), hub);
    for (const name of ['localhost:5000', 'http://localhost:5000', 'https://localhost:5000/v1/']) {
      assert.equal(serverOf(name), 'localhost:5000');
    }
  });

  it('reads every kind of entry', async () => {
    await write({
      auths: {
        'a.example': { auth: base64('ann:pass:word') },
        'https://b.example/v1/': { auth: `${base64('bob:pw\0\0')}` },
        'c.example': { username: 'cy', password: 'pw' },
        'd.example': { auth: base64('<token>:'), identitytoken: 'refresh' },
        'e.example': { registrytoken: 'bearer' },
        'f.example': {},
        'g.example': 'nonsense',
        [hub]: { auth: base64('hub:pw') },
        ['__proto__']: { auth: base64('p:pw') },
      },
    });
    const find = async (domain: string) => {
      const { username, password, identitytoken, registrytoken } = (await credentials.find(domain)) ?? {};
      return [username, password, identitytoken, registrytoken].map((value) => value ?? '').join(' ');
    };
    assert.equal(await find('a.example'), 'ann pass:word  ');
    assert.equal(await find('b.example'), 'bob pw  ');
    assert.equal(await find('c.example'), 'cy pw  ');
    assert.equal(await find('d.example'), '<token>  refresh ');
    assert.equal(await find('e.example'), '   bearer');
    assert.equal(await find('docker.io'), 'hub pw  ');
    for (const none of ['f.example', 'g.example', 'other.example', 'a.example:5000', 'constructor']) {
      assert.equal(await credentials.find(none), undefined, none);
    }
  });

  it('writes an entry, leaves what else is in the file, and is for its owner only', async () => {
    await write({ proxies: { default: { httpProxy: 'x' } }, auths: { 'old.example': { auth: base64('o:o') } } });
    await chmod(config(), 0o644);
    assert.equal(await credentials.save({ serveraddress: 'new.example', username: 'ann', password: 'pä' }), true);
    assert.deepEqual(await read(), {
      proxies: { default: { httpProxy: 'x' } },
      auths: { 'old.example': { auth: base64('o:o') }, 'new.example': { auth: base64('ann:pä') } },
    });
    assert.equal((await stat(config())).mode & 0o777, 0o600);
    assert.equal((await credentials.find('new.example'))?.password, 'pä');
    assert.equal(await credentials.remove('new.example'), true);
    assert.equal(await credentials.remove('new.example'), false);
    assert.equal(await credentials.find('new.example'), undefined);
    assert.equal((await credentials.find('old.example'))?.username, 'o');
    assert.deepEqual(credentials.servers(), ['old.example']);
  });

  it('makes the file and its folder, and leaves a link a link', async () => {
    const fresh = new RegistryCredentials(join(folder.path, 'not/there'));
    assert.equal(await fresh.find('a.example'), undefined);
    await fresh.save({ serveraddress: 'a.example', username: 'a', password: 'b' });
    assert.equal((await fresh.find('a.example'))?.username, 'a');
    await symlink(fresh.path, config());
    await credentials.save({ serveraddress: 'b.example', username: 'b', password: 'b' });
    assert.equal((await fresh.find('b.example'))?.username, 'b');
  });

  for (const [kind, file] of [
    ['credsStore', { credsStore: 'test' }],
    ['credHelpers', { credHelpers: { 'a.example:5000': 'test', [hub]: 'test' }, credsStore: 'broken' }],
  ] as const) {
    it(`keeps secrets by ${kind}`, async () => {
      await write(file);
      assert.equal(await credentials.find('a.example:5000'), undefined);
      assert.equal(
        await credentials.save({ serveraddress: 'a.example:5000', username: 'ann', password: 'pw"\\' }),
        false,
      );
      const found = { serveraddress: 'a.example:5000', username: 'ann', password: 'pw"\\' };
      assert.deepEqual(await credentials.find('a.example:5000'), found);
      assert.deepEqual(await read(), { ...file, auths: { 'a.example:5000': {} } });
      await credentials.save({ serveraddress: hub, username: 'me', identitytoken: 'refresh' });
      assert.deepEqual(await credentials.find('docker.io'), { serveraddress: hub, identitytoken: 'refresh' });
      await credentials.remove('a.example:5000');
      assert.equal(await credentials.find('a.example:5000'), undefined);
    });
  }

  it('says which helper failed, in its words', async () => {
    await write({ credsStore: 'broken' });
    await assert.rejects(
      credentials.find('a.example'),
      /docker-credential-broken get a\.example: the keychain is locked/,
    );
    await write({ credsStore: 'odd' });
    await assert.rejects(credentials.find('a.example'), /docker-credential-odd answered no credentials/);
    await write({ credsStore: 'missing' });
    await assert.rejects(credentials.find('a.example'), /docker-credential-missing could not be run/);
    for (const name of ['../test', 'a/b', 'a b']) {
      await write({ credsStore: name });
      await assert.rejects(credentials.find('a.example'), /no name of a credential helper/, name);
    }
  });

  it('refuses a file that is none, and leaves it', async () => {
    for (const text of ['{', '[]', '"x"']) {
      await write(text);
      await assert.rejects(credentials.find('a.example'), /config\.json (is not valid JSON|has to hold)/);
      await assert.rejects(credentials.save({ serveraddress: 'x', username: 'a', password: 'b' }), /config\.json/);
      assert.equal(await readFile(config(), 'utf8'), text);
    }
  });
});
