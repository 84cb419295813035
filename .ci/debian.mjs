// Programs out of newer releases of Debian than this one, unpacked beside the system. The mirror is the one that this machine's apt uses.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** Whether all of it is there. @param {string} folder */
export function isInstalled(folder) {
  return existsSync(join(folder, 'complete'));
}

/**
 * Makes a folder of what packages hold: whole, or not at all.
 * @param {string} folder
 * @param {{ suite: string, packages: readonly string[], take: (from: string, to: string) => void }} what `take` moves what is wanted
 *   from the unpacked `usr` into a new folder
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installDebian(folder, { suite, packages, take }, run) {
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  const trouble = unpackDebian(suite, packages, join(draft, 'apt'), run);
  if (trouble === '') {
    take(join(draft, 'apt/unpacked/usr'), draft);
    rmSync(join(draft, 'apt'), { recursive: true });
    writeFileSync(join(draft, 'complete'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } else rmSync(draft, { recursive: true, force: true });
  return trouble;
}

/**
 * Unpacks packages into `<root>/unpacked`, with lists and a cache of apt's own in `root`, so that nothing of the system changes.
 * @param {string} suite
 * @param {readonly string[]} packages
 * @param {string} root a new folder
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
function unpackDebian(suite, packages, root, run) {
  for (const name of ['lists/partial', 'archives/partial', 'unpacked']) {
    mkdirSync(join(root, name), { recursive: true });
  }
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
