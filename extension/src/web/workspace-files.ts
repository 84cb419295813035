// The files of a browser's workspace, whatever they lie on.

import * as vscode from 'vscode';
import { concat, streamOf } from '../../../runtime/src/spec/bytes.ts';
import { ignoreFileNames, parseIgnoreFile, type IgnoreRule } from '../../../runtime/src/spec/dockerfile/ignore.ts';
import { writeTar } from '../../../runtime/src/spec/tar/writer.ts';
import { alwaysTaken, taken } from '../../../runtime/src/copy/taken.ts';
import type { LocalFiles } from '../files/local.ts';
import { l10n } from '../l10n.ts';
import { packWorkspace } from './pack.ts';
import { join, relative } from './path.ts';
import { workspacePaths } from './workspace-paths.ts';

const { fs } = vscode.workspace;
/** Read or written at once, since VS Code knows no pieces of a file. */
const largestFile = 1024 * 1024 * 1024;

export const workspaceFiles: LocalFiles = {
  isThere,
  readText,
  async open(path, signal) {
    const bytes = await fs.readFile(workspacePaths.uriOf(path));
    signal.throwIfAborted();
    return streamOf(bytes);
  },
  async save(path, content, signal) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of content) {
      signal.throwIfAborted();
      size += chunk.length;
      if (size > largestFile) throw new Error(l10n.t('{0} would be larger than 1 GB, and is not written.', path));
      chunks.push(chunk);
    }
    await fs.writeFile(workspacePaths.uriOf(path), concat(chunks));
  },
  async openContext(folder, dockerfile) {
    const text = await readText(dockerfile);
    const inside = relative(folder, dockerfile);
    const name = inside === '' || inside === '..' || inside.startsWith('../') ? undefined : inside;
    const rules = await ignoreRules(folder, ignoreFileNames(name ?? 'Dockerfile'));
    const always = alwaysTaken(name);
    const members = packWorkspace(workspacePaths.uriOf(folder), (path) => taken(path, rules, always));
    return { tar: writeTar(members), dockerfile: name, text, origin: { folder, dockerfile } };
  },
};

async function isThere(path: string): Promise<boolean> {
  try {
    await fs.stat(workspacePaths.uriOf(path));
    return true;
  } catch {
    return false; // Whatever keeps us from it keeps from it who asks.
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await fs.readFile(workspacePaths.uriOf(path)));
}

async function ignoreRules(folder: string, names: readonly string[]): Promise<readonly IgnoreRule[]> {
  for (const name of names) {
    const path = join(folder, name);
    if (await isThere(path)) return parseIgnoreFile(await readText(path));
  }
  return [];
}
