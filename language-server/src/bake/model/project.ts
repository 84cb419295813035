// The files that Bake reads together with the one that is edited, and the Dockerfile of a target.
// https://docs.docker.com/build/bake/reference/#file-format

import { readBuildFile, summary, unreadable, type BuildFileReading } from '../../language/build-file.ts';
import type { Context } from '../../language/context.ts';
import { fileName, resolveUri } from '../../language/uri.ts';
import { attributeOf, type Expression } from '../hcl/tree.ts';
import { parse, type BakeView } from '../view.ts';
import { evaluate } from './evaluate.ts';
import { analyse, definitionsOf, itemsOf, lastOf, type BakeModel, type Definition } from './model.ts';

const bakeFiles = ['docker-bake.hcl', 'docker-bake.json', 'docker-bake.override.hcl', 'docker-bake.override.json'];
const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

export interface BakeProject {
  /** The edited file first. */
  readonly files: readonly { readonly uri: string; readonly model: BakeModel }[];
  /** Whether all that Bake reads could be read: services of a Compose file are targets too. */
  readonly complete: boolean;
}

const kept = new WeakMap<Context['files'], Map<string, { readonly text: string; readonly model: BakeModel }>>();
const maximumKept = 50;

export function projectOf({ document, model }: BakeView, context: Context): BakeProject {
  const files = [{ uri: document.uri, model }];
  let complete = true;
  for (const name of bakeFiles.includes(fileName(document.uri)) ? [...bakeFiles, ...composeFiles] : []) {
    const uri = resolveUri(document.uri, name);
    if (uri === undefined || uri === document.uri) continue;
    const known = context.files.text(uri);
    if (known.kind === 'absent') continue;
    if (known.kind === 'unknown' || composeFiles.includes(name)) complete = false;
    else files.push({ uri, model: modelOf(uri, known.value, context) });
  }
  return { files, complete };
}

function modelOf(uri: string, text: string, context: Context): BakeModel {
  const models = kept.get(context.files) ?? new Map<string, { readonly text: string; readonly model: BakeModel }>();
  kept.set(context.files, models);
  const before = models.get(uri);
  if (before?.text === text) return before.model;
  if (models.size >= maximumKept) models.clear();
  const model = analyse(parse(uri, text));
  models.set(uri, { text, model });
  return model;
}

/** Targets whose attributes one target takes over, or that take over its own; nobody writes as many. */
const maximumParents = 100;

/** The expression of an attribute of a target, its own or one that it takes over. */
export function inherited(target: Definition, name: string, project: BakeProject): Expression | undefined {
  return lookUp(target.name, name, project, new Set());
}

function lookUp(target: string, name: string, project: BakeProject, seen: Set<string>): Expression | undefined {
  if (seen.has(target) || seen.size >= maximumParents) return undefined;
  seen.add(target);
  const blocks = project.files
    .flatMap(({ model }) => definitionsOf(model, 'target', target))
    .flatMap(({ block }) => block ?? []);
  for (const block of blocks.toReversed()) {
    const own = attributeOf(block.body, name);
    if (own !== undefined) return own.value;
  }
  const parents = blocks.flatMap((block) => itemsOf(attributeOf(block.body, 'inherits')?.value)).toReversed();
  for (const { text } of parents) {
    const value = lookUp(text, name, project, seen);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Whether all that a target takes over is known: parents may be named by variables, or be in files that are not read here. */
function knowsParents(target: string, project: BakeProject): boolean {
  const pending = [target];
  const seen = new Set(pending);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const definitions = project.files.flatMap(({ model }) => definitionsOf(model, 'target', name));
    if (definitions.length === 0 || seen.size > maximumParents) return false;
    for (const { block } of definitions) {
      const value = attributeOf(block?.body, 'inherits')?.value;
      const parents = itemsOf(value);
      if (value !== undefined && (value.kind !== 'tuple' || value.items.length > parents.length)) return false;
      for (const { text } of parents) {
        if (!seen.has(text)) pending.push(text);
        seen.add(text);
      }
    }
  }
  return true;
}

/** The targets that take over what a target has, through others too; undefined where there are too many. */
export function heirsOf(target: Definition, project: BakeProject): readonly Definition[] | undefined {
  const children = heirs.get(project) ?? childrenIn(project);
  heirs.set(project, children);
  const found = new Set<Definition>();
  const pending = [target.name];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    for (const child of children.get(name) ?? []) {
      if (found.size >= maximumParents) return undefined;
      if (found.has(child)) continue;
      found.add(child);
      pending.push(child.name);
    }
  }
  return [...found];
}

const heirs = new WeakMap<BakeProject, ReadonlyMap<string, readonly Definition[]>>();

function childrenIn(project: BakeProject): ReadonlyMap<string, readonly Definition[]> {
  const children = new Map<string, Definition[]>();
  for (const target of project.files.flatMap(({ model }) => lastOf(model, 'target'))) {
    for (const { text } of itemsOf(attributeOf(target.block?.body, 'inherits')?.value)) {
      const known = children.get(text);
      if (known === undefined) children.set(text, [target]);
      else known.push(target);
    }
  }
  return children;
}

/** The Dockerfile of a target, which may be in the Bake file itself. */
export function buildFileOf(
  view: BakeView,
  target: Definition,
  project: BakeProject,
  context: Context,
): BuildFileReading {
  if (!knowsParents(target.name, project)) return unreadable;
  const textOf = (name: string, otherwise: string) => {
    const expression = inherited(target, name, project);
    const value = expression === undefined ? otherwise : evaluate(expression, view.model, context.environment);
    return typeof value === 'string' ? value : undefined;
  };
  const inline = inherited(target, 'dockerfile-inline', project);
  if (inline !== undefined) {
    const text = evaluate(inline, view.model, context.environment);
    return typeof text === 'string' && text !== ''
      ? { kind: 'known', file: summary(view.document.uri, text) }
      : unreadable;
  }
  const folder = textOf('context', '.');
  const dockerfile = textOf('dockerfile', 'Dockerfile');
  if (folder === undefined || dockerfile === undefined || /^[\w.-]+@|:\/\/|\.git(?:#|$)/.test(folder))
    return unreadable;
  const path = dockerfile.startsWith('/') ? dockerfile : `${folder === '' ? '.' : folder}/${dockerfile}`;
  const uri = resolveUri(view.document.uri, path);
  return uri === undefined ? unreadable : readBuildFile(uri, context);
}
