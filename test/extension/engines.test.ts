import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Engines } from '../../extension/src/engines/engines.ts';
import { contextStore, knownEngines } from '../../extension/src/engines/known.ts';
import { terminalHost } from '../../extension/src/engines/terminal-host.ts';
import { engineProgram } from '../../extension/src/engines/program.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import type { TempFolder } from '../helpers/temp-folder.ts';

const uid = 1000;

describe('extension: engines that can be chosen', () => {
  let folder: TempFolder;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = await makeTempFolder();
    env = { CORACLE_CONFIG: join(folder.path, 'config'), XDG_RUNTIME_DIR: folder.path };
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const names = () => knownEngines(env, uid).map(({ name, kind }) => `${name} ${kind}`);

  function enginesOf(more: { host?: string; chosen?: string } = {}): Engines & { choice: typeof more } {
    const choice = { ...more };
    const engines = new Engines({
      env,
      uid,
      program: () => {
        throw new Error('nothing is started here');
      },
      host: () => choice.host ?? '',
      idleExitS: () => 300,
      mode: () => 'auto',
      onObstacle: () => assert.fail('nothing is started here'),
      startsByItself: () => false,
      chosen: () => choice.chosen,
    });
    return Object.assign(engines, { choice });
  }

  it('are ours, then contexts, then sockets that are found', async () => {
    // The machine's own sockets are there or not; those of the user are made here.
    const before = names().filter((name) => !name.startsWith('docker ') && !name.startsWith('podman-root'));
    assert.deepEqual(before, ['default ours']);
    await mkdir(join(folder.path, 'podman'));
    await writeFile(join(folder.path, 'podman/podman.sock'), '');
    await writeFile(join(folder.path, 'docker.sock'), '');
    contextStore(env).set('far', { host: 'tcp://far:2375', description: 'Far' });
    const known = names();
    assert.deepEqual(known.slice(0, 2), ['default ours', 'far stored']);
    for (const name of ['docker-rootless found', 'podman found']) assert.ok(known.includes(name), name);
    contextStore(env).set('mine', { host: `unix://${join(folder.path, 'docker.sock')}`, description: '' });
    assert.ok(!names().includes('docker-rootless found'), 'one that is a context is not told twice');
  });

  it("are docker's own contexts and what the environment names, too", async () => {
    const meta = join(folder.path, 'docker/contexts/meta');
    const write = async (id: string, text: string) => {
      await mkdir(join(meta, id), { recursive: true });
      await writeFile(join(meta, id, 'meta.json'), text);
    };
    const context = {
      Name: 'lab',
      Metadata: { Description: 'Lab' },
      Endpoints: { docker: { Host: 'tcp://lab:2376' } },
    };
    await write('a', JSON.stringify(context));
    await write('b', '{ half');
    await write('c', JSON.stringify({ Name: 'none', Endpoints: {} }));
    await writeFile(join(meta, 'no folder'), '');
    const tls = join(folder.path, 'docker/contexts/tls/a/docker');
    await mkdir(tls, { recursive: true });
    await writeFile(join(tls, 'ca.pem'), 'PEM');
    Object.assign(env, { DOCKER_CONFIG: join(folder.path, 'docker'), DOCKER_HOST: 'unix:///elsewhere.sock' });
    const known = knownEngines(env, uid);
    const lab = known.find(({ name }) => name === 'docker:lab');
    assert.deepEqual([lab?.host, lab?.description, lab?.kind], ['tcp://lab:2376', 'Lab', 'found']);
    const endpoint = lab?.endpoint();
    assert.deepEqual(endpoint?.kind === 'tcp' ? endpoint.tls : undefined, { verify: true, ca: 'PEM' });
    assert.deepEqual(
      known.filter(({ name }) => name.startsWith('docker:') || name === 'DOCKER_HOST').map(({ name }) => name),
      ['docker:lab', 'DOCKER_HOST'],
    );
  });

  it("are others where docker's contexts cannot be listed", async () => {
    await mkdir(join(folder.path, 'docker/contexts'), { recursive: true });
    await writeFile(join(folder.path, 'docker/contexts/meta'), 'no folder');
    env['DOCKER_CONFIG'] = join(folder.path, 'docker');
    assert.equal(names()[0], 'default ours');
  });

  it('say what is wrong with a file of contexts that cannot be read', async () => {
    const store = contextStore(env);
    store.set('far', { host: 'tcp://far:2375', description: '' });
    await writeFile(store.path, '{ half');
    using engines = enginesOf({ chosen: 'far' });
    assert.equal(engines.engine.kind, 'ours');
    const broken = engines.list().find(({ name }) => name === store.path);
    assert.match(broken?.description ?? '', /contexts\.json|JSON/);
    assert.throws(() => broken?.endpoint());
  });

  it("are docker's in terminals where it was chosen, and where docker finds no other", async () => {
    const socket = join(folder.path, 'docker.sock');
    const docker = join(folder.path, 'docker');
    env['DOCKER_CONFIG'] = docker;
    using engines = enginesOf();
    const host = (more: Record<string, string> = {}) =>
      terminalHost({
        engine: engines.engine,
        isChosen: engines.isChosen,
        env: { ...env, ...more },
        sockets: [socket],
      });
    const ours = engines.engine.host;
    assert.equal(host(), ours, 'there is no other');
    assert.equal(host({ DOCKER_HOST: 'unix:///elsewhere.sock' }), undefined);
    assert.equal(host({ DOCKER_CONTEXT: 'lab' }), undefined);
    await writeFile(socket, '');
    assert.equal(host(), undefined, 'a socket of Docker');
    await rm(socket);
    await mkdir(join(docker, 'contexts/meta/a'), { recursive: true });
    const lab = { Name: 'lab', Endpoints: { docker: { Host: 'tcp://lab:2375' } } };
    await writeFile(join(docker, 'contexts/meta/a/meta.json'), JSON.stringify(lab));
    assert.equal(host(), undefined, "a context of docker's");
    engines.choice.chosen = 'default';
    assert.equal(host({ DOCKER_HOST: 'unix:///elsewhere.sock' }), ours, 'ours was chosen');
    engines.choice.chosen = 'docker:lab';
    engines.reload();
    assert.equal(host(), undefined, 'no socket');
    engines.choice.chosen = 'gone';
    engines.reload();
    assert.equal(host(), undefined, 'what was chosen has gone: ours stands in, unasked');
    engines.choice.host = 'unix:///set.sock';
    engines.reload();
    assert.equal(host(), 'unix:///set.sock');
  });

  it('are ours unless another was chosen or set', () => {
    contextStore(env).set('far', { host: 'tcp://far:2375', description: '' });
    using engines = enginesOf();
    assert.equal(engines.engine.kind, 'ours');
    let changes = 0;
    using _listening = engines.onChange(() => {
      changes += 1;
    });
    engines.reload();
    assert.equal(changes, 0);
    const first = engines.model;
    engines.choice.chosen = 'far';
    engines.reload();
    assert.deepEqual([engines.engine.name, changes], ['far', 1]);
    assert.notEqual(engines.model, first);
    assert.equal(engines.modelOf('far'), engines.model);
    assert.equal(engines.modelOf('default'), engines.modelOf('default'));
    assert.throws(() => engines.modelOf('nobody'), /no engine nobody any more/);
    engines.choice.host = 'unix:///set.sock';
    engines.reload();
    assert.deepEqual([engines.engine.kind, engines.engine.host], ['setting', 'unix:///set.sock']);
    assert.equal(engines.list()[0]?.kind, 'setting');
    engines.choice.host = '';
    engines.choice.chosen = 'removed meanwhile';
    engines.reload();
    assert.equal(engines.engine.kind, 'ours');
  });

  it('are looked for when somebody asks, and not before', () => {
    using engines = enginesOf({ chosen: 'far' });
    contextStore(env).set('far', { host: 'tcp://far:2375', description: '' });
    engines.reload();
    assert.equal(engines.engine.name, 'far');
  });

  it('with an address that is no good say so, and the extension goes on', async () => {
    using engines = enginesOf({ host: 'ssh://somewhere' });
    await assert.rejects(engines.model.ensure(), /ssh are not supported yet/);
    assert.equal(await engines.preflight(), undefined);
    engines.choice.host = '';
    engines.reload();
    assert.equal(engines.engine.kind, 'ours');
    await assert.rejects(engines.model.ensure(), /nothing is started here/);
  });

  it('are carried by the extension, or built beside it', async () => {
    assert.throws(() => engineProgram(folder.path), /there is no engine in/);
    await mkdir(join(folder.path, 'engine/bin'), { recursive: true });
    await writeFile(join(folder.path, 'engine/bin/node'), '');
    await writeFile(join(folder.path, 'engine/coracle-daemon.mjs'), '');
    assert.deepEqual(engineProgram(folder.path), [
      join(folder.path, 'engine/bin/node'),
      join(folder.path, 'engine/coracle-daemon.mjs'),
    ]);
  });
});
