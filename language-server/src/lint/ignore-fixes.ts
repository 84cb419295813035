// Edits that make the linter say no more of something: a pragma above the instruction, or one for the whole file. One that is
// there already is added to.

import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Directive, Item } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { isCheck } from './catalogue.ts';
import type { Diagnostic, Remedy } from './diagnostic.ts';
import { type Pragma, pragmaOf } from './pragmas.ts';
import type { RuleId } from './rule.ts';

/** An edit after which a rule says no more, about the next instruction or of the whole file. */
export interface IgnoreFix extends Pick<Remedy, 'edits'> {
  readonly rule: RuleId;
  readonly reach: 'next' | 'global';
}

/** Ways to leave a diagnostic out from now on; none for what the builder refuses. */
export function ignoreFixes(model: Model, { ids, item, code }: Diagnostic): readonly IgnoreFix[] {
  if (!isRule(code)) return [];
  // hadolint's own pragma is known to most tools, so its number goes before BuildKit's name.
  const name = ids.find((id) => /^(?:DL|SC)\d+$/.test(id)) ?? code;
  const check = ids.find(isCheck);
  const edit = check === undefined ? ignoreEverywhere(model, name) : skipCheck(model, check);
  return [
    { rule: name, reach: 'next', edits: [ignoreAt(model, name, item)] },
    { rule: check ?? name, reach: 'global', edits: [edit] },
  ];
}

function isRule(code: RuleId): boolean {
  return isCheck(code) || /^(?:DL|SC)\d+$/.test(code);
}

type Edit = Remedy['edits'][number];

function ignoreAt(model: Model, name: RuleId, item: number): Edit {
  for (let index = item - 1; index >= 0; index -= 1) {
    const before = model.file.items[index];
    if (before?.kind !== 'comment') break;
    const pragma = pragmaOf(before);
    if (pragma?.kind === 'ignore' && pragma.reach === 'next') return addTo(model, index, name);
  }
  const at = startOf(model, item);
  const indent = /^[ \t]*/.exec(model.file.items[item]?.text ?? '')?.[0] ?? '';
  return { span: { start: at, end: at }, text: `${indent}# hadolint ignore=${name}${lineEnd(model)}` };
}

function ignoreEverywhere(model: Model, name: RuleId): Edit {
  const isGlobal = (pragma: Pragma | undefined) => pragma?.kind === 'ignore' && pragma.reach === 'global';
  const index = model.file.items.findIndex((item) => item.kind === 'comment' && isGlobal(pragmaOf(item)));
  if (index >= 0) return addTo(model, index, name);
  const at = startOf(model, afterDirectives(model.file.items));
  return { span: { start: at, end: at }, text: `# hadolint global ignore=${name}${lineEnd(model)}` };
}

/** Puts a name at the end of a pragma's list, before a comment behind it. */
function addTo(model: Model, index: number, name: RuleId): Edit {
  const item = model.file.items[index];
  const text = item?.kind === 'comment' ? item.text.slice(0, item.span.end) : '';
  const comment = text.indexOf('#', text.indexOf('='));
  const list = text.slice(0, comment < 0 ? text.length : comment).trimEnd();
  const at = startOf(model, index) + list.length;
  return { span: { start: at, end: at }, text: `,${name}` };
}

function skipCheck(model: Model, name: RuleId): Edit {
  const { items } = model.file;
  const index = items.findIndex((item) => item.kind === 'directive' && item.name === 'check');
  const directive = items[index];
  if (directive?.kind === 'directive') return addToDirective(directive, startOf(model, index), name);
  const at = startOf(model, afterDirectives(items));
  return { span: { start: at, end: at }, text: `# check=skip=${name}${lineEnd(model)}` };
}

function addToDirective({ value, valueSpan }: Directive, start: number, name: RuleId): Edit {
  const list = /(?:^|;)\s*skip=([^;\s]*)/.exec(value);
  const end = list === null ? value.length : list.index + list[0].length;
  const at = start + valueSpan.start + end;
  const before = list === null ? (value === '' ? 'skip=' : ';skip=') : list[1] === '' ? '' : ',';
  return { span: { start: at, end: at }, text: `${before}${name}` };
}

function afterDirectives(items: readonly Item[]): number {
  const index = items.findIndex((item) => item.kind !== 'directive' && !/^\uFEFF?$/.test(item.text));
  return index < 0 ? items.length : index;
}

function startOf({ file }: Model, item: number): number {
  return file.starts[item] ?? file.text.length;
}

function lineEnd({ file }: Model): string {
  return /\r?\n/.exec(file.text)?.[0] ?? '\n';
}
