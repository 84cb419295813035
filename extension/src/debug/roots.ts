// Where the files of a build's context lie in its image, read out of the Dockerfile: what COPY and ADD copy to where. It is what a
// debugger needs to know which file here a program's file is.

import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { valueOf, workingDirectory } from '../../../runtime/src/spec/dockerfile/configure.ts';
import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { stageFinder } from '../../../runtime/src/spec/dockerfile/references.ts';
import { definitionsAt } from '../../../runtime/src/spec/dockerfile/scope.ts';
import type { Instruction, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Roots } from './contract.ts';

export interface RootsOptions {
  /** Text of the Dockerfile. */
  readonly text: string;
  /** Name of the stage; the last one when absent. */
  readonly target?: string | undefined;
  /** Absolute path of the context. */
  readonly context: string;
  /** Of the image, as it is in the end. */
  readonly workingDirectory: string;
  /** Whether a path of this machine is a folder. */
  readonly isFolder: (path: string) => boolean;
}

/** Stages on stages that are followed. */
const maxDepth = 40;

/** The folder here, and the one in the image that has the same files; the context and the working directory where nothing is told. */
export function rootsOf(options: RootsOptions): Roots {
  const model = analyse(parseDockerfile(options.text));
  const usual = { local: options.context, remote: options.workingDirectory };
  const find = stageFinder(model.stages);
  const stage = options.target === undefined ? model.stages.at(-1) : find(options.target);
  if (stage === undefined) return usual;
  const copied = new CopiedFolders(model, options).of(stage).map((each) => widened(each, options.context));
  return mostFrequent(copied, options.workingDirectory) ?? usual;
}

class CopiedFolders {
  readonly #model: Model;
  readonly #options: RootsOptions;
  readonly #find: (text: string) => Stage | undefined;
  readonly #known = new Map<Stage, { readonly folders: readonly Roots[]; readonly directory: string }>();

  constructor(model: Model, options: RootsOptions) {
    this.#model = model;
    this.#options = options;
    this.#find = stageFinder(model.stages);
  }

  of(stage: Stage): readonly Roots[] {
    return this.#walk(stage, 0).folders;
  }

  #walk(stage: Stage, depth: number): { readonly folders: readonly Roots[]; readonly directory: string } {
    const known = this.#known.get(stage);
    if (known !== undefined) return known;
    // A base image's own directory shows in the image, unless the file sets another.
    const below =
      stage.base.kind === 'stage' && depth < maxDepth
        ? this.#walk(stage.base.stage, depth + 1)
        : { folders: [], directory: this.#setsDirectory(stage) ? '/' : this.#options.workingDirectory };
    let { directory } = below;
    const folders = [...below.folders];
    for (const item of stage.instructions) {
      const instruction = this.#model.file.items[item];
      if (instruction?.kind !== 'instruction') continue;
      if (instruction.name === 'WORKDIR') {
        directory = workingDirectory(directory, this.#path(instruction.form, item));
      } else if (instruction.name === 'COPY' || instruction.name === 'ADD') {
        folders.push(...this.#copied(instruction, item, directory, depth));
      }
    }
    const found = { folders, directory };
    this.#known.set(stage, found);
    return found;
  }

  #setsDirectory(stage: Stage): boolean {
    return stage.instructions.some((item) => {
      const instruction = this.#model.file.items[item];
      return instruction?.kind === 'instruction' && instruction.name === 'WORKDIR';
    });
  }

  #copied(instruction: Instruction, item: number, directory: string, depth: number): Roots[] {
    const words = wordsOf(instruction).map((word) => this.#text(word, item));
    const destination = words.pop();
    if (destination === undefined) return [];
    const to = workingDirectory(directory, destination);
    const isInto = /(?:^|\/)\.?$/.test(destination) || words.length > 1;
    const from = instruction.flags.find(({ name }) => name === 'from')?.value?.raw;
    const sources = words.filter((word) => word !== undefined && !/^[\w+.-]+:\/\//.test(word)) as string[];
    if (from === undefined) return sources.map((source) => this.#ofContext(source, to, isInto));
    const stage = this.#find(from);
    if (stage === undefined || depth >= maxDepth) return [];
    const { folders } = this.#walk(stage, depth + 1);
    return sources.flatMap((source) => moved(folders, workingDirectory('/', source), to));
  }

  #ofContext(source: string, to: string, isInto: boolean): Roots {
    const { context, isFolder } = this.#options;
    // Never outside of the context, whatever it says.
    const local = resolve(context, workingDirectory('/', source).slice(1));
    if (!/[*?[]/.test(source) && isFolder(local)) return { local, remote: to };
    return { local: dirname(local), remote: isInto ? to : posix.dirname(to) };
  }

  #path(form: Instruction['form'], item: number): string {
    const words = form.kind === 'words' ? form.words : [];
    return words.map((word) => this.#text(word, item) ?? '').join(' ');
  }

  /** Undefined where nobody can know it before the build. */
  #text(word: Word, item: number): string | undefined {
    try {
      const known = definitionsAt(this.#model, item);
      return valueOf(word, (name) => known.get(name)?.value);
    } catch {
      return undefined; // A fault that the build tells.
    }
  }
}

function wordsOf({ form }: Instruction): Word[] {
  if (form.kind !== 'copy') return [];
  if (form.json !== undefined) return form.json.strings.map(({ word }) => word);
  return [...form.sources, ...(form.destination === undefined ? [] : [form.destination])];
}

/** What `COPY --from` brings along of the folders of another stage. */
function moved(folders: readonly Roots[], source: string, to: string): Roots[] {
  return folders.flatMap(({ local, remote }) => {
    const below = posix.relative(source, remote);
    if (!below.startsWith('..')) return [{ local, remote: posix.join(to, below) }];
    const above = posix.relative(remote, source);
    return above.startsWith('..') ? [] : [{ local: join(local, above), remote: to }];
  });
}

/** `src` to `/app/src` says that the folders above are the same ones as well. */
function widened({ local, remote }: Roots, context: string): Roots {
  const inside = relative(context, local)
    .split(sep)
    .filter((part) => part !== '');
  const parts = remote.split('/').filter((part) => part !== '');
  while (inside.length > 0 && inside.at(-1) === parts.at(-1)) {
    inside.pop();
    parts.pop();
  }
  return { local: join(context, ...inside), remote: `/${parts.join('/')}` };
}

/** Of several as frequent, the one at the working directory, then the last. */
function mostFrequent(all: readonly Roots[], directory: string): Roots | undefined {
  const counts = new Map<string, { readonly roots: Roots; count: number }>();
  for (const roots of all) {
    const key = `${roots.local}\0${roots.remote}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { roots, count: 1 });
    else known.count += 1;
  }
  const weight = ({ roots, count }: { roots: Roots; count: number }) =>
    count * 2 + (roots.remote === directory ? 1 : 0);
  return [...counts.values()].toSorted((a, b) => weight(a) - weight(b)).at(-1)?.roots;
}
