// A real VS Code for the tests: code-server from npm into a cache of its own, on the Node that the project brings. Chromium
// comes with the Debian packages. Setup installs it once.

import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Brings VS Code 1.139.1, whose selectors `test/vscode/workbench.ts` knows. */
const version = '4.139.1';
const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

export function vscodeFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.CORACLE_VSCODE || join(cache, 'coracle-test', `code-server-${version}`);
}

export function hasVscode() {
  return existsSync(join(vscodeFolder(), 'complete'));
}

/** @param {(command: string, args: string[], options: object) => { ok: boolean, output: string }} run @returns what went wrong, '' when nothing */
export function installVscode(run) {
  const folder = vscodeFolder();
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'package.json'), '{ "private": true }\n');
  const node = dirname(dirname(realpathSync(join(root, 'node_modules/.bin/node'))));
  const env = { ...process.env, PATH: `${node}/bin:${process.env.PATH}`, npm_config_nodedir: node };
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const vscode = join(draft, 'node_modules/code-server/lib/vscode');
  // Its own install script wants to compile what nothing here needs; these two addons are worth it: logs, and the watchdog
  // without which extension hosts outlive their server.
  const steps = [
    [draft, ['install', ...quiet, `code-server@${version}`]],
    [vscode, ['install', ...quiet, '--omit=dev']],
    [join(vscode, 'extensions'), ['install', ...quiet, '--omit=dev']],
    [vscode, ['rebuild', '--loglevel=error', '@vscode/spdlog', '@vscode/native-watchdog']],
  ];
  for (const [cwd, args] of steps) {
    const { ok, output } = run('npm', args, { cwd, env });
    if (!ok) return output;
  }
  // 170 MB that only slow its start down.
  rmSync(join(vscode, 'extensions/copilot'), { recursive: true, force: true });
  writeFileSync(
    join(draft, 'complete'),
    `${JSON.parse(readFileSync(join(draft, 'node_modules/code-server/package.json'), 'utf8')).version}\n`,
  );
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return '';
}
