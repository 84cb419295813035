// Above each target and group: what it builds, with what it takes over and what variables stand for.

import type { CodeLens } from 'vscode-languageserver';
import type { Context } from '../../language/context.ts';
import { fileName } from '../../language/uri.ts';
import { evaluate } from '../model/evaluate.ts';
import { builtTargets, type Definition, lastOf } from '../model/model.ts';
import { buildFileOf, inherited, projectOf, type BakeProject } from '../model/project.ts';
import type { BakeView } from '../view.ts';

/** Editors draw a lens on one line. */
const longest = 200;

export function codeLenses(view: BakeView, context: Context): CodeLens[] {
  const project = projectOf(view, context);
  const groups = lastOf(view.model, 'group').map((group) => ({
    span: group.nameSpan,
    title: listed('builds', builtTargets(view.model, group.name)),
  }));
  const targets = lastOf(view.model, 'target').map((target) => ({
    span: target.nameSpan,
    title: targetText(view, target, project, context),
  }));
  return [...groups, ...targets].flatMap(({ span, title }) =>
    // A lens without a command is a text.
    title === '' ? [] : [{ range: view.document.range(span.start, span.end), command: { title, command: '' } }],
  );
}

/** `builds stage app of Dockerfile as web:1, web:latest`; parts that only a build knows are left out. */
function targetText(view: BakeView, target: Definition, project: BakeProject, context: Context): string {
  const reading = buildFileOf(view, target, project, context);
  if (reading.kind !== 'known') return '';
  const worth = (name: string) => evaluate(inherited(target, name, project), view.model, context.environment);
  const { uri } = reading.file;
  const file = uri === view.document.uri ? 'the Dockerfile here' : fileName(uri);
  const stage = worth('target');
  const tags = inherited(target, 'tags', project);
  const names = (tags?.kind === 'tuple' ? tags.items : []).flatMap((item) => {
    const name = evaluate(item, view.model, context.environment);
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
  const what = `builds ${typeof stage === 'string' && stage !== '' ? `stage ${stage} of ` : ''}${file}`;
  return names.length === 0 ? shown(what) : listed(`${what} as`, names);
}

function listed(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : shown(`${what} ${names.join(', ')}`);
}

function shown(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ');
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
