// Makes the checkout ready for a command of the README: `node .ci/setup.mjs quickstart|test|bench`. It installs npm packages
// when they are missing or older than the lock file, Debian packages when it may, and builds. It runs on the host's Node
// before anything is installed, so it uses nothing but Node 20's own modules. Quiet unless something takes long or fails.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasClients, installClients, suites } from './buildx.mjs';
import { packagesFor } from './packages.mjs';
import { hasPrograms, installPrograms } from './programs-for-wasm.mjs';
import { hasSigners, installSigners, signerSuites } from './signers.mjs';
import { hasVscode, installVscode } from './vscode.mjs';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const purpose = process.argv[2] ?? 'quickstart';
if (!['quickstart', 'test', 'bench'].includes(purpose)) fail(`no such purpose: ${purpose}`);

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text, output = '') {
  if (output !== '') process.stderr.write(output.endsWith('\n') ? output : `${output}\n`);
  say(text);
  process.exit(1);
}

/** Runs a command with its output held back; @returns whether it went well, and what it said. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    ...options,
  });
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`;
  return { ok: result.status === 0, output };
}

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function installNodeModules() {
  const installed = modifiedAt(join(root, 'node_modules/.package-lock.json'));
  if (installed >= modifiedAt(join(root, 'package-lock.json'))) return;
  say('installing npm packages (npm ci)');
  const { ok, output } = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!ok) fail('npm ci failed', output);
}

function isDebian() {
  return existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** Debian starts a service when its package comes in, unless this file says no. One that is there already is left alone. */
function withoutServices(action) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return action();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return action();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** Root of a container without privileges can make none itself (CAP_SYS_ADMIN, bit 21). */
function runsLinux() {
  if (process.platform !== 'linux') return false;
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return process.getuid() !== 0 || ((BigInt(`0x${mask}`) >> 21n) & 1n) === 1n;
}

function installDebianPackages() {
  const missing = Object.entries(packagesFor(purpose, { runsLinux: runsLinux() }))
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);
  if (missing.length === 0) return;
  if (!isDebian())
    return say(`this is not Debian; what is missing here is what its packages bring: ${missing.join(' ')}`);
  if (process.getuid?.() !== 0) {
    return say(`packages are missing; as root: apt-get install --no-install-recommends ${missing.join(' ')}`);
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => run('apt-get', ['-qq', ...args], { env: environment });
  const install = () => apt('-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', 'install', ...missing);
  withoutServices(() => {
    if (install().ok) return;
    const lists = apt('update');
    const second = install();
    if (!second.ok) fail(`apt-get could not install: ${missing.join(' ')}`, lists.output + second.output);
  });
}

function installEditor() {
  if (purpose !== 'test' || hasVscode()) return;
  say('installing a VS Code for the tests (code-server, from npm)');
  const trouble = installVscode(run);
  if (trouble !== '') say(`no VS Code, its tests will not run:\n${trouble}`);
}

function installProgramsForWasm() {
  if (purpose !== 'test' || hasPrograms()) return;
  say('bringing programs for WebAssembly for the tests (from npm)');
  const trouble = installPrograms(run);
  if (trouble !== '') say(`not there, their tests will not run:\n${trouble}`);
}

function installBuildClients() {
  if (purpose !== 'test' || !isDebian()) return;
  for (const suite of suites.filter((name) => !hasClients(name))) {
    say(`bringing buildx and Compose for the tests (Debian ${suite})`);
    const trouble = installClients(suite, run);
    if (trouble !== '') say(`not there, their tests will not run:\n${trouble}`);
  }
}

function installForeignSigners() {
  if (purpose !== 'test' || !isDebian()) return;
  for (const suite of signerSuites.filter((name) => !hasSigners(name))) {
    say(`bringing signers of images for the tests (Debian ${suite})`);
    const trouble = installSigners(suite, run);
    if (trouble !== '') say(`not there, their tests will not run:\n${trouble}`);
  }
}

function build() {
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) {
    fail(
      `npm brought no Node for ${process.platform}-${process.arch}; the engine needs Node 24 or later as node_modules/.bin/node`,
    );
  }
  const { ok, output } = run(node, ['.ci/build.mjs']);
  if (!ok) fail('the build failed', output);
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node ${process.version} is too old for npm; install 20 or later`);
installDebianPackages();
installNodeModules();
installEditor();
installProgramsForWasm();
installBuildClients();
installForeignSigners();
build();
