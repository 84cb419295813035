// How each package manager of Node installs what its lock file says.

import type { Folder } from '../folder.ts';

export interface PackageManager {
  readonly name: string;
  /** Files beside `package.json` that an install reads; those that are there are copied. */
  readonly files: readonly string[];
  readonly cache: string;
  /** Puts the program into the image. */
  readonly setUp: (node: number) => string | undefined;
  readonly install: string;
  readonly installProduction: string;
  readonly run: string;
}

// Node 25 and later come without it.
const corepack = (node: number) => (node < 25 ? 'RUN corepack enable' : 'RUN npm install --global corepack@0.34.0');

const pnpm: PackageManager = {
  name: 'pnpm',
  files: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'],
  cache: '/root/.local/share/pnpm/store',
  setUp: corepack,
  install: 'pnpm install --frozen-lockfile',
  installProduction: 'pnpm install --frozen-lockfile --prod',
  run: 'pnpm run',
};

const yarnClassic: PackageManager = {
  name: 'yarn',
  files: ['yarn.lock', '.yarnrc', '.npmrc'],
  cache: '/root/.cache/yarn',
  setUp: corepack,
  install: 'yarn install --frozen-lockfile --cache-folder /root/.cache/yarn',
  installProduction: 'yarn install --frozen-lockfile --production --cache-folder /root/.cache/yarn',
  run: 'yarn run',
};

const yarn: PackageManager = {
  name: 'yarn',
  files: ['yarn.lock', '.yarnrc.yml', '.npmrc'],
  cache: '/root/.yarn/berry/cache',
  // Its other ways to lay packages out have no folder that a stage could hand to the next.
  setUp: (node) => `ENV YARN_NODE_LINKER=node-modules\n${corepack(node)}`,
  install: 'yarn install --immutable',
  installProduction: 'yarn workspaces focus --all --production',
  run: 'yarn run',
};

const npm: PackageManager = {
  name: 'npm',
  files: ['package-lock.json', 'npm-shrinkwrap.json', '.npmrc'],
  cache: '/root/.npm',
  setUp: () => undefined,
  install: 'npm ci',
  installProduction: 'npm ci --omit=dev',
  run: 'npm run',
};

const npmWithoutLock: PackageManager = {
  ...npm,
  install: 'npm install',
  installProduction: 'npm install --omit=dev',
};

/** By its lock file; npm where there is none. */
export async function packageManagerOf(folder: Folder, names: readonly string[]): Promise<PackageManager> {
  if (names.includes('pnpm-lock.yaml')) return pnpm;
  if (names.includes('yarn.lock')) {
    // The lock file of yarn 1 says so at its top.
    return (await folder.read('yarn.lock'))?.includes('# yarn lockfile v1') === true ? yarnClassic : yarn;
  }
  return names.includes('package-lock.json') || names.includes('npm-shrinkwrap.json') ? npm : npmWithoutLock;
}
