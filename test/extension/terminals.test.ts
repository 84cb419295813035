import assert from 'node:assert/strict';
import { attach } from '../../extension/src/commands/container/attach.ts';
import { exec } from '../../extension/src/commands/container/exec.ts';
import { shell, shellAs } from '../../extension/src/commands/container/shell.ts';
import { stats } from '../../extension/src/commands/container/stats.ts';
import { run } from '../../extension/src/commands/image/run.ts';
import type { ContainerTarget } from '../../extension/src/commands/targets.ts';
import { runOnTargets } from '../../extension/src/commands/verb.ts';
import { findShells, findUsers, usualShells } from '../../extension/src/terminals/shells.ts';
import type { TerminalProgram } from '../../extension/src/ui/ui.ts';
import { until } from '../helpers/poll.ts';
import { image, useExtensionEngine } from './engine.ts';
import { Screen, ScriptUi } from './script-ui.ts';

const forever = ['sleep', '1000'];

describe('extension: terminals', () => {
  const engine = useExtensionEngine();

  const named = (id: string, name = 'box'): ContainerTarget => ({ id, name, image, state: 'running' });

  /** The program of the last terminal that was opened. */
  function last(ui: ScriptUi): TerminalProgram {
    assert.deepEqual(ui.errors, []);
    const options = ui.terminals.at(-1);
    assert.ok(options !== undefined, 'a terminal was opened');
    return options.program;
  }

  const shows = async (screen: Screen, text: string | RegExp) =>
    await until(`the terminal shows ${String(text)}`, () =>
      Promise.resolve(typeof text === 'string' ? screen.text.includes(text) : text.test(screen.text)),
    ).catch((error: unknown) => {
      throw new Error(`it shows ${JSON.stringify(screen.text)}`, { cause: error });
    });

  it('finds shells and users without running anything', async () => {
    const id = await engine().container('box', forever, { isStarted: false });
    const { client } = engine();
    assert.deepEqual(await findShells(client, id, usualShells), ['/bin/ash', '/bin/sh']);
    assert.deepEqual(await findShells(client, id, ['/etc/passwd/sh', '/none/sh']), []);
    assert.deepEqual(
      (await findUsers(client, id)).map(({ name }) => name),
      ['root', 'daemon', 'www', 'nobody'],
    );
    await assert.rejects(findShells(client, 'nobody-has-this-name', ['/bin/sh']), /No such container/);
  });

  it('opens the best shell, tells sizes, and ends with its exit code', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi();
    await runOnTargets(shell, engine().context(ui), [named(id)]);
    const program = last(ui);
    const screen = new Screen(91, 33);
    const over = program.run(screen);
    program.input?.('stty size; echo $0\r');
    await shows(screen, '33 91\r\n/bin/ash\r\n');
    program.resize?.({ columns: 120, rows: 40 });
    await until(
      'the new size is there',
      async () => {
        program.input?.('stty size\r');
        return await Promise.resolve(screen.text.includes('40 120'));
      },
      { everyMs: 100 },
    );
    program.input?.('exit 7\r');
    assert.equal(await over, 7);
  });

  it('opens the shell that is asked for, as the user that is asked for', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi('/bin/sh', 'www');
    await runOnTargets(shellAs, engine().context(ui), [named(id)]);
    assert.equal(ui.terminals[0]?.name, 'www@box');
    const screen = new Screen();
    const over = last(ui).run(screen);
    last(ui).input?.('id -u; exit\r');
    assert.equal(await over, 0);
    assert.match(screen.text, /\r\n33\r\n/);
    ui.answer('/bin/sh', 'Another user', 'bad name', '1000:29');
    await runOnTargets(shellAs, engine().context(ui), [named(id)]);
    assert.deepEqual(ui.faults, ['user or user:group']);
    assert.equal(ui.terminals[1]?.name, '1000:29@box');
  });

  it('ends a shell whose terminal is closed', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi();
    await runOnTargets(shell, engine().context(ui), [named(id)]);
    const screen = new Screen();
    const over = last(ui).run(screen);
    last(ui).input?.('sleep 500\r');
    const processes = async () => ((await engine().client.containers.top(id, '')).Processes ?? []).length;
    await until('the shell runs its command', async () => (await processes()) === 3);
    screen.close();
    assert.equal(await over, undefined);
    await until('the shell has ended', async () => (await processes()) === 1);
  });

  it('says that there is no shell', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi();
    const context = engine().context(ui);
    await runOnTargets(shell, { ...context, settings: { ...context.settings, shells: ['/bin/none'] } }, [named(id)]);
    assert.deepEqual(
      ui.errors.map(({ message }) => message),
      ['There is no shell in box. Its files can be looked at all the same.'],
    );
  });

  it('runs one command whose words no shell sees', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi('', 'echo "$(id)" ; exit');
    await runOnTargets(exec, engine().context(ui), [named(id)]);
    assert.equal(ui.faults.length, 1);
    const screen = new Screen();
    const over = last(ui).run(screen);
    await shows(screen, 'It exited with code 0.');
    assert.match(screen.text, /^\$\(id\) ; exit\r\n/);
    last(ui).input?.('x');
    assert.equal(await over, undefined, 'the terminal was held until a key was pressed');
    ui.answer('/no/such/program');
    await runOnTargets(exec, engine().context(ui), [named(id)]);
    const failed = new Screen();
    void last(ui).run(failed);
    await shows(failed, 'It exited with code 127.');
    assert.match(failed.text, /no such file or directory/);
    failed.close();
  });

  it('says why a terminal cannot be opened', async () => {
    const id = await engine().container('box', ['true'], { isStarted: false });
    const ui = new ScriptUi();
    await runOnTargets(shell, engine().context(ui), [named(id)]);
    await assert.rejects(last(ui).run(new Screen()), /is not running/);
  });

  it('runs an image in a terminal and tells its exit code', async () => {
    const ui = new ScriptUi('Run');
    await runOnTargets(run, engine().context(ui), [{ id: '', name: image, isDangling: false, size: 0 }]);
    const screen = new Screen(77, 22);
    const over = last(ui).run(screen);
    last(ui).input?.('stty size; exit 3\r');
    await shows(screen, 'It exited with code 3.');
    assert.match(screen.text, /22 77\r\n/);
    screen.close();
    assert.equal(await over, undefined);
    await until('it was removed', async () => (await engine().client.containers.list({ all: true })).length === 0);
  });

  it('leaves nothing of what does not start in a terminal', async () => {
    const ui = new ScriptUi('Command', '/no/such/program', 'Run');
    await runOnTargets(run, engine().context(ui), [{ id: '', name: image, isDangling: false, size: 0 }]);
    await assert.rejects(last(ui).run(new Screen()), /no such file or directory/);
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
  });

  it('attaches to a container without a terminal, line by line, and leaves it running', async () => {
    const { client } = engine();
    const made = await client.containers.create({ Image: image, Cmd: ['cat'], OpenStdin: true, StopTimeout: 0 }, 'cat');
    const id = made.Id ?? '';
    await client.containers.start(id);
    const ui = new ScriptUi();
    await runOnTargets(attach, engine().context(ui), [named(id)]);
    const screen = new Screen();
    const over = last(ui).run(screen);
    last(ui).input?.('ha\r');
    await shows(screen, 'ha\r\nha\r\n');
    screen.close();
    assert.equal(await over, undefined);
    assert.equal((await client.containers.inspect(id)).State?.Running, true);
    await runOnTargets(attach, engine().context(ui), [named(id)]);
    const second = new Screen();
    const ended = last(ui).run(second);
    last(ui).input?.('ho\r');
    await shows(second, 'ho\r\nho\r\n');
    await client.containers.kill(id);
    assert.equal(await ended, 137);
  });

  it('draws what containers use until the last has stopped', async () => {
    const id = await engine().container('box', forever);
    const ui = new ScriptUi();
    await runOnTargets(stats, engine().context(ui), [named(id)]);
    const screen = new Screen();
    const over = last(ui).run(screen);
    await shows(screen, /NAME +CPU % .*box +\d+\.\d\d%/s);
    await engine().client.containers.kill(id);
    await shows(screen, 'None of these containers runs any more.');
    screen.close();
    assert.equal(await over, undefined);
  });
});
