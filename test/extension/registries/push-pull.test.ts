// Images on their way to a registry that wants to know its user, and back: the verbs take the log-in that docker's clients have.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { push } from '../../../extension/src/commands/image/push.ts';
import { pull } from '../../../extension/src/commands/image/pull.ts';
import { imageTargets } from '../../../extension/src/commands/targets.ts';
import { runOnTargets, runPlain } from '../../../extension/src/commands/verb.ts';
import { createBuilder } from '../../../extension/src/builds/builder.ts';
import { machineFiles } from '../../../extension/src/files/machine.ts';
import { readRunTask } from '../../../extension/src/tasks/definitions.ts';
import { RunProgram } from '../../../extension/src/tasks/run-program.ts';
import { MachineLogIns } from '../../../extension/src/registries/machine-log-ins.ts';
import { RegistryCredentials } from '../../../runtime/src/connect/registry-credentials.ts';
import { type Registry, requireRegistry, startRegistry } from '../../helpers/registry.ts';
import { type TempFolder, makeTempFolder } from '../../helpers/temp-folder.ts';
import { image, useExtensionEngine } from '../engine.ts';
import { Screen, ScriptUi } from '../script-ui.ts';
import { memorySecrets } from './secrets.ts';

const user = { name: 'ann', password: 'secret word' };

describe('extension: push and pull with log-ins', () => {
  const engine = useExtensionEngine();
  let registry: Registry;
  let folder: TempFolder;
  let logIns: MachineLogIns;
  const warnings: string[] = [];

  before(async function () {
    requireRegistry(this);
    registry = await startRegistry({ user });
    folder = await makeTempFolder();
  });
  beforeEach(() => {
    logIns = new MachineLogIns(memorySecrets(), new RegistryCredentials(folder.path), (text) => warnings.push(text));
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const dockerLogin = async () => {
    const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths: { [registry.address]: { auth } } }));
  };
  const target = async (name: string) => {
    const all = (await engine().client.images.list()).flatMap(imageTargets);
    const found = all.find((each) => each.name === name);
    assert.ok(found !== undefined, `${name} is here`);
    return found;
  };
  const context = (ui: ScriptUi) => engine().context(ui, {}, logIns);

  it('pushes nothing for a stranger, and says what the registry wants', async () => {
    const ui = new ScriptUi('Another name', `${registry.address}/team/one:1`);
    await runOnTargets(push, context(ui), [await target(image)]);
    assert.match(
      ui.errors[0]?.message ?? '',
      /^Could not push 127.*\/team\/one:1: .*(?:authentication required|no basic auth)/,
    );
  });

  it("pushes under a new name with docker's log-in, to a registry that it offers by itself", async () => {
    await dockerLogin();
    const ui = new ScriptUi(registry.address, `${registry.address}/team/web:2`);
    await runOnTargets(push, context(ui), [await target(image)]);
    assert.deepEqual(ui.errors, []);
    assert.ok(ui.offered.includes(`docker.io/library/${image}`), 'its own name, with where that leads');
    assert.match(ui.infos[0]?.message ?? '', /team\/web:2 is in its registry/);
    const headers = { authorization: `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}` };
    const tags = await fetch(`http://${registry.address}/v2/team/web/tags/list`, { headers });
    assert.deepEqual(await tags.json(), { name: 'team/web', tags: ['2'] });
  });

  it("pulls, runs and builds on an image that only a log-in of VS Code's gives", async () => {
    await dockerLogin();
    const name = `${registry.address}/team/base:1`;
    await runOnTargets(push, context(new ScriptUi('Another name', name)), [await target(image)]);
    await engine().client.images.remove(name, {});
    await writeFile(join(folder.path, 'config.json'), '{}');
    const stranger = new ScriptUi(name);
    await runPlain(pull, context(stranger));
    assert.match(stranger.errors[0]?.message ?? '', /Could not pull/);

    await logIns.save(registry.address, { username: user.name, password: user.password }, 'vscode');
    const ui = new ScriptUi(name);
    await runPlain(pull, context(ui));
    assert.deepEqual(ui.errors, []);
    assert.match(ui.infos[0]?.message ?? '', /is here/);

    await engine().client.images.remove(name, {});
    const client = () => Promise.resolve(engine().client);
    const { places } = ui;
    const builder = createBuilder({ local: machineFiles, client, auths: () => logIns.all() });
    const host = { builder, client, local: machineFiles, root: folder.path, tagOf: () => '', places, logIns };
    const screen = new Screen();
    const task = new RunProgram(host, readRunTask({ image: name, command: ['true'] }));
    assert.equal(await task.run(screen), 0, screen.text);

    await engine().client.images.remove(name, {});
    const dockerfile = join(folder.path, 'Dockerfile');
    await writeFile(dockerfile, `FROM ${name}\nLABEL built=yes\n`);
    const ask = { folder: folder.path, dockerfile, tags: ['built:1'] };
    const refused = await createBuilder({ local: machineFiles, client }).build(ask);
    assert.match(refused.failure?.message ?? '', /authentication required|no basic auth/);
    const built = await builder.build(ask);
    assert.equal(built.failure, undefined);
    assert.deepEqual(warnings, []);
  });
});
