// Dockerfiles and Compose files as they are written in a real VS Code: first in a workspace that is not trusted, then beside an
// engine that is silent, none at all, and one that knows the images. CORACLE_SCREENSHOTS names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dockerArchive, busyboxRootfs } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { testUser } from '../helpers/test-user.ts';
import { Editor } from './editor.ts';
import { HostileEngine } from './hostile-engine.ts';
import { failuresIn, requireVscode, startUserServer, tellStep, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

const shellCheck = '/usr/bin/shellcheck';

const begun = `ARG VERSION=1
FROM golang:$VERSION AS build
MAINTAINER me
RUN   go build -o $OUT

FROM scratch
COPY --from=build /out/app /app
`;

const stages = `ARG VERSION=1
FROM golang:$VERSION AS build
ARG VERSION
WORKDIR /src/$VERSION
RUN apt-get install --yes "$VERSION" && make

FROM scratch
COPY --from=build /out/app /app
RUN --mount=from=build,target=/b ls /b
`;

describe('vscode: Dockerfiles and Compose files', function () {
  this.timeout(480_000);
  this.bail(true); // Each step goes on from the one before.
  let registry: Registry;
  let daemon: TempDaemon;
  let silent: HostileEngine;
  let server: Server;
  let vscode: Workbench;
  let editor: Editor;
  let image = '';
  let digest = '';
  let folder = '';
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    requireDaemon(this);
    requireRegistry(this);
    folder = resources.use(await makeTempFolder()).path;
    chmodSync(folder, 0o755);
    [registry, daemon] = await Promise.all([startRegistry(), startDaemon()]);
    resources.use(registry);
    resources.use(daemon);
    chmodSync(dirname(daemon.socket), 0o755);
    chmodSync(daemon.socket, 0o666);
    await pullImage();
    silent = resources.use(await new HostileEngine(join(folder, 'silent')).listen());
    silent.isSilent = true;
    const hosts = { silent: silent.path, absent: join(folder, 'absent'), engine: daemon.socket };
    const contexts = Object.fromEntries(
      Object.entries(hosts).map(([name, path]) => [name, { host: `unix://${path}`, description: '' }]),
    );
    writeFileSync(join(folder, 'contexts.json'), JSON.stringify({ current: 'default', contexts }));
    server = resources.use(
      await startUserServer({
        prepare: unpackExtension,
        asksForTrust: true,
        settings: {
          'security.workspace.trust.startupPrompt': 'never',
          'security.workspace.trust.banner': 'never',
          'security.workspace.trust.untrustedFiles': 'open',
          'workbench.editor.useModal': 'off',
        },
        env: { CORACLE_CONFIG: folder, PATH: `${spyOnShellCheck()}:${testUser().env['PATH']}` },
      }),
    );
    writeProject();
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    editor = new Editor(vscode);
    await vscode.open(server.url, join(server.userHome, 'shop'));
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'language');
  });

  after(async () => await resources.disposeAsync());

  async function pullImage(): Promise<void> {
    const config = { Cmd: ['sh'], Env: ['PATH=/usr/bin:/bin', 'MODE=plain'], User: 'www', WorkingDir: '/var/www' };
    await registry.push('shop:1', await dockerArchive('shop:1', [await busyboxRootfs()], config));
    image = `${registry.address}/shop:1`;
    await ask(daemon.socket, `/images/create?fromImage=${registry.address}/shop&tag=1`, { method: 'POST' });
    const { body } = await ask(daemon.socket, `/images/${image}/json`);
    const { RepoDigests } = JSON.parse(body) as { RepoDigests: string[] };
    digest = RepoDigests[0]?.split('@')[1] ?? '';
    assert.match(digest, /^sha256:/);
  }

  /** Whether the real one is there or not: a program of that name that leaves a mark when it is run. @returns its folder */
  function spyOnShellCheck(): string {
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    writeFileSync(join(programs, 'shellcheck'), `#!/bin/sh\necho run >> ${folder}/marks\nexec ${shellCheck} "$@"\n`);
    chmodSync(join(programs, 'shellcheck'), 0o755);
    writeFileSync(join(folder, 'marks'), '');
    chmodSync(join(folder, 'marks'), 0o666);
    return programs;
  }

  const shellCheckRuns = () => readFileSync(join(folder, 'marks'), 'utf8').length;

  function writeProject(): void {
    const shop = join(server.userHome, 'shop');
    mkdirSync(shop);
    const files = {
      Dockerfile: begun,
      'compose.yaml': '',
      'server.js': '',
      '.dockerignore': 'secret.txt\n',
      'secret.txt': '',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(shop, name), text);
    for (const path of [shop, ...Object.keys(files).map((name) => join(shop, name))]) testUser().own(path);
  }

  async function choose(context: string): Promise<void> {
    await vscode.runCommand('Coracle Contexts: Use');
    await vscode.pickRow(context).click();
    await vscode.page.locator('.statusbar').getByText(context, { exact: true }).waitFor();
  }

  async function changeSettings(more: object): Promise<void> {
    const file = join(server.userSettings, 'settings.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as object;
    await vscode.runCommand('Preferences: Open User Settings (JSON)');
    await vscode.page.locator('.tab.active[data-resource-name="settings.json"]').waitFor();
    await editor.write(JSON.stringify({ ...settings, ...more }));
    await editor.save();
    await editor.open('Dockerfile');
  }

  it('understands a Dockerfile before the workspace is trusted, and neither runs nor asks anything', async () => {
    await vscode.page.locator('.statusbar').getByText('Restricted Mode').waitFor();
    await choose('silent');
    await editor.open('Dockerfile');
    await vscode.runCommand('Problems: Focus on Problems View');
    await editor.problem('MaintainerDeprecated').waitFor();
    await editor.open('Dockerfile');
    await editor.hover(2, 16, /line 1/);
    await editor.goTo(8);
    await editor.suggests('COPY --from=', 'build');
    await editor.clearLine();
    assert.equal(shellCheckRuns(), 0);
    assert.equal(silent.connections, 0);
  });

  it('asks once it is trusted, and waits for nobody who is silent', async function () {
    await vscode.page.locator('.statusbar').getByText('Restricted Mode').click();
    await vscode.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await vscode.page.locator('.statusbar').getByText('Restricted Mode').waitFor({ state: 'detached' });
    await editor.open('Dockerfile');
    if (existsSync(shellCheck)) {
      await editor.problem('SC2086').waitFor();
      assert.notEqual(shellCheckRuns(), 0);
    }
    await until('the engine is asked', async () => silent.connections > 0);
    await editor.goTo(8);
    await editor.suggests('USER ', 'root');
    await editor.clearLine();
    await editor.hover(2, 8, /golang:1/);
    assert.deepEqual(await vscode.notifications(), []);
  });

  it('is content without an engine', async () => {
    await choose('absent');
    await editor.goTo(8);
    await editor.suggests('COPY --from=', 'build');
    await editor.clearLine();
    assert.deepEqual(await vscode.notifications(), []);
  });

  it('completes instructions, flags, stages and paths as they are typed', async () => {
    await editor.goTo(8);
    await editor.complete('COP', 'COPY');
    await editor.complete('--fr', '--from');
    await editor.complete('', 'build');
    await vscode.page.keyboard.type(' /a /b');
    await editor.has(/^COPY --from=build \/a \/b$/m);
    await editor.clearLine();
    await editor.complete('COPY ser', 'server.js');
    await editor.has(/^COPY server\.js$/m);
    await editor.clearLine();
    await editor.suggests('COPY ', 'server.js');
    await vscode.page
      .locator('.suggest-widget.visible .monaco-icon-label.deprecated')
      .getByText('secret.txt')
      .waitFor();
    await editor.clearLine();
  });

  it('says what is wrong, with a page about it', async () => {
    const row = editor.problem('MaintainerDeprecated');
    await row.getByText('MAINTAINER is deprecated').waitFor();
    await row.getByText('[Ln 3, Col 1]').waitFor();
    await row.locator('a.monaco-link').click();
    await until('the page is open', async () => /# MaintainerDeprecated/.test(await vscode.editorText()));
    await editor.open('Dockerfile');
    await vscode.page.locator('.editor-group-container.active .squiggly-error').first().waitFor();
  });

  it('mends it from the light bulb', async () => {
    await editor.goTo(3);
    const remedies = await editor.remedies();
    assert.ok(remedies.includes('Ignore DL4000 here'), remedies.join('\n'));
    await editor.act('Use a label');
    await editor.has(/^LABEL org\.opencontainers\.image\.authors=/m);
    await editor.problem('MaintainerDeprecated').waitFor({ state: 'detached' });
  });

  it('leaves a rule out where the file says so', async () => {
    await editor.write('FROM golang:1\nRUN cd /tmp && make\nRUN cd /var && make\n');
    await until('both are found', async () => (await editor.problem('DL3003').count()) === 2);
    await editor.goTo(2, 6);
    await editor.act('Ignore DL3003 here');
    await editor.has(/^# hadolint ignore=DL3003\nRUN cd \/tmp/m);
    await until('one is left', async () => (await editor.problem('DL3003').count()) === 1);
    await editor.goTo(4, 6);
    await editor.act('Ignore DL3003 in this file');
    await editor.problem('DL3003').waitFor({ state: 'detached' });
  });

  it('mends everything that is safe at once', async () => {
    await editor.write('FROM golang:1 as build\nmaintainer me\nRUN apt-get install -y curl=1\n');
    await editor.problem('FromAsCasing').waitFor();
    await editor.act('Fix all that can be fixed safely', 'Source Action...');
    await editor.has(/^FROM golang:1 AS build$/m);
    await editor.problem('FromAsCasing').waitFor({ state: 'detached' });
  });

  it('takes severities from the settings at once', async () => {
    await editor.write('FROM golang:1\nRUN cd /tmp && make\n');
    await editor.problem('DL3003').locator('.codicon-warning').waitFor();
    await changeSettings({ 'coracle.language.severities': { DL3003: 'error' } });
    await editor.problem('DL3003').locator('.codicon-error').waitFor();
    await changeSettings({ 'coracle.language.severities': { DL3003: 'off' } });
    await editor.problem('DL3003').waitFor({ state: 'detached' });
  });

  it('lays a file out', async () => {
    await editor.write('FROM golang:1\nRUN   go build \\\n -o /app\n\n\n\nCMD ["/app"]\n');
    await vscode.runCommand('Format Document');
    await editor.has(/^RUN go build \\\n\s+-o \/app\n\nCMD/m);
  });

  it('shows what variables stand for, who needs a stage, and colours of the shell', async () => {
    await editor.write(stages);
    await editor.has(/^FROM golang:\$VERSION ?= golang:1 AS build/m);
    await editor.lenses().getByText('needed by the last stage').waitFor();
    await editor.lenses().getByText('the image that is built').waitFor();
    await until('commands have a colour', async () => {
      const [command, word] = [editor.piece('apt-get'), editor.piece('FROM')].map((each) => each.first());
      return (await command?.getAttribute('class')) !== (await word?.getAttribute('class'));
    });
  });

  it('tells the value of a variable and where it comes from, and goes there', async () => {
    assert.match(await editor.hover(4, 16, /Value: /), /VERSION.*\(line \d\)\s+Value: 1/s);
    assert.match(await editor.hover(5, 30, /Value: /), /VERSION.*Value: 1/s);
    await editor.goTo(8, 14);
    await vscode.runCommand('Go to Definition');
    await vscode.page.locator('.statusbar').getByText('Ln 2, Col 25').waitFor();
  });

  it('renames a stage everywhere', async () => {
    await editor.goTo(8, 14);
    await editor.rename('compile');
    await editor.has(/AS compile[^]*--from=compile[^]*--mount=from=compile,/);
  });

  it('has an outline of stages', async () => {
    await vscode.runCommand('Explorer: Focus on Outline View');
    const rows = vscode.page.locator(':is(.outline-pane, .outline-tree) .monaco-list-row');
    await rows.getByText('compile', { exact: true }).waitFor();
    await rows.getByText('WORKDIR').waitFor();
  });

  it('knows an image that the engine has', async () => {
    await choose('engine');
    await editor.open('Dockerfile');
    await editor.write(`FROM ${image}\n`);
    await editor.has(/, user www, in \/var\/www/);
    const hover = await editor.hover(1, 8, /digest/);
    assert.match(hover, /size: \d/);
    assert.ok(hover.includes(digest), hover);
    await editor.goTo(2);
    await editor.suggests('USER ', 'nobody');
    await editor.clearLine();
    await editor.suggests(`COPY --from=${image} /etc/`, 'passwd');
    await editor.clearLine();
    await editor.goTo(1, 8);
    await editor.act('Pin to the digest on this machine', 'Refactor...');
    await until('it is pinned', async () => (await vscode.editorText()).includes(`${image}@${digest}`));
  });

  it('tells in a Compose file which key is meant, who holds a port, and what runs', async () => {
    await runContainer('holder', { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '18080' }] } } });
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
    await runContainer('shop-web-1', { Labels: labels });
    await editor.open('compose.yaml');
    await editor.write(
      `services:\n  web:\n    image: ${image}\n    ports:\n      - "18080:80"\n    enviroment: {}\n    depends_on: [db]\n  db:\n    image: ${image}\n`,
    );
    await editor.problem('compose-unknown-key').getByText('Did you mean `environment`?').waitFor();
    await editor.problem('compose-port-in-use').getByText('`holder`').waitFor();
    await editor.lenses().getByText('shop-web-1').waitFor();
    await editor.goTo(8, 4);
    await editor.rename('database');
    await editor.has(/depends_on: \[database\]\n {2}database:/);
  });

  async function runContainer(name: string, options: object): Promise<void> {
    const body = { Image: image, Cmd: ['sleep', '1000'], ...options };
    const { status } = await ask(daemon.socket, `/containers/create?name=${name}`, { method: 'POST', body });
    assert.equal(status, 201);
    assert.equal((await ask(daemon.socket, `/containers/${name}/start`, { method: 'POST' })).status, 204);
  }

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
