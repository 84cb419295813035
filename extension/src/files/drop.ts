// What was dropped on a folder of a container or volume: copied into it. Knows no VS Code.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { humanSize } from '../../../runtime/src/text/units.ts';
import { checkTrust, guarded } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';
import { nameSome } from '../ui/plain.ts';
import type { Ui } from '../ui/ui.ts';
import { faultOf } from './file-fault.ts';
import type { FileSystem } from './file-system.ts';
import type { FileAddress } from './uri.ts';

/** A file or folder. */
export interface DropSource {
  /** Its own, without a path. */
  readonly name: string;
  /** On this machine, or put at a path of it: a file of another window, of an engine, of a browser. */
  readonly content: { readonly path: string } | { bring(path: string): Promise<void> };
  /** Where it comes from when that is an engine. */
  readonly address?: FileAddress | undefined;
}

/** Copies into `directory`; asks before something is replaced, and tells what goes wrong. @returns whether anything was tried */
export async function dropFiles(
  ui: Ui,
  files: FileSystem,
  directory: FileAddress,
  dropped: readonly DropSource[],
): Promise<boolean> {
  // On the folder that it lies in: let go of, rather than moved.
  const sources = dropped.filter(({ name, address }) => isName(name) && !liesIn(address, directory));
  if (sources.length === 0 || !(await checkTrust(ui, { needsTrust: true }))) return false;
  await guarded(ui, async () => {
    const present = await presentNames(files, directory, sources);
    if (present.length > 0 && !(await mayReplace(ui, present))) return;
    await ui.progress(l10n.t('Copying {0}', some(sources.map(({ name }) => name))), async ({ report, signal }) => {
      for (const source of sources) {
        const onBytes = (bytes: number): void => report(`${source.name} ${humanSize(bytes, 3)}`);
        await withPath(source, (path) => files.copyIn(path, directory, { signal, onBytes }));
        signal.throwIfAborted();
      }
    });
  });
  return true;
}

function isName(name: string): boolean {
  return !['', '.', '..'].includes(name) && !/[/\0]/.test(name);
}

function liesIn(address: FileAddress | undefined, { engine, noun, ref, path }: FileAddress): boolean {
  if (address === undefined || posix.dirname(address.path) !== path) return false;
  return address.engine === engine && address.noun === noun && address.ref === ref;
}

async function presentNames(
  files: FileSystem,
  directory: FileAddress,
  sources: readonly DropSource[],
): Promise<string[]> {
  const present: string[] = [];
  for (const { name } of sources) {
    try {
      await files.status({ ...directory, path: posix.join(directory.path, name) });
      present.push(name);
    } catch (error) {
      if (faultOf(error).kind !== 'FileNotFound') throw error;
    }
  }
  return present;
}

async function mayReplace(ui: Ui, names: readonly string[]): Promise<boolean> {
  return await ui.confirm({
    message: l10n.t('Replace {0}?', some(names)),
    detail: l10n.t('Files of the same names are replaced.'),
    action: l10n.t('Replace'),
  });
}

function some(names: readonly string[]): string {
  return nameSome(names, 3, (count) => l10n.t('and {0} more', count));
}

async function withPath({ name, content }: DropSource, work: (path: string) => Promise<void>): Promise<void> {
  if ('path' in content) {
    await work(content.path);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'coracle-drop-'));
  try {
    const path = join(folder, name);
    await content.bring(path);
    await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
