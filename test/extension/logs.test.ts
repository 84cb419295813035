import assert from 'node:assert/strict';
import { logs, logsSince } from '../../extension/src/commands/container/logs.ts';
import { searchContainerLogs } from '../../extension/src/commands/container/search-logs.ts';
import type { ContainerTarget } from '../../extension/src/commands/targets.ts';
import { runOnTargets } from '../../extension/src/commands/verb.ts';
import { until } from '../helpers/poll.ts';
import { image, useExtensionEngine } from './engine.ts';
import { Screen, ScriptUi } from './script-ui.ts';

const faint = '\u001b[2m';
const reset = '\u001b[0m';

describe('extension: logs', () => {
  const engine = useExtensionEngine();
  const named = (id: string, name = 'box'): ContainerTarget => ({ id, name, image, state: 'running' });
  const sh = (script: string) => ['sh', '-c', script];

  /** What the terminal shows, without colours. */
  // oxlint-disable-next-line no-control-regex
  const plain = (screen: Screen) => screen.text.replaceAll(/\u001b\[\d+m/g, '');

  const shows = async (screen: Screen, text: string) =>
    await until(`the log shows ${text}`, () => Promise.resolve(plain(screen).includes(text))).catch(
      (error: unknown) => {
        throw new Error(`it shows ${JSON.stringify(screen.text)}`, { cause: error });
      },
    );

  async function follow(ui: ScriptUi, targets: readonly ContainerTarget[], settings = {}): Promise<Screen> {
    await runOnTargets(logs, engine().context(ui, settings), targets);
    const screen = new Screen();
    const options = ui.terminals.at(-1);
    assert.ok(options !== undefined, 'a terminal was opened');
    void options.program.run(screen);
    return screen;
  }

  it('follows across restarts, each line once, and says when it is removed', async () => {
    const { client } = engine();
    const id = await engine().container('box', sh('echo from $HOSTNAME; echo bad >&2; exit 3'));
    await (
      await client.containers.wait(id)
    ).exit;
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(id)]);
    await shows(screen, 'exited with code 3; waiting');
    await client.containers.start(id);
    await until('it is told twice that it exited', () => Promise.resolve(plain(screen).split('exited').length === 3));
    await client.containers.remove(id);
    await shows(screen, 'The container was removed.');
    const text = plain(screen);
    assert.equal(text.split('from ').length, 3, text);
    assert.equal(text.split('bad\r\n').length, 3, text);
    assert.match(text, /waiting for it to start again\.\r\nThe container started again\.\r\n/);
    assert.ok(screen.text.includes(`${faint}The container started again.${reset}\r\n`));
    screen.close();
  });

  it('follows a container that is restarted while it writes', async () => {
    const { client } = engine();
    const id = await engine().container('box', sh('echo begin; while true; do echo tick; sleep 0.05; done'));
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(id)]);
    await shows(screen, 'tick');
    await client.containers.restart(id, { t: 0 });
    await until('it began twice', () => Promise.resolve(plain(screen).split('begin').length === 3));
    screen.close();
  });

  it('goes on when the engine was killed and is back', async () => {
    const { daemon } = engine();
    const id = await engine().container('box', sh('i=0; while true; do i=$((i+1)); echo line $i; sleep 0.05; done'));
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(id)]);
    await shows(screen, 'line 3\r\n');
    await daemon.end('SIGKILL');
    await shows(screen, 'The engine does not answer; trying again.');
    await daemon.start();
    const [, seen = '0'] = /line (\d+)\r\nThe engine/.exec(plain(screen)) ?? [];
    await shows(screen, `line ${Number(seen) + 20}\r\n`);
    const numbers = [...plain(screen).matchAll(/line (\d+)\r\n/g)].map((match) => Number(match[1]));
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_number, index) => index + 1),
      'each line once, none left out',
    );
    screen.close();
  });

  it('shows the last lines, with their times when that is wanted', async () => {
    const id = await engine().container('box', sh('seq 1 100'));
    await (
      await engine().client.containers.wait(id)
    ).exit;
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(id)], { tail: 2, timestamps: true });
    await shows(screen, 'exited with code 0');
    assert.match(plain(screen), /^\d{4}-\d\d-\d\dT[\d:.]+Z 99\r\n\d{4}-[^\r]+Z 100\r\nThe container exited/);
    screen.close();
  });

  it('shows several side by side, each line with its name', async () => {
    const one = await engine().container('one', sh('echo first'));
    const two = await engine().container('second', sh('echo other'));
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(one, 'one'), named(two, 'second')]);
    await shows(screen, 'one    | first\r\n');
    await shows(screen, 'second | other\r\n');
    screen.close();
  });

  it('shows nothing that a terminal would obey, but colours', async () => {
    const id = await engine().container('box', sh("printf '\\033[31mred\\033[0m\\033[2J\\033]0;evil\\007 done\\n'"));
    const ui = new ScriptUi();
    const screen = await follow(ui, [named(id)]);
    await shows(screen, 'red done\r\n');
    assert.equal(screen.text.split('\r\n')[0], `\u001b[31mred${reset} done${reset}`);
    screen.close();
  });

  it('begins at the moment that is asked for', async () => {
    const id = await engine().container('box', sh('echo old'));
    await (
      await engine().client.containers.wait(id)
    ).exit;
    const ui = new ScriptUi('Another moment', 'soon', '2100-01-01T00:00:00', 'Without times');
    await runOnTargets(logsSince, engine().context(ui), [named(id)]);
    assert.deepEqual(ui.faults, ['invalid value for time: "soon"']);
    const screen = new Screen();
    void ui.terminals[0]?.program.run(screen);
    await shows(screen, 'exited');
    assert.doesNotMatch(plain(screen), /old/);
    ui.answer('From the beginning', 'With times');
    await runOnTargets(logsSince, engine().context(ui), [named(id)]);
    const whole = new Screen();
    void ui.terminals[1]?.program.run(whole);
    await shows(whole, 'Z old\r\n');
    screen.close();
    whole.close();
  });

  it('shows a container in the output panel once', async () => {
    const id = await engine().container('box', sh('echo "\u001b[31mhello"; sleep 1000'));
    const ui = new ScriptUi();
    const context = engine().context(ui, { openIn: 'output' });
    await runOnTargets(logs, context, [named(id)]);
    await runOnTargets(logs, context, [named(id)]);
    const output = () => ui.outputs.get('Logs: box') ?? '';
    await until('the panel shows the line', () => Promise.resolve(output().includes('hello')));
    await engine().client.containers.remove(id, { force: true });
    await until('the end is told', () => Promise.resolve(output().includes('removed')));
    assert.match(output(), /^hello\n(The container exited with code 137; .*\n)?The container was removed\.\n$/);
  });

  it('finds lines', async () => {
    const id = await engine().container('box', sh('echo Apple; echo pear; echo "pine\u001b[1mapple" >&2'));
    await (
      await engine().client.containers.wait(id)
    ).exit;
    const ui = new ScriptUi('', 'APPLE', 'nothing');
    await runOnTargets(searchContainerLogs, engine().context(ui), [named(id)]);
    assert.match(await ui.text(), /^\S+Z Apple\n\S+Z pineapple\n$/);
    await runOnTargets(searchContainerLogs, engine().context(ui), [named(id)]);
    assert.equal(ui.infos.at(-1)?.message, 'No line of box contains this text.');
  });
});
