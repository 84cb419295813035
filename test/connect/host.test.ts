import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseHost, noHostOptions } from '../../runtime/src/connect/choose-host.ts';
import { checkContextName, ContextStore } from '../../runtime/src/connect/contexts.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const none = { ...noHostOptions, config: '/nowhere' };

describe('cli: which engine', () => {
  it('takes our own socket when nobody says anything', () => {
    const root = chooseHost(none, {}, 0);
    assert.equal(root.endpoint.text, 'unix:///run/coracle/coracle.sock');
    assert.equal(root.isDefault, true);
    const user = chooseHost(none, { XDG_RUNTIME_DIR: '/run/user/7' }, 7);
    assert.equal(user.endpoint.text, 'unix:///run/user/7/coracle/coracle.sock');
  });

  it('listens to flag, then environment, then context', async () => {
    await using folder = await makeTempFolder();
    const store = new ContextStore(folder.path);
    store.set('far', { description: '', host: 'tcp://10.0.0.9:1' });
    const options = { ...noHostOptions, config: folder.path };
    const env = { CORACLE_HOST: 'unix:///c', DOCKER_HOST: 'unix:///d' };
    assert.equal(chooseHost({ ...options, hosts: ['unix:///f'] }, env, 0).endpoint.text, 'unix:///f');
    assert.equal(chooseHost(options, env, 0).endpoint.text, 'unix:///c');
    assert.equal(chooseHost(options, { DOCKER_HOST: 'unix:///d' }, 0).from, 'DOCKER_HOST');
    assert.equal(chooseHost(options, { DOCKER_HOST: 'unix:///d' }, 0).isDefault, false);
    assert.equal(chooseHost(options, { DOCKER_HOST: 'unix:///run/coracle/coracle.sock' }, 0).isDefault, true);
    assert.equal(chooseHost({ ...options, context: 'far' }, env, 0).endpoint.text, 'tcp://10.0.0.9:1');
    assert.equal(chooseHost(options, { DOCKER_CONTEXT: 'far' }, 0).context, 'far');
    assert.equal(chooseHost(options, {}, 0).context, 'default');
    store.use('far');
    assert.equal(chooseHost(options, {}, 0).context, 'far');
    assert.equal(chooseHost(options, {}, 0).isDefault, false);
  });

  it("finds contexts of docker's own, after those of ours", async () => {
    await using folder = await makeTempFolder();
    for (const [name, host] of Object.entries({ theirs: 'tcp://10.0.0.5:2375', both: 'tcp://10.0.0.6:2375' })) {
      const meta = join(folder.path, 'docker/contexts/meta', name);
      await mkdir(meta, { recursive: true });
      await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
    }
    new ContextStore(folder.path).set('both', { description: '', host: 'unix:///ours' });
    const options = { ...noHostOptions, config: folder.path };
    const env = { DOCKER_CONFIG: join(folder.path, 'docker') };
    const named = chooseHost(options, { ...env, DOCKER_CONTEXT: 'theirs' }, 0);
    assert.deepEqual([named.endpoint.text, named.context], ['tcp://10.0.0.5:2375', 'theirs']);
    assert.equal(chooseHost({ ...options, context: 'both' }, env, 0).endpoint.text, 'unix:///ours');
    assert.throws(() => chooseHost({ ...options, context: 'none' }, env, 0), /context "none": context not found/);
  });

  it('refuses contradictions and unknown contexts', () => {
    assert.throws(
      () => chooseHost({ ...noHostOptions, hosts: ['unix:///a'], context: 'b' }, {}, 0),
      /cannot specify both/,
    );
    assert.throws(() => chooseHost({ ...noHostOptions, hosts: ['unix:///a', 'unix:///b'] }, {}, 0), /only one -H/);
    assert.throws(() => chooseHost({ ...noHostOptions, context: 'nope' }, {}, 0), /context "nope": context not found/);
  });

  it('reads TLS files from flags, DOCKER_CERT_PATH and DOCKER_TLS_VERIFY', async () => {
    await using folder = await makeTempFolder();
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder.path, `${name}.pem`), name);
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder.path };
    const { endpoint } = chooseHost(none, env, 0);
    assert.ok(endpoint.kind === 'tcp');
    assert.deepEqual(endpoint.tls, { verify: true, ca: 'ca', cert: 'cert', key: 'key' });
    assert.equal(endpoint.port, 2376);
    const bare = chooseHost({ ...noHostOptions, hosts: ['tcp://h'], tls: true }, {}, 0).endpoint;
    assert.ok(bare.kind === 'tcp');
    assert.deepEqual(bare.tls, { verify: false });
    const missing = { ...noHostOptions, hosts: ['tcp://h'], tlsCa: '/nowhere.pem' };
    assert.throws(() => chooseHost(missing, {}, 0), /could not read TLS file \/nowhere\.pem/);
  });
});

describe('cli: contexts', () => {
  it('keeps them in a file that only the user reads, and falls back when the current one goes', async () => {
    await using folder = await makeTempFolder();
    const store = new ContextStore(join(folder.path, 'new'));
    assert.deepEqual(store.names(), []);
    store.set('a', { description: 'd', host: 'tcp://x:1' });
    store.set('__proto__', { description: '', host: 'tcp://y:1' });
    assert.deepEqual(store.names(), ['__proto__', 'a']);
    store.use('a');
    store.remove('a');
    assert.equal(store.current, 'default');
    assert.throws(() => store.get('a'), /context not found/);
    assert.throws(() => store.get('constructor'), /context not found/);
    assert.equal((await stat(store.path)).mode & 0o777, 0o600);
    assert.ok((await readFile(store.path, 'utf8')).endsWith('\n'));
  });

  it('says when its file is broken', async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, 'contexts.json'), '{');
    assert.throws(() => new ContextStore(folder.path).names(), /contexts\.json is not valid JSON/);
  });

  it('checks names', () => {
    checkContextName('my.context-1');
    for (const name of ['', 'a', 'default', '../x', 'a b']) assert.throws(() => checkContextName(name), Error, name);
  });
});
