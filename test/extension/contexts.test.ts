import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext } from '../../extension/src/commands/context/create.ts';
import { chooseContext } from '../../extension/src/commands/context/host.ts';
import type { ContextHost, ContextTarget } from '../../extension/src/commands/context/host.ts';
import { inspectContext } from '../../extension/src/commands/context/inspect.ts';
import { removeContext } from '../../extension/src/commands/context/remove.ts';
import { useContext } from '../../extension/src/commands/context/use.ts';
import { ContextStore } from '../../runtime/src/connect/contexts.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import type { TempFolder } from '../helpers/temp-folder.ts';
import { ScriptUi } from './script-ui.ts';

describe('extension: verbs of contexts', () => {
  let folder: TempFolder;
  let store: ContextStore;
  let changes: number;

  beforeEach(async () => {
    folder = await makeTempFolder();
    store = new ContextStore(folder.path);
    changes = 0;
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  function hostOf(ui: ScriptUi): ContextHost {
    const own = { name: 'default', host: 'unix:///run/coracle.sock', description: '', isStored: false };
    return {
      ui,
      store,
      list: () => {
        const stored = store.names().map((name): ContextTarget => {
          const { host, description } = store.get(name);
          return { name, host, description, isCurrent: store.current === name, isStored: true };
        });
        return Promise.resolve([{ ...own, isCurrent: store.current === 'default' }, ...stored]);
      },
      use: (name) => Promise.resolve(store.use(name)),
      changed: () => {
        changes += 1;
      },
    };
  }

  it('makes one for a socket, and says while typing what is wrong', async () => {
    const ui = new ScriptUi('default', '-x', 'podman', 'ssh://host', 'unix:///run/podman.sock');
    await createContext.run(hostOf(ui), undefined);
    assert.equal(ui.faults.length, 3);
    assert.equal(ui.faults[0], '"default" is a reserved context name');
    assert.deepEqual(store.get('podman'), { host: 'unix:///run/podman.sock', description: '' });
    assert.equal(changes, 1);
    const again = new ScriptUi('podman', undefined);
    await createContext.run(hostOf(again), undefined);
    assert.deepEqual(again.faults, ['There is a context podman already.']);
  });

  it('asks for certificates where the engine is on a network', async () => {
    const ui = new ScriptUi('far', 'tcp://far:2376', 'With certificates', folder.path);
    await assert.rejects(createContext.run(hostOf(ui), undefined), /These files are missing: .*ca\.pem/);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await writeFile(join(folder.path, name), '');
    ui.answer('far', 'tcp://far:2376', 'With certificates', folder.path);
    await createContext.run(hostOf(ui), undefined);
    assert.equal(store.get('far').key, join(folder.path, 'key.pem'));
    ui.answer('open', 'tcp://near:2375', 'Without encryption');
    await createContext.run(hostOf(ui), undefined);
    assert.deepEqual(store.get('open'), { host: 'tcp://near:2375', description: '' });
  });

  it('uses, inspects and removes what is chosen', async () => {
    store.set('podman', { host: 'unix:///run/podman.sock', description: 'Podman' });
    const ui = new ScriptUi('podman');
    const host = hostOf(ui);
    const chosen = await chooseContext(host, useContext, undefined);
    assert.deepEqual(ui.offered, ['default', 'podman']);
    await useContext.run(host, chosen);
    assert.equal(store.current, 'podman');
    await inspectContext.run(host, chosen);
    assert.equal(
      (JSON.parse(await ui.text()) as { Endpoints: { docker: { Host: string } } }).Endpoints.docker.Host,
      'unix:///run/podman.sock',
    );
    ui.answer('podman', false, true);
    await removeContext.run(host, await chooseContext(host, removeContext, undefined));
    assert.deepEqual(ui.offered, ['podman']);
    assert.deepEqual(store.names(), ['podman']);
    await removeContext.run(host, chosen);
    assert.deepEqual(store.names(), []);
    assert.equal(store.current, 'default');
    assert.equal(await chooseContext(host, removeContext, undefined), undefined);
    assert.equal(ui.infos.at(-1)?.message, 'There is no context for this.');
  });
});
