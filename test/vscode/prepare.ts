// What the tests in a real VS Code share: a code-server that the tests' own ordinary user runs, and our extension in it.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type Mocha from 'mocha';
import { hasVscode, vscodeFolder } from '../../.ci/vscode.mjs';
import { nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireTestUser, testUser } from '../helpers/test-user.ts';
import { type Server, type ServerOptions, startServer } from './server.ts';
import type { Workbench } from './workbench.ts';

/** Skips where there is no VS Code, no browser or no second user. */
export function requireVscode(context: Mocha.Context): void {
  requireTestUser(context);
  if (!hasVscode()) skip(context, 'needs a VS Code: node .ci/setup.mjs test');
  if (!existsSync('/usr/bin/chromium')) skip(context, 'needs chromium');
}

/** A server of the tests' own user, with our extension as `options` install it. */
export async function startUserServer(options: Omit<ServerOptions, 'user' | 'node' | 'folder'>): Promise<Server> {
  const user = testUser();
  // The cache may lie where only root may go.
  const editor = join(dirname(user.env['HOME'] ?? ''), 'editor');
  if (!existsSync(editor)) {
    mkdirSync(editor);
    await runOk('mount', ['--bind', vscodeFolder(), editor]);
  }
  const env = { ...user.env, ...options.env };
  return await startServer({ ...options, env, user, node: user.visible(nodeBinary), folder: editor });
}

/** Puts the extension as it is installed into a folder of extensions, but of engines only that of a browser. */
export function unpackWebExtension(extensions: string): void {
  const to = unpackExtension(extensions);
  mkdirSync(join(to, 'engine'));
  const files = readdirSync(join(root, 'runtime/dist')).filter((name) => /^coracle-web-.*\.js$|\.wasm$/.test(name));
  for (const name of [...files, 'coracle-wasi.tar']) cpSync(join(root, 'runtime/dist', name), join(to, 'engine', name));
}

/** Puts the extension as it is installed, but without an engine, into a folder of extensions. @returns its own folder */
export function unpackExtension(extensions: string): string {
  const from = join(root, 'extension');
  const { publisher, name, version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
  const to = join(extensions, `${publisher}.${name}-${version}`);
  const parts = readdirSync(from).filter((file) => /^(?:package.*\.json|l10n|media)$/.test(file));
  const scripts = ['extension.cjs', 'parts', 'keeper.cjs', 'browser.cjs'].map((each) => `dist/${each}`);
  for (const part of [...parts, ...scripts]) cpSync(join(from, part), join(to, part), { recursive: true });
  cpSync(join(root, 'language-server/dist'), join(to, 'server'), { recursive: true });
  cpSync(join(root, 'docs/rules'), join(to, 'rules'), { recursive: true });
  return to;
}

interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly version: string;
}

/** Of the engines that run, without those who keep the socket of one that sleeps. */
export function enginePids(): number[] {
  return processes((words) => isEngine(words) && !words.includes('doorman'));
}

/** Ends the engines as whoever asks them to; those who keep a socket go on and start another. */
export async function endEngines(): Promise<void> {
  await end(enginePids);
}

/** Ends the engines of this test's namespaces, and who would start them again. */
export async function endEnginesForGood(): Promise<void> {
  await end(() => processes(isEngine));
}

function isEngine(words: readonly string[]): boolean {
  return words.some((word) => word.endsWith('coracle-daemon.mjs'));
}

async function end(pids: () => readonly number[]): Promise<void> {
  for (const pid of pids()) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It ended meanwhile.
    }
  }
  await until('they have ended', async () => pids().length === 0);
}

function processes(isWanted: (commandLine: readonly string[]) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isWanted(commandLine(name).split('\0')))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended meanwhile.
  }
}

/** After a test: a picture, and where it failed the words that the window shows, beside its error. */
export async function tellStep(
  vscode: Workbench | undefined,
  test: Mocha.Test | undefined,
  prefix = '',
): Promise<void> {
  await picture(vscode, `${prefix} ${test?.title ?? ''}`.trim());
  if (test?.state !== 'failed' || test.err === undefined || vscode === undefined) return;
  const words = await vscode.words().catch((error: unknown) => String(error));
  test.err.stack = `${test.err.stack ?? ''}\nthe window shows:\n${words}`;
}

/** A picture of the window for who set CORACLE_SCREENSHOTS to a folder. */
export async function picture(vscode: Workbench | undefined, title: string): Promise<void> {
  const folder = process.env['CORACLE_SCREENSHOTS'];
  const name = title.replaceAll(/[^a-z0-9]+/gi, '-');
  if (folder !== undefined && vscode !== undefined) await vscode.screenshot(join(folder, `${name}.png`));
}

/** What the extension host says of us when something was thrown and nobody listened. */
export function failuresIn(logs: string): string[] {
  return readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name) === 'remoteexthost.log')
    .flatMap((name) => {
      const lines = readFileSync(join(logs, name), 'utf8').split('\n');
      const isOurs = (line: string) => /\[error\]/.test(line) && /coracle/i.test(line);
      // What was thrown stands in the lines after.
      return lines.flatMap((line, at) => (isOurs(line) ? [lines.slice(at, at + 8).join('\n')] : []));
    });
}
