// Docker's own clients of BuildKit for the tests: CLI, buildx and Compose out of newer releases of Debian than this one, unpacked into a
// cache of their own. Setup brings them once. The mirror is the one that this machine's apt uses.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const packages = ['docker-cli', 'docker-buildx', 'docker-compose'];
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** Releases to take them from. The first has old versions that stay, the others new ones that come and go. */
export const suites = ['trixie', 'forky'];

/** @param {string} suite */
export function clientsFolder(suite) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(process.env.CORACLE_BUILD_CLIENTS || join(cache, 'coracle-test'), `docker-clients-${suite}`);
}

/** @param {string} suite */
export function hasClients(suite) {
  return existsSync(join(clientsFolder(suite), 'complete'));
}

/**
 * @param {string} suite
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installClients(suite, run) {
  const folder = clientsFolder(suite);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  for (const name of ['lists/partial', 'archives/partial', 'unpacked']) {
    mkdirSync(join(draft, 'apt', name), { recursive: true });
  }
  const trouble = unpack(suite, join(draft, 'apt'), run);
  if (trouble === '') {
    const from = join(draft, 'apt/unpacked/usr');
    const plugins = join(from, 'libexec/docker/cli-plugins');
    mkdirSync(join(draft, 'cli-plugins'));
    for (const name of readdirSync(plugins)) renameSync(join(plugins, name), join(draft, 'cli-plugins', name));
    renameSync(join(from, 'bin/docker'), join(draft, 'docker'));
    rmSync(join(draft, 'apt'), { recursive: true });
    writeFileSync(join(draft, 'complete'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } else rmSync(draft, { recursive: true, force: true });
  return trouble;
}

/** With lists and a cache of apt's own in `root`, so that nothing of the system changes. */
function unpack(suite, root, run) {
  const mirror = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Identifier: Packages', 'Label: Debian']);
  const [uri] = mirror.output.split('\n').filter((line) => /^https?:\/\/\S+$/.test(line));
  const keyring = keyrings.find((path) => existsSync(path));
  if (!mirror.ok || uri === undefined || keyring === undefined) return 'apt knows no mirror of Debian here';
  writeFileSync(join(root, 'sources.list'), `deb [signed-by=${keyring}] ${uri} ${suite} main\n`);
  const settings = {
    'Dir::State': root,
    'Dir::State::Lists': join(root, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': root,
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    // It may not enter the folder otherwise.
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const steps = [
    ['apt-get', ['-qq', ...options, 'update']],
    ['apt-get', ['-qq', ...options, 'download', ...packages]],
  ];
  for (const [command, args] of steps) {
    const { ok, output } = run(command, args, { cwd: root });
    if (!ok) return output;
  }
  for (const file of readdirSync(root).filter((name) => name.endsWith('.deb'))) {
    const { ok, output } = run('dpkg-deb', ['-x', join(root, file), join(root, 'unpacked')]);
    if (!ok) return output;
  }
  return '';
}
