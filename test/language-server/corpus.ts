// Dockerfiles that strangers wrote: those in the packages that are installed here, and ours with all of the syntax.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from '../helpers/paths.ts';
import { join } from 'node:path';
import { samples } from './parser/samples.ts';

export interface CorpusFile {
  readonly name: string;
  readonly text: string;
}

let files: readonly CorpusFile[] | undefined;

export function corpus(): readonly CorpusFile[] {
  files ??= [...samples.map((text, index) => ({ name: `sample ${index}`, text })), ...found()];
  return files;
}

function found(): CorpusFile[] {
  const named = ['(', '-name', 'Dockerfile*', '-o', '-name', '*.Dockerfile', '-o', '-name', 'Containerfile', ')'];
  const folders = [join(root, 'node_modules'), '/usr/share', '/usr/lib'];
  const { stdout } = spawnSync('find', [...folders, '-type', 'f', ...named, '-size', '-200k'], { encoding: 'utf8' });
  const names = stdout
    .split('\n')
    .filter((name) => /file(?:\.[\w-]+)?$/i.test(name) && !/\.(?:gz|js|ts|json)$/.test(name));
  return names.sort().map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}
