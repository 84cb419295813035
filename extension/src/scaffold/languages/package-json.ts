// A project's package.json and lock file, as far as a Dockerfile depends on them.

import { l10n } from '../../l10n.ts';
import type { Folder } from '../folder.ts';
import { fieldsOf, isFields, textOf } from '../values.ts';
import { nodeMajor } from './node-version.ts';
import { packageManagerOf, type PackageManager } from './package-managers.ts';

export interface NodePackage {
  readonly node: number;
  readonly manager: PackageManager;
  /** Files that an install needs, `package.json` first. */
  readonly installFiles: readonly string[];
  /** Whether an install needs more than those, as of a workspace of several packages. */
  readonly needsAll: boolean;
  readonly hasDependencies: boolean;
  readonly scripts: Readonly<Record<string, unknown>>;
  readonly main: string;
  uses(name: string): boolean;
}

/** What an empty package.json says, where there is none. @throws Error for one that is no JSON */
export async function readPackage(folder: Folder): Promise<NodePackage> {
  const manifest = parse((await folder.read('package.json')) ?? '{}');
  const names = await folder.names();
  const manager = await packageManagerOf(folder, names);
  const dependencies = fieldsOf(manifest, 'dependencies');
  const development = fieldsOf(manifest, 'devDependencies');
  return {
    node: await nodeMajor(folder, textOf(fieldsOf(manifest, 'engines'), 'node')),
    manager,
    installFiles: ['package.json', ...manager.files].filter((name) => names.includes(name)),
    needsAll:
      Object.hasOwn(manifest, 'workspaces') || names.includes('pnpm-workspace.yaml') || names.includes('.yarn/'),
    hasDependencies: Object.keys(dependencies).length > 0,
    scripts: fieldsOf(manifest, 'scripts'),
    main: textOf(manifest, 'main'),
    uses: (name) => Object.hasOwn(dependencies, name) || Object.hasOwn(development, name),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(l10n.t('package.json cannot be read: {0}', (error as Error).message), { cause: error });
  }
  return isFields(manifest) ? manifest : {};
}
