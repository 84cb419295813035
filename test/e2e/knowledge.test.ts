// What the language server knows of a real engine: images with their files, users and programs, containers, volumes, networks.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { EngineKnowledge } from '../../language-server/src/knowledge/node/engine-knowledge.ts';
import { connectRunning } from '../../language-server/src/knowledge/node/connect.ts';
import type { Known } from '../../language-server/src/knowledge/knowledge.ts';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { openContext } from '../../runtime/src/copy/build-context.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { until } from '../helpers/poll.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const image = 'facts:1';

describe('knowledge of an engine', () => {
  let daemon: TempDaemon;
  let client: EngineClient;
  let knowledge: EngineKnowledge;

  /** The answer that comes after it was unknown. */
  async function known<T>(ask: () => Known<T>): Promise<Known<T>> {
    await until('an answer', async () => ask().kind !== 'unknown');
    return ask();
  }

  async function value<T>(ask: () => Known<T>): Promise<T> {
    const answer = await known(ask);
    assert.equal(answer.kind, 'known');
    return (answer as { readonly value: T }).value;
  }

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    client = new EngineClient(parseEndpoint(daemon.host));
    await text(await client.images.load(Readable.from([await busyboxArchive(image)])));
    knowledge = new EngineKnowledge(() => connectRunning({ host: daemon.host }));
  });
  after(async () => {
    knowledge?.[Symbol.dispose]();
    client?.[Symbol.dispose]();
    await daemon?.[Symbol.asyncDispose]();
  });

  it('answers at once, and says when it knows more', async () => {
    let changes = 0;
    using _ = asDisposable(knowledge.onChange(() => changes++));
    assert.equal(knowledge.image(image).kind, 'unknown');
    const facts = await value(() => knowledge.image(image));
    await until('the word that something changed', async () => changes > 0);
    assert.match(facts.id, /^sha256:/);
    assert.equal(facts.platform, 'linux/amd64');
    assert.equal(facts.hasHealthcheck, false);
  });

  it('tells what is not there from what it does not know', async () => {
    assert.deepEqual(await known(() => knowledge.image('nosuch:1')), { kind: 'absent' });
    assert.deepEqual(await known(() => knowledge.imageFile(image, '/nosuch')), { kind: 'absent' });
  });

  it('knows files, users, groups and programs of an image', async () => {
    const root = await value(() => knowledge.imageFiles(image, '/'));
    assert.equal(root.find(({ name }) => name === 'etc')?.kind, 'directory');
    const users = await value(() => knowledge.imageUsers(image));
    assert.deepEqual(
      users.find(({ name }) => name === 'www'),
      { name: 'www', id: 33 },
    );
    const groups = await value(() => knowledge.imageGroups(image));
    assert.deepEqual(
      groups.find(({ name }) => name === 'audio'),
      { name: 'audio', id: 29 },
    );
    const programs = await value(() => knowledge.imagePrograms(image, ['/nosuch', '/bin']));
    assert.ok(programs.includes('sh'));
    const program = await value(() => knowledge.imageProgram(image, '/bin/sh'));
    assert.equal(program.executable, true);
    assert.equal(program.architecture, { x64: 'amd64', arm64: 'arm64' }[process.arch as string]);
    assert.equal((await value(() => knowledge.imageProgram(image, '/etc/passwd'))).executable, false);
  });

  it('hears what changes', async () => {
    const references = async () => (await value(() => knowledge.images())).map(({ reference }) => reference);
    assert.ok((await references()).includes(image));
    assert.deepEqual(await value(() => knowledge.containers()), []);
    await client.images.tag(image, 'other', 'tag');
    await until('the new tag', async () => (await references()).includes('other:tag'));
    const { Id } = await client.containers.create({ Image: image, Labels: { 'com.docker.compose.service': 'web' } });
    await until('the container', async () => (await value(() => knowledge.containers()))[0]?.service === 'web');
    await client.containers.remove(Id ?? '', { force: true });
    await until('no container', async () => (await value(() => knowledge.containers())).length === 0);
    assert.ok((await value(() => knowledge.networks())).includes('bridge'));
    assert.deepEqual(await value(() => knowledge.volumes()), []);
  });

  it('knows what builds did with each instruction of a Dockerfile', async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'Dockerfile');
    writeFileSync(file, `FROM ${image}\nCOPY a.txt /\nRUN exit 0\n`);
    writeFileSync(join(folder.path, 'a.txt'), 'one');
    const build = async () => {
      const { listing, dockerfile, origin } = await openContext(folder.path, file);
      const options = { ...(dockerfile === undefined ? {} : { dockerfile }), origin, tags: ['built:1'] };
      for await (const event of await client.builds.build(options, listing)) assert.notEqual(event.kind, 'failed');
    };
    const uri = pathToFileURL(file).href;
    const states = async () => {
      const [newest] = await value(() => knowledge.builds(uri));
      return newest?.steps.map(({ startLine, state }) => `${startLine} ${state}`).join();
    };
    assert.deepEqual(await value(() => knowledge.builds(uri)), []);
    await build();
    // Nobody says so but the engine, by the image.
    await until('the build', async () => (await states()) === '1 done,2 done,3 done');
    await build();
    knowledge.buildEnded();
    await until('the next one', async () => (await states()) === '1 done,2 cached,3 cached');
    writeFileSync(join(folder.path, 'a.txt'), 'two');
    await build();
    knowledge.buildEnded();
    await until('the third', async () => (await states()) === '1 done,2 done,3 done');
    const [newest] = await value(() => knowledge.builds(uri));
    assert.match(newest?.steps[1]?.miss ?? '', /a\.txt/);
    assert.equal(newest?.isNamed, true);
    assert.ok((newest.steps[1]?.layerSize ?? 0) > 0);
    assert.deepEqual(await value(() => knowledge.builds('file:///elsewhere/Containerfile')), []);
    assert.deepEqual(await value(() => knowledge.builds('untitled:Untitled-1')), []);
  });

  it('asks a registry as whom the user has logged in there', async function () {
    requireRegistry(this);
    const user = { name: 'ann', password: 'secret' };
    await using registry = await startRegistry({ user });
    await registry.push('team/web:1', await busyboxArchive('web:1'));
    await registry.push('team/web:2', await busyboxArchive('web:2'));
    await using folder = await makeTempFolder();
    using _ = settingOf('DOCKER_CONFIG', folder.path);
    assert.deepEqual(await value(() => knowledge.logIns()), []);
    const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ auths: { [registry.address]: { auth } } }));
    assert.deepEqual(await value(() => knowledge.logIns()), [registry.address]);
    assert.deepEqual(await value(() => knowledge.repositories(registry.address)), [`${registry.address}/team/web`]);
    const tags = await value(() => knowledge.tags(`${registry.address}/team/web`));
    assert.deepEqual(
      tags.map(({ reference }) => reference).toSorted(),
      ['1', '2'].map((tag) => `${registry.address}/team/web:${tag}`),
    );
  });

  it('knows nothing any more when the engine ends, starts none, and finds it again', async () => {
    await value(() => knowledge.images());
    await daemon.end('SIGTERM');
    await until('not to know', async () => knowledge.images().kind === 'unknown');
    await daemon.start();
    await until('to know again', async () => knowledge.images().kind === 'known');
  });
});

/** A variable of this process's environment, for a while. */
function settingOf(name: string, value: string): Disposable {
  const before = process.env[name];
  process.env[name] = value;
  return {
    [Symbol.dispose]: () => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    },
  };
}

function asDisposable(given: { dispose(): void }): Disposable {
  return { [Symbol.dispose]: () => given.dispose() };
}
