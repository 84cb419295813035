// Every place of an instruction where a variable's name stands, whatever it means there.

import { variables } from '../../../../runtime/src/spec/dockerfile/scope.ts';
import type { Instruction, Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Command, ShellWord, Statement } from '../../shell/tree.ts';
import { heredocVariables, scriptsOf } from '../scripts.ts';
import { shellAt, type ShellKind, windowsVariables } from '../shells.ts';
import type { DockerfileView } from '../view.ts';

export interface Mention {
  readonly name: string;
  /** Of the name alone. */
  readonly span: Span;
  readonly role: 'definition' | 'assignment' | 'use';
  readonly inShell: boolean;
  /** In CMD, ENTRYPOINT and HEALTHCHECK: a container's shell fills it in, which knows no ARG. */
  readonly atRunTime: boolean;
}

const cache = new WeakMap<Instruction, { readonly kind: ShellKind; readonly mentions: readonly Mention[] }>();

export function mentions(view: DockerfileView, item: number): readonly Mention[] {
  const instruction = view.instruction(item);
  if (instruction === undefined) return [];
  const kind = shellAt(view.model, item);
  const known = cache.get(instruction);
  if (known?.kind === kind) return known.mentions;
  const inShell = kind === 'posix' ? shellMentions(instruction) : windowsMentions(instruction, kind);
  const found = [...definitions(instruction), ...uses(instruction), ...inShell];
  cache.set(instruction, { kind, mentions: found });
  return found;
}

function definitions({ name, form }: Instruction): Mention[] {
  if ((name !== 'ARG' && name !== 'ENV') || form.kind !== 'pairs') return [];
  return form.pairs.flatMap(({ key }) => {
    const [piece] = key.pieces;
    const isPlain = key.pieces.length === 1 && piece?.kind === 'text';
    return isPlain
      ? [{ name: piece.value, span: piece.span, role: 'definition', inShell: false, atRunTime: false }]
      : [];
  });
}

function uses(instruction: Instruction): Mention[] {
  return variables(instruction).map(({ name, nameSpan: span }) => ({
    name,
    span,
    role: 'use',
    inShell: false,
    atRunTime: false,
  }));
}

function shellMentions(instruction: Instruction): Mention[] {
  const atRunTime = instruction.name !== 'RUN';
  const found: Mention[] = [];
  for (const { list } of scriptsOf(instruction)) {
    for (const { name, span, role } of ofList(list)) found.push({ name, span, role, inShell: true, atRunTime });
  }
  for (const { name, nameSpan: span } of heredocVariables(instruction)) {
    found.push({ name, span, role: 'use', inShell: true, atRunTime });
  }
  return found;
}

function windowsMentions(instruction: Instruction, shell: 'powershell' | 'cmd'): Mention[] {
  return windowsVariables(instruction, shell).map(({ name, nameSpan }) => ({
    name,
    span: nameSpan,
    role: 'use',
    inShell: true,
    atRunTime: instruction.name !== 'RUN',
  }));
}

type ShellMention = Pick<Mention, 'name' | 'span' | 'role'>;

function* ofList(list: readonly Statement[]): Generator<ShellMention> {
  for (const { pipeline } of list) for (const command of pipeline.commands) yield* ofCommand(command);
}

function* ofCommand(command: Command): Generator<ShellMention> {
  if (command.kind === 'simple') {
    for (const { name, nameSpan, value } of command.assignments) {
      yield { name, span: nameSpan, role: 'assignment' };
      yield* ofWord(value);
    }
  } else for (const part of command.parts) yield* ofList(part);
  for (const word of command.words) yield* ofWord(word);
  for (const { target } of command.redirects) yield* ofWord(target);
}

function* ofWord(word: ShellWord | undefined): Generator<ShellMention> {
  if (word === undefined) return;
  for (const { name, nameSpan } of word.variables) yield { name, span: nameSpan, role: 'use' };
  for (const list of word.substitutions) yield* ofList(list);
}
