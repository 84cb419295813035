// A private code-server on loopback: settings, extensions and home of its own, so that servers run side by side and read
// no dotfile. It can run as another user than the test.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { vscodeFolder } from '../../.ci/vscode.mjs';
import { nodeBinary } from '../helpers/paths.ts';
import { keepOutput } from '../helpers/trace.ts';

/** No trust dialog, no welcome page, no AI, no telemetry, no look-ups of updates, extensions or typings. */
const quietSettings: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'js/ts.tsserver.automaticTypeAcquisition.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  // Else a click on the icon of the view that is open closes it.
  'workbench.activityBar.iconClickBehavior': 'focus',
  'files.autoSave': 'off',
  // The terminal's text is read from the page: as DOM, not from a canvas.
  'terminal.integrated.gpuAcceleration': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoIndent': 'none',
};

export interface ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Files to install first. */
  readonly vsix?: readonly string[];
  /** Puts extensions that need no installation into the folder of extensions. */
  readonly prepare?: (extensions: string) => unknown;
  /** More environment for the server, its extension hosts and terminals. */
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The Node and the program of code-server, readable by `user`. */
  readonly node?: string;
  readonly folder?: string;
  /** Folders are not trusted until the user says so; otherwise all are. */
  readonly asksForTrust?: boolean;
  /** Obeys what a window's address says of extensions under test, and shows no notifications. */
  readonly isTestDriver?: boolean;
  /** A language besides English that `argv.json` may name. VS Code's own words stay English. */
  readonly language?: string;
}

export interface Server extends AsyncDisposable {
  readonly url: string;
  /** HOME of everything that it runs. */
  readonly userHome: string;
  /** Folder of installed extensions. */
  readonly extensions: string;
  /** Folder of `settings.json`, `keybindings.json` and `argv.json`. */
  readonly userSettings: string;
  /** Folder of output channels and of the extension hosts' logs. */
  readonly logs: string;
  /** What it printed. */
  readonly log: () => string;
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const node = options.node ?? nodeBinary;
  const entry = join(options.folder ?? vscodeFolder(), 'node_modules/code-server/out/node/entry.js');
  // Short on purpose: code-server puts a socket in here.
  const home = mkdtempSync(join(tmpdir(), 'vse-'));
  const [data, extensions, user, tmp] = ['data', 'ext', 'user', 'tmp'].map((name) => join(home, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [data, join(data, 'User'), extensions, user, tmp]) mkdirSync(folder);
  const { asksForTrust = false } = options;
  const asked = { ...quietSettings, 'security.workspace.trust.enabled': asksForTrust };
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify({ ...asked, ...options.settings }));
  if (options.language !== undefined) addLanguage(data, extensions, options.language);
  const config = join(home, 'config.yaml');
  writeFileSync(config, 'auth: none\n');
  options.prepare?.(extensions);
  if (options.user !== undefined) spawnSync('chown', ['-R', `${options.user.uid}:${options.user.gid}`, home]);

  const spawnOptions = {
    cwd: user,
    // The XDG folders would point into the real home; the others make it talk to a VS Code that the test runs in.
    env: {
      ...cleanEnvironment(),
      HOME: user,
      TMPDIR: tmp,
      EXTENSIONS_GALLERY: '{}',
      ...options.env,
    },
    ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
  };
  const folders = ['--config', config, '--user-data-dir', data, '--extensions-dir', extensions];
  for (const file of options.vsix ?? []) {
    const args = [entry, ...folders, '--install-extension', resolve(file)];
    const installed = spawnSync(node, args, { ...spawnOptions, encoding: 'utf8' });
    if (installed.status !== 0) throw new Error(`could not install ${file}:\n${installed.stdout}${installed.stderr}`);
  }

  const flags = ['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check'];
  const quiet = ['--disable-getting-started-override', ...(asksForTrust ? [] : ['--disable-workspace-trust'])];
  // Else extensions get the environment of a login shell, whose profile resets PATH.
  const vscode = ['force-disable-user-env', ...(options.isTestDriver === true ? ['enable-smoke-test-driver'] : [])];
  const plain = vscode.flatMap((name) => ['--vscode-option', name]);
  // A process group, so that its end reaches every process that the server forked.
  const child = spawn(node, [entry, ...folders, ...flags, ...quiet, ...plain], {
    ...spawnOptions,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const port = await new Promise<number>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`code-server did not listen within 180 s:\n${log}`)), 180_000);
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      keepOutput('code-server', chunk.toString());
      const match = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log);
      if (match === null) return;
      clearTimeout(timer);
      done(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => fail(new Error(`code-server ended with ${code}:\n${log}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    userHome: options.env?.['HOME'] ?? user,
    extensions,
    userSettings: join(data, 'User'),
    logs: join(data, 'logs'),
    log: () => log,
    async [Symbol.asyncDispose]() {
      const gone = new Promise<void>((done) => {
        if (child.exitCode !== null || child.signalCode !== null) done();
        else child.once('exit', () => done());
      });
      killGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), 5000);
      await gone;
      clearTimeout(timer);
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A language pack, and what VS Code keeps of one that is installed. It has no words of VS Code's own. */
function addLanguage(data: string, extensions: string, language: string): void {
  const folder = join(extensions, 'test.language-1.0.0');
  mkdirSync(folder);
  const vscode = join(folder, 'words.json');
  writeFileSync(vscode, JSON.stringify({ contents: {} }));
  const localization = { languageId: language, translations: [{ id: 'vscode', path: './words.json' }] };
  const manifest = { name: 'language', publisher: 'test', version: '1.0.0', engines: { vscode: '*' } };
  const contributes = { localizations: [localization] };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, contributes }));
  const pack = {
    hash: 'test',
    label: language,
    extensions: [{ extensionIdentifier: { id: 'test.language' }, version: '1.0.0' }],
    translations: { vscode },
  };
  writeFileSync(join(data, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
}

function cleanEnvironment(): Record<string, string | undefined> {
  const foreign = /^(VSCODE_|CODE_SERVER_|NODE_OPTIONS$|NODE_PATH$|ELECTRON_|XDG_|CORACLE_|DOCKER_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
