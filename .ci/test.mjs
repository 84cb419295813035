// Runs every test: groups of files in processes of their own, two or more at a time, as root each in fresh network, mount and
// process namespaces, so that the host's network stays untouched and nothing outlives its test. Ends with the failures, then
// the closing line. Arguments choose groups by a part of their name: `npm test -- conformance`.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const node = join(root, 'node_modules/.bin/node');
const isCi = process.env.CI === 'true';
const groupLimitMs = 25 * 60_000;
/** Of so many failures or fewer, each is looked at again. */
const mostLookedAt = 3;

if (Number(process.versions.node.split('.')[0]) < 24) {
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** What runs once more with the engine of an ordinary user, whom the tests make for themselves. */
const runsRootless = (file) =>
  /^(?:conformance\/|e2e\/(?:build|build-outputs|hand-over|hostile|reboot|sleep|storage|survival)\.)/.test(file);

/** What runs once more with whole copies of images as roots, with root and without. */
const runsWithCopies = (file) => /^(?:conformance\/(?:files|images|lifecycle)|e2e\/survival)\./.test(file);

/** What runs once more with an engine of WebAssembly alone. */
const lightweight =
  /^conformance\/(?:run|lifecycle|files|streams|process|build|networks|images|dockerode|push|testcontainers|devcontainers|buildx)\./;
const runsLightweight = (file) => lightweight.test(file);

const copies = { CORACLE_TEST_STORAGE: 'vfs' };
const ordinaryUser = { CORACLE_TEST_USER: '1' };

/** Further runs of a file: prefix of their name -> what says so to the tests. */
const variants = [
  { prefix: 'rootless/', includes: runsRootless, env: ordinaryUser },
  { prefix: 'vfs/', includes: runsWithCopies, env: copies },
  { prefix: 'wasm-mode/', includes: runsLightweight, env: { CORACLE_TEST_MODE: 'wasm' } },
  { prefix: 'rootless-vfs/', includes: runsWithCopies, env: { ...ordinaryUser, ...copies } },
];

/** Folders whose files are long enough to be a group each; they start first. */
const slowFolders = ['e2e', 'conformance', 'vscode'];

function findGroups(filters) {
  const groups = new Map();
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules')).toSorted()) {
    const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '.';
    if (folder === 'bench') continue;
    const further = variants.filter(({ includes }) => includes(file)).map(({ prefix }) => prefix + file);
    const names = [slowFolders.includes(folder) ? file : folder, ...further];
    for (const name of names) {
      if (filters.length > 0 && ![file, name].some((text) => filters.some((filter) => text.includes(filter)))) continue;
      groups.set(name, [...(groups.get(name) ?? []), join(root, 'test', file)]);
    }
  }
  const isSlow = ([name]) =>
    [...slowFolders.map((folder) => `${folder}/`), ...variants.map(({ prefix }) => prefix)].some((prefix) =>
      name.startsWith(prefix),
    );
  return [...groups].toSorted((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
}

/** The command that gives a group namespaces of its own; nothing when that is not allowed here. */
function isolation() {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  if (process.getuid() !== 0 || spawnSync('unshare', [...flags, 'true']).status !== 0) return [];
  // The shell stays as process 1: it reaps what tests leave behind.
  return ['unshare', ...flags, 'sh', '-c', 'ip link set lo up; CORACLE_TEST_NAMESPACES=1 "$@"; exit $?', 'sh'];
}

function runGroup(files, results, { prefix, env }) {
  const [command, ...args] = [...prefix, node, join(root, '.ci/test-group.mjs'), results, ...files];
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-20_000)));
    }
    const timer = setTimeout(() => {
      output += '\n(took too long and was ended)';
      process.kill(-child.pid, 'SIGKILL');
    }, groupLimitMs);
    child.on('error', (error) => (output += error.message));
    // `exit` and not `close`: a leftover process may hold the pipe.
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      setTimeout(() => resolve({ output, end: signal ?? `code ${code}` }), 50);
    });
  });
}

function readOutcomes(results, { output, end }, name) {
  if (existsSync(results)) return JSON.parse(readFileSync(results, 'utf8'));
  const now = existsSync(`${results}.now`) ? `, the last that began: ${readFileSync(`${results}.now`, 'utf8')}` : '';
  const detail = `the test process ended with ${end} before its tests did${now}\n${output.trim()}`;
  return [{ title: name, state: 'failed', ms: 0, detail, optional: false }];
}

function count(outcomes, state) {
  return outcomes.filter((outcome) => outcome.state === state).length;
}

function summary(outcomes) {
  return `${count(outcomes, 'passed')} passed, ${count(outcomes, 'failed')} failed, ${count(outcomes, 'skipped')} skipped`;
}

const folder = mkdtempSync(join(tmpdir(), 'coracle-test-'));
const prefix = isolation();
const queue = findGroups(process.argv.slice(2));
const ran = [];

async function runOnce([name, files]) {
  const results = join(folder, `${name.replaceAll('/', '_')}.json`);
  rmSync(results, { force: true });
  const env = variants.find(({ prefix }) => name.startsWith(prefix))?.env ?? {};
  const startedAt = Date.now();
  const outcomes = readOutcomes(results, await runGroup(files, results, { prefix, env }), name).map((outcome) =>
    // Where everything is said to be there, a test that could not run is a test that failed.
    isCi && outcome.state === 'skipped' && !outcome.optional
      ? { ...outcome, state: 'failed', detail: `skipped although CI=true: ${outcome.detail}` }
      : outcome,
  );
  console.log(`${name}: ${summary(outcomes)} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  return { group: [name, files], outcomes: outcomes.map((each) => ({ ...each, title: `${name}: ${each.title}` })) };
}

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) ran.push(await runOnce(next));
}

await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));

/** Groups of the few tests that failed, once more and with nothing beside them: a failure stays one, and it is told whether it comes again. */
async function lookAgain() {
  const failing = ran.filter(({ outcomes }) => count(outcomes, 'failed') > 0);
  if (failing.reduce((sum, { outcomes }) => sum + count(outcomes, 'failed'), 0) > mostLookedAt) return;
  for (const { group, outcomes } of failing) {
    const again = (await runOnce(group)).outcomes;
    for (const outcome of outcomes.filter(({ state }) => state === 'failed')) {
      const now = again.find(({ title }) => title === outcome.title)?.state ?? 'not reached';
      outcome.detail += `\n(its group again, alone: ${now})`;
    }
  }
}

await lookAgain();
const all = ran.flatMap(({ outcomes }) => outcomes);
if (all.length === 0) all.push({ title: 'no test file matches', state: 'failed', ms: 0, detail: '', optional: false });
rmSync(folder, { recursive: true, force: true });
for (const outcome of all.filter(({ state }) => state === 'skipped')) {
  console.log(`skipped: ${outcome.title} (${outcome.detail})`);
}
for (const outcome of all.filter(({ state }) => state === 'failed')) {
  console.log(`\nFAILED: ${outcome.title}\n${outcome.detail.trim().replaceAll(/^/gm, '    ')}`);
}
console.log(`\n${summary(all)}`);
process.exitCode = count(all, 'failed') > 0 ? 1 : 0;
