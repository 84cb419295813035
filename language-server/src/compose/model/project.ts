// The files that Compose reads together with the one that is edited: what it includes, the base of an override and its override,
// `.env`. Everything is read from memory; while a file is not there yet, `complete` is false and nobody says that a name is missing.

import type { Context } from '../../language/context.ts';
import type { Neighbours } from '../../language/language.ts';
import { fileName, resolveUri } from '../../language/uri.ts';
import { itemsOf, textOf, valueOf, type Node, type Scalar } from '../yaml/tree.ts';
import type { ComposeView } from '../view.ts';
import type { ComposeModel, Definition } from './model.ts';
import type { NameKind } from './roles.ts';

export interface ProjectFile {
  readonly uri: string;
  readonly model: ComposeModel;
  readonly how: 'include' | 'merge';
}

/** Where a variable has its value from. */
export interface VariableValue {
  readonly value: string;
  readonly from: 'environment' | 'file';
  /** Of `file`. */
  readonly uri?: string;
  readonly at?: number;
}

export interface Project {
  /** Without the file that is edited. */
  readonly files: readonly ProjectFile[];
  /** Whether every file that the project names could be read. */
  readonly complete: boolean;
  /** Includes that lead back to a file that includes them. */
  readonly rings: readonly Scalar[];
  readonly variables: ReadonlyMap<string, VariableValue>;
  /** Whether `.env` is known, or known not to be there. */
  readonly variablesComplete: boolean;
}

const maximumFiles = 100;

export function projectOf(view: ComposeView, context: Context): Project {
  const reading = new Reading(view, context);
  reading.includes(view.document.uri, view.model, [view.document.uri]);
  for (const uri of companions(view.document.uri)) reading.merge(uri);
  return { ...reading.result, ...variablesOf(view, context) };
}

/** A definition in the other files of the project. */
export function definitionElsewhere(
  project: Project,
  of: NameKind,
  name: string,
): { readonly uri: string; readonly definition: Definition } | undefined {
  for (const { uri, model } of project.files) {
    const definition = model.definitions.get(of)?.get(name);
    if (definition !== undefined) return { uri, definition };
  }
  return undefined;
}

class Reading {
  readonly #files = new Map<string, ProjectFile>();
  readonly #rings: Scalar[] = [];
  readonly #view: ComposeView;
  readonly #context: Context;
  #complete = true;

  constructor(view: ComposeView, context: Context) {
    this.#view = view;
    this.#context = context;
  }

  get result() {
    return { files: [...this.#files.values()], complete: this.#complete, rings: this.#rings };
  }

  /** @param way the files that lead here, this one last */
  includes(uri: string, model: ComposeModel, way: readonly string[]): void {
    for (const scalar of includedPaths(model)) {
      const target = resolveUri(uri, scalar.text);
      if (target === undefined || scalar.text.includes('$')) this.#complete = false;
      else if (way.includes(target)) {
        if (uri === this.#view.document.uri || target === this.#view.document.uri) this.#ring(scalar, way);
      } else this.#include(target, way);
    }
  }

  merge(uri: string): void {
    const known = this.#context.files.text(uri);
    if (known.kind === 'unknown') this.#complete = false;
    if (known.kind !== 'known' || this.#files.has(uri)) return;
    const model = this.#view.related.model(uri, known.value);
    this.#files.set(uri, { uri, model, how: 'merge' });
    this.includes(uri, model, [this.#view.document.uri, uri]);
  }

  #include(uri: string, way: readonly string[]): void {
    if (this.#files.has(uri)) return;
    const known = this.#files.size < maximumFiles ? this.#context.files.text(uri) : ({ kind: 'unknown' } as const);
    if (known.kind !== 'known') {
      this.#complete = false;
      return;
    }
    const model = this.#view.related.model(uri, known.value);
    this.#files.set(uri, { uri, model, how: 'include' });
    this.includes(uri, model, [...way, uri]);
  }

  /** The include of the edited file that the ring begins with. */
  #ring(scalar: Scalar, way: readonly string[]): void {
    const [own, next] = way;
    if (own === undefined || next === undefined) {
      this.#rings.push(scalar);
      return;
    }
    const first = includedPaths(this.#view.model).find((each) => resolveUri(own, each.text) === next);
    if (first !== undefined && !this.#rings.includes(first)) this.#rings.push(first);
  }
}

/** What `include` names, in the short and in the long form. */
export function includedPaths(model: ComposeModel): readonly Scalar[] {
  const scalars = (node: Node | undefined): Scalar[] => {
    if (node?.kind === 'scalar') return node.text === '' ? [] : [node];
    return itemsOf(node).flatMap((item) => (item.kind === 'scalar' ? [item] : []));
  };
  return itemsOf(valueOf(model.file.root, 'include')).flatMap((item) =>
    item.kind === 'mapping' ? scalars(valueOf(item, 'path')) : scalars(item),
  );
}

/** Files that Compose reads beside this one by itself: the override of a base, and the base that anything else overrides. */
function companions(uri: string): readonly string[] {
  const match = /^(docker-)?compose([.-].+)?\.ya?ml$/.exec(fileName(uri));
  if (match === null) return [];
  const names = ['compose', 'docker-compose'].flatMap((name) => [`${name}.yaml`, `${name}.yml`]);
  const others = match[2] === undefined ? names.map((name) => name.replace(/\.(ya?ml)$/, '.override.$1')) : names;
  return others.flatMap((name) => resolveUri(uri, name) ?? []).filter((other) => other !== uri);
}

/** What is read beside a file whatever stands in it. */
export function neighboursOf(uri: string): Neighbours {
  const variables = variableFile(uri);
  return { texts: [...companions(uri), ...(variables === undefined ? [] : [variables])], folders: [] };
}

function variableFile(uri: string): string | undefined {
  return resolveUri(uri, '.env');
}

function variablesOf(view: ComposeView, context: Context) {
  const variables = new Map<string, VariableValue>();
  const uri = variableFile(view.document.uri);
  const known = uri === undefined ? ({ kind: 'absent' } as const) : context.files.text(uri);
  if (known.kind === 'known' && uri !== undefined) {
    for (const { name, value, at } of view.related.variables(uri, known.value))
      variables.set(name, { value, from: 'file', uri, at });
  }
  for (const [name, value] of context.environment) variables.set(name, { value, from: 'environment' });
  return { variables, variablesComplete: known.kind !== 'unknown' };
}

/** Name of the project: what the environment or the file says, or the folder. */
export function projectName(view: ComposeView, { variables }: Project): string {
  const given = variables.get('COMPOSE_PROJECT_NAME')?.value;
  if (given !== undefined && given !== '') return given;
  const named = textOf(valueOf(view.file.root, 'name'));
  if (named !== undefined && named !== '' && !named.includes('$')) return named;
  const folder = fileName(view.document.uri.slice(0, view.document.uri.lastIndexOf('/')));
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}
