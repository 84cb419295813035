import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyContainerAddress } from '../../extension/src/commands/container/copy-address.ts';
import { copyFrom } from '../../extension/src/commands/container/copy-from.ts';
import { copyTo } from '../../extension/src/commands/container/copy-to.ts';
import { copyContainerName } from '../../extension/src/commands/container/copy-name.ts';
import { inspectContainer } from '../../extension/src/commands/container/inspect.ts';
import { kill } from '../../extension/src/commands/container/kill.ts';
import { openInBrowser } from '../../extension/src/commands/container/open.ts';
import { pause } from '../../extension/src/commands/container/pause.ts';
import { pruneContainers } from '../../extension/src/commands/container/prune.ts';
import { remove } from '../../extension/src/commands/container/remove.ts';
import { rename } from '../../extension/src/commands/container/rename.ts';
import { restart } from '../../extension/src/commands/container/restart.ts';
import { start } from '../../extension/src/commands/container/start.ts';
import { stop } from '../../extension/src/commands/container/stop.ts';
import { top } from '../../extension/src/commands/container/top.ts';
import { unpause } from '../../extension/src/commands/container/unpause.ts';
import { history } from '../../extension/src/commands/image/history.ts';
import { load } from '../../extension/src/commands/image/load.ts';
import { pruneImages } from '../../extension/src/commands/image/prune.ts';
import { remove as removeImage } from '../../extension/src/commands/image/remove.ts';
import { run, runNew } from '../../extension/src/commands/image/run.ts';
import { save } from '../../extension/src/commands/image/save.ts';
import { tag } from '../../extension/src/commands/image/tag.ts';
import { connect } from '../../extension/src/commands/network/connect.ts';
import { createNetwork } from '../../extension/src/commands/network/create.ts';
import { disconnect } from '../../extension/src/commands/network/disconnect.ts';
import { pruneNetworks } from '../../extension/src/commands/network/prune.ts';
import { remove as removeNetwork } from '../../extension/src/commands/network/remove.ts';
import { diskUsage } from '../../extension/src/commands/system/df.ts';
import { showDoctor } from '../../extension/src/commands/system/doctor.ts';
import { pruneSystem } from '../../extension/src/commands/system/prune.ts';
import { containerTarget } from '../../extension/src/commands/targets.ts';
import type { ContainerTarget } from '../../extension/src/commands/targets.ts';
import { runOnTargets, runPlain } from '../../extension/src/commands/verb.ts';
import { createVolume } from '../../extension/src/commands/volume/create.ts';
import { pruneVolumes } from '../../extension/src/commands/volume/prune.ts';
import { remove as removeVolume } from '../../extension/src/commands/volume/remove.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { image, useExtensionEngine } from './engine.ts';
import { ScriptUi } from './script-ui.ts';

const forever = ['sleep', '1000'];

describe('extension: verbs of containers', () => {
  const engine = useExtensionEngine();

  async function target(id: string): Promise<ContainerTarget> {
    const [summary] = await engine().client.containers.list({ all: true, filters: { id: [id] } });
    assert.ok(summary !== undefined, 'the container is there');
    return containerTarget(summary);
  }

  const stateOf = async (id: string) => (await target(id)).state;

  it('stops, starts, pauses, unpauses, restarts and kills those that are chosen', async () => {
    const ids = [await engine().container('a1', forever), await engine().container('b1', forever)];
    const states = async () => await Promise.all(ids.map(stateOf));
    const act = async (verb: typeof stop, ...answers: string[]) => {
      const ui = new ScriptUi(...answers);
      await runOnTargets(verb, engine().context(ui), await Promise.all(ids.map(target)));
      assert.deepEqual(ui.errors, []);
      return await states();
    };
    assert.deepEqual(await act(pause), ['paused', 'paused']);
    assert.deepEqual(await act(unpause), ['running', 'running']);
    assert.deepEqual(await act(stop), ['exited', 'exited']);
    assert.deepEqual(await act(start), ['running', 'running']);
    assert.deepEqual(await act(restart), ['running', 'running']);
    await act(kill, 'SIGKILL');
    for (const id of ids) await (await engine().client.containers.wait(id)).exit;
    assert.deepEqual(await states(), ['exited', 'exited']);
  });

  it('asks for containers when none is chosen, and only offers those it makes sense for', async () => {
    await engine().container('up', forever);
    await engine().container('down', forever, { isStarted: false });
    const ui = new ScriptUi(['up']);
    await runOnTargets(stop, engine().context(ui), []);
    assert.deepEqual(ui.offered, ['up']);
    await runOnTargets(stop, engine().context(ui), []);
    assert.equal(ui.infos.at(-1)?.message, 'There is no container for this.');
  });

  it('tells many failures in one message, with the details behind a button', async () => {
    const ids = [await engine().container('x1', forever), await engine().container('y1', forever)];
    const targets = await Promise.all(ids.map(target));
    for (const id of ids) await engine().client.containers.remove(id, { force: true });
    const ui = new ScriptUi();
    await runOnTargets(stop, engine().context(ui), targets);
    assert.equal(ui.errors.length, 1);
    assert.match(ui.errors[0]?.message ?? '', /^Could not stop x1, y1: No such container: /);
    await ui.errors[0]?.actions[0]?.run();
    assert.match(
      await ui.text(),
      /^Could not stop x1: No such container: .*\nCould not stop y1: No such container: .*\n$/,
    );
  });

  it('says that the engine is not there, once', async () => {
    const ui = new ScriptUi();
    const gone = { id: 'x', name: 'x', image: '', state: 'running' };
    const { EngineClient, parseEndpoint } = await import('../../runtime/src/client/client.ts');
    using client = new EngineClient(parseEndpoint('unix:///nowhere/coracle.sock'));
    await runOnTargets(stop, { ...engine().context(ui), client }, [gone, { ...gone, name: 'y' }]);
    assert.equal(ui.errors.length, 1);
    assert.match(ui.errors[0]?.message ?? '', /Could not stop x, y: Cannot connect to the Docker daemon at unix:/);
  });

  it('renames, and says while typing what no name can be', async () => {
    const id = await engine().container('before', forever, { isStarted: false });
    const ui = new ScriptUi('-x', 'after');
    await runOnTargets(rename, engine().context(ui), [await target(id)]);
    assert.equal(ui.faults.length, 1);
    assert.equal((await target(id)).name, 'after');
  });

  it('tells a conflict of names in the words of the engine', async () => {
    await engine().container('one', forever, { isStarted: false });
    const id = await engine().container('two', forever, { isStarted: false });
    const ui = new ScriptUi('one');
    await runOnTargets(rename, engine().context(ui), [await target(id)]);
    assert.match(ui.errors[0]?.message ?? '', /name "\/one" is already in use/);
  });

  it('removes after a question that names what goes and says that it runs', async () => {
    const ids = [
      await engine().container('runs', forever),
      await engine().container('rests', forever, { isStarted: false }),
    ];
    const ui = new ScriptUi(false, true);
    const targets = await Promise.all(ids.map(target));
    await runOnTargets(remove, engine().context(ui), targets);
    assert.equal((await engine().client.containers.list({ all: true })).length, 2);
    await runOnTargets(remove, engine().context(ui), targets);
    assert.equal((await engine().client.containers.list({ all: true })).length, 0);
    assert.match(ui.confirmed[0]?.detail ?? '', /^runs, rests\n\nRunning: runs\./);
    assert.equal(ui.confirmed[0]?.action, 'Stop and Remove');
    assert.deepEqual(ui.errors, []);
  });

  it('prunes exactly what it named', async () => {
    await engine().container('up', forever);
    await engine().container('old', ['true'], { isStarted: false });
    const ui = new ScriptUi(true);
    await runPlain(pruneContainers, engine().context(ui));
    assert.equal(ui.confirmed[0]?.detail, 'old');
    const left = (await engine().client.containers.list({ all: true })).map(containerTarget);
    assert.deepEqual(
      left.map(({ name }) => name),
      ['up'],
    );
    await runPlain(pruneContainers, engine().context(ui));
    assert.equal(ui.infos.at(-1)?.message, 'There are no stopped containers.');
  });

  it('inspects, lists processes, copies', async () => {
    const id = await engine().container('look', forever);
    const ui = new ScriptUi();
    const targets = [await target(id)];
    await runOnTargets(inspectContainer, engine().context(ui), targets);
    assert.equal(ui.documents[0]?.name, 'look.json');
    assert.equal((JSON.parse(await ui.text()) as { Id: string }).Id, id);
    await runOnTargets(top, engine().context(ui), targets);
    assert.match(await ui.text(), /sleep 1000/);
    await runOnTargets(copyContainerName, engine().context(ui), targets);
    await runOnTargets(copyContainerAddress, engine().context(ui), targets);
    assert.equal(ui.copied[0], 'look');
    assert.match(ui.copied[1] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  });

  it('copies files in and out, and asks before it replaces', async () => {
    const id = await engine().container('files', forever, { isStarted: false });
    await using folder = await makeTempFolder();
    await mkdir(join(folder.path, 'src/inner'), { recursive: true });
    await writeFile(join(folder.path, 'src/inner/file'), 'text');
    const ui = new ScriptUi('A folder', join(folder.path, 'src'), 'tmp', '/tmp');
    await runOnTargets(copyTo, engine().context(ui), [await target(id)]);
    assert.deepEqual([ui.errors, ui.faults], [[], ['A path in a container begins with a slash.']]);
    await mkdir(join(folder.path, 'out'));
    ui.answer('/tmp/src/inner', join(folder.path, 'out'));
    await runOnTargets(copyFrom, engine().context(ui), [await target(id)]);
    assert.equal(await readFile(join(folder.path, 'out/inner/file'), 'utf8'), 'text');
    await writeFile(join(folder.path, 'out/inner/file'), 'changed');
    ui.answer('/tmp/src/inner', join(folder.path, 'out'), false, '/tmp/src/inner', join(folder.path, 'out'), true);
    await runOnTargets(copyFrom, engine().context(ui), [await target(id)]);
    assert.equal(await readFile(join(folder.path, 'out/inner/file'), 'utf8'), 'changed');
    await runOnTargets(copyFrom, engine().context(ui), [await target(id)]);
    assert.equal(await readFile(join(folder.path, 'out/inner/file'), 'utf8'), 'text');
    ui.answer('/none', join(folder.path, 'out'));
    await runOnTargets(copyFrom, engine().context(ui), [await target(id)]);
    assert.match(ui.errors[0]?.message ?? '', /Could not find the file \/none/);
  });

  it('refuses to run anything from a workspace that is not trusted', async () => {
    const id = await engine().container('rests', forever, { isStarted: false });
    const ui = new ScriptUi();
    ui.isTrusted = false;
    await runOnTargets(start, engine().context(ui), [await target(id)]);
    await runPlain(runNew, engine().context(ui));
    await runPlain(createVolume, engine().context(ui));
    assert.equal(ui.errors.length, 3);
    assert.match(ui.errors[0]?.message ?? '', /not trusted/);
    assert.equal(await stateOf(id), 'created');
    await runOnTargets(inspectContainer, engine().context(ui), [await target(id)]);
    assert.equal(ui.documents.length, 1);
  });
});

describe('extension: running an image', () => {
  const engine = useExtensionEngine();

  it('runs with what the form says, and opens its page', async () => {
    const ui = new ScriptUi();
    ui.answer('Name', 'web');
    ui.answer('Ports', 'x', '18080:80', 'Done');
    ui.answer('Environment', 'A=b c', 'Done');
    ui.answer('Volumes', 'New volume', 'data:/data', 'Done');
    ui.answer('Command', 'sleep 1000');
    ui.answer('Restart policy', 'unless-stopped');
    ui.answer('Runs', 'Run');
    await runOnTargets(run, engine().context(ui), [{ id: '', name: image, isDangling: false, size: 0 }]);
    assert.deepEqual(ui.errors, []);
    assert.equal(ui.faults[0], 'invalid containerPort: x');
    const info = await engine().client.containers.inspect('web');
    assert.equal(info.State?.Running, true);
    assert.deepEqual(info.Config?.Cmd, ['sleep', '1000']);
    assert.ok(info.Config?.Env?.includes('A=b c'));
    assert.deepEqual(info.HostConfig?.Binds, ['data:/data']);
    assert.equal(info.HostConfig?.RestartPolicy?.Name, 'unless-stopped');
    const [summary = {}] = await engine().client.containers.list();
    await runOnTargets(openInBrowser, engine().context(ui), [containerTarget(summary)]);
    assert.deepEqual(ui.opened, ['http://localhost:18080/']);
    await engine().client.containers.remove('web', { force: true });
    await engine().client.volumes.remove('data', false);
  });

  it('leaves nothing of what does not start, and opens the form again', async () => {
    const ui = new ScriptUi('Command', '/no/such/program', 'Runs', 'Run');
    await runOnTargets(run, engine().context(ui), [{ id: '', name: image, isDangling: false, size: 0 }]);
    assert.match(ui.errors[0]?.message ?? '', /Could not run coracle-extension:1: .*no such file or directory/s);
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
    ui.answer('Command', 'sleep 1000', 'When it exits', 'Run');
    await ui.errors[0]?.actions[0]?.run();
    assert.equal(ui.errors.length, 1);
    assert.equal((await engine().client.containers.list()).length, 1);
  });

  it('says which image cannot be pulled', async () => {
    const ui = new ScriptUi('Another image', 'localhost:1/none:1');
    await runPlain(runNew, engine().context(ui));
    assert.equal(ui.errors.length, 1);
    assert.match(ui.errors[0]?.message ?? '', /^Could not pull localhost:1\/none:1: .*localhost:1/);
  });
});

describe('extension: verbs of images', () => {
  const engine = useExtensionEngine();
  const own = async (name: string) => ({
    id: (await engine().client.images.inspect(name)).Id ?? '',
    name,
    isDangling: false,
    size: 1,
  });
  const names = async () => (await engine().client.images.list()).flatMap(({ RepoTags }) => RepoTags ?? []).sort();

  it('tags, and removes a tag without the image', async () => {
    const ui = new ScriptUi('BAD', 'second', true);
    await runOnTargets(tag, engine().context(ui), [await own(image)]);
    assert.match(ui.faults[0] ?? '', /must be lowercase/);
    assert.deepEqual(await names(), [image, 'second:latest']);
    await runOnTargets(removeImage, engine().context(ui), [await own('second:latest')]);
    assert.deepEqual(await names(), [image]);
  });

  it('offers force for what is in use', async () => {
    await engine().client.images.tag(image, 'used', '1');
    const { Id = '' } = await engine().client.containers.create({ Image: 'used:1', Cmd: ['true'] }, 'user');
    await engine().client.images.remove(image, {});
    const ui = new ScriptUi(true);
    await runOnTargets(removeImage, engine().context(ui), [await own('used:1')]);
    assert.match(ui.errors[0]?.message ?? '', /^Could not remove used:1: conflict: /);
    assert.equal(ui.errors[0]?.actions[0]?.label, 'Remove by Force');
    await engine().client.images.tag('used:1', image.split(':')[0] ?? '', '1');
    ui.answer(true);
    await ui.errors[0]?.actions[0]?.run();
    assert.deepEqual(await names(), [image]);
    await engine().client.containers.remove(Id ?? '', {});
  });

  it('saves and loads, and leaves nothing of what fails', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'image.tar');
    const ui = new ScriptUi(path);
    await runOnTargets(save, engine().context(ui), [await own(image)]);
    assert.deepEqual(ui.errors, []);
    assert.deepEqual(await readdir(folder.path), ['image.tar']);
    await engine().client.images.remove(image, { force: true });
    ui.answer(path);
    await runPlain(load, engine().context(ui));
    assert.equal(ui.infos.at(-1)?.message, `Loaded image: ${image}`);
    assert.deepEqual(await names(), [image]);
    const bad = join(folder.path, 'bad.tar');
    await writeFile(bad, 'no archive');
    ui.answer(bad, join(folder.path, 'none.tar'));
    await runPlain(load, engine().context(ui));
    await runPlain(load, engine().context(ui));
    assert.equal(ui.errors.length, 2);
    ui.answer(join(folder.path, 'missing/image.tar'), join(folder.path, 'gone.tar'));
    await runOnTargets(save, engine().context(ui), [await own(image)]);
    await runOnTargets(save, engine().context(ui), [{ id: 'none', name: 'none:1', isDangling: false, size: 0 }]);
    assert.equal(ui.errors.length, 4);
    assert.deepEqual((await readdir(folder.path)).sort(), ['bad.tar', 'image.tar']);
    assert.equal(await readFile(bad, 'utf8'), 'no archive');
  });

  it('tells the layers and prunes what has no name', async () => {
    const ui = new ScriptUi('Images without a name');
    await runOnTargets(history, engine().context(ui), [await own(image)]);
    assert.match(await ui.text(), /^CREATED +SIZE +CREATED BY\n/);
    await runPlain(pruneImages, engine().context(ui));
    assert.equal(ui.infos.at(-1)?.message, 'There are no unused images.');
    await engine().client.images.tag(image, 'spare', '1');
    await engine().container('user', ['true'], { isStarted: false });
    ui.answer('All images', true);
    await runPlain(pruneImages, engine().context(ui));
    assert.deepEqual(await names(), [image, 'spare:1'], 'a container stands on both names');
    await engine().client.images.remove('spare:1', {});
  });
});

describe('extension: verbs of volumes and networks', () => {
  const engine = useExtensionEngine();
  const volumeNames = async () => ((await engine().client.volumes.list()).Volumes ?? []).map(({ Name }) => Name);

  it('creates, refuses a second one, prunes and removes volumes', async () => {
    const ui = new ScriptUi('data', 'data', 'x', 'more');
    await runPlain(createVolume, engine().context(ui));
    await runPlain(createVolume, engine().context(ui));
    assert.equal(ui.errors[0]?.message, 'There is a volume data already.');
    await runPlain(createVolume, engine().context(ui));
    assert.equal(ui.faults.length, 1, 'one letter is no name');
    assert.deepEqual(await volumeNames(), ['data', 'more']);
    ui.answer('Anonymous', true);
    await runPlain(pruneVolumes, engine().context(ui));
    assert.equal(ui.infos.at(-1)?.message, 'There are no unused volumes.');
    await runOnTargets(removeVolume, engine().context(ui), [{ name: 'more' }]);
    ui.answer('All volumes', true);
    await runPlain(pruneVolumes, engine().context(ui));
    assert.deepEqual(
      ui.confirmed.map(({ detail }) => detail.split('\n')[0]),
      ['Their files are lost.', 'data'],
    );
    assert.deepEqual(await volumeNames(), []);
  });

  it('creates networks, connects and disconnects, prunes and removes', async () => {
    const ui = new ScriptUi('back', 'Internal bridge', ['box'], ['box']);
    await runPlain(createNetwork, engine().context(ui));
    assert.deepEqual(ui.errors, []);
    const network = await engine().client.networks.inspect('back');
    assert.equal(network.Internal, true);
    const target = { id: network.Id ?? '', name: 'back' };
    const id = await engine().container('box', forever);
    const inside = async () =>
      Object.keys((await engine().client.containers.inspect(id)).NetworkSettings?.Networks ?? {});
    await runOnTargets(connect, engine().context(ui), [target]);
    assert.deepEqual((await inside()).sort(), ['back', 'bridge']);
    await runPlain(pruneNetworks, engine().context(ui));
    assert.equal(ui.infos.at(-1)?.message, 'There are no unused networks.');
    await runOnTargets(disconnect, engine().context(ui), [target]);
    assert.deepEqual(await inside(), ['bridge']);
    ui.answer(true);
    await runPlain(pruneNetworks, engine().context(ui));
    assert.equal(ui.confirmed.at(-1)?.detail, 'back');
    await runOnTargets(removeNetwork, engine().context(ui), [{ id: 'x', name: 'bridge' }]);
    assert.equal(ui.infos.at(-1)?.message, 'There is no network for this.');
    assert.deepEqual(ui.errors, []);
  });
});

describe('extension: the whole engine', () => {
  const engine = useExtensionEngine();

  it('tells its use of the disk and what its machine allows', async () => {
    const ui = new ScriptUi();
    await runPlain(diskUsage, engine().context(ui));
    assert.match(await ui.text(), /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages +1 +0 +\d/);
    assert.deepEqual(ui.errors, []);
    const host = {
      ui,
      client: () => Promise.resolve(engine().client),
      preflight: () => Promise.reject(new Error('there is an engine')),
    };
    await showDoctor(host);
    assert.match(await ui.text(), /^SUBJECT +STATE +FINDING\n/);
  });

  it('tells what is missing and what mends it when the engine does not come up', async () => {
    const ui = new ScriptUi();
    const client = () => Promise.reject(new Error('the engine did not start'));
    const finding = { name: 'ids', state: 'missing', message: 'no range', remedy: 'sudo usermod …' } as const;
    await showDoctor({ ui, client, preflight: () => Promise.resolve({ findings: [finding] }) });
    assert.match(await ui.text(), /ids +missing +no range\n\nWhat mends it:\n +ids +sudo usermod …\n$/);
    await assert.rejects(showDoctor({ ui, client, preflight: () => Promise.resolve(undefined) }), /did not start/);
  });

  it('names what goes when all that is unused goes', async () => {
    await engine().container('old', ['true'], { isStarted: false });
    await engine().client.networks.create({ Name: 'lonely' });
    const ui = new ScriptUi(true);
    await runPlain(pruneSystem, engine().context(ui));
    assert.equal(ui.confirmed[0]?.detail, 'container old, network lonely');
    assert.equal(ui.infos[0]?.message, 'Removed: 2');
  });
});
