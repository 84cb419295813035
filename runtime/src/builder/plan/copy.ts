// COPY and ADD, evaluated: which sources, from where, to where, and with which owner and mode.

import { valueOf, workingDirectory } from '../../spec/dockerfile/configure.ts';
import { expandWord, type Lookup } from '../../spec/dockerfile/expand.ts';
import { logicalOffset } from '../../spec/dockerfile/logical.ts';
import { sourceKind } from '../../spec/dockerfile/faults/sources.ts';
import type { Heredoc, Instruction, Variable, Word } from '../../spec/dockerfile/tree.ts';
import type { CopyOperation, CopySource, Origin } from '../contract.ts';

interface CopyScope {
  readonly lookup: Lookup;
  readonly workingDir: string;
  readonly origin: (from: string | undefined) => Promise<Origin>;
}

type Parts = Omit<CopyOperation, 'kind' | 'index' | 'stage' | 'text' | 'source' | 'config' | 'history' | 'usesCache'>;

export async function copyParts(instruction: Instruction, { lookup, workingDir, origin }: CopyScope): Promise<Parts> {
  const { form, flags, heredocs } = instruction;
  const isAdd = instruction.name === 'ADD';
  const flag = (name: string) => flags.find((each) => each.name === name);
  const text = (name: string) => {
    const word = flag(name)?.value;
    return word === undefined ? undefined : valueOf(word, lookup);
  };
  const words =
    form.kind === 'copy'
      ? (form.json?.strings.map(({ word }) => word) ?? [...form.sources, ...lastOf(form.destination)])
      : [];
  const values = words.map((word) => valueOf(word, lookup));
  const destination = values.pop() ?? '';
  const sources: CopySource[] = [
    ...values.map((value) => sourceOf(value, isAdd)),
    ...heredocs.map((heredoc) => ({
      kind: 'inline' as const,
      name: heredoc.delimiter,
      text: heredocText(heredoc, lookup),
    })),
  ];
  const unpack = isAdd ? booleanOf(flag('unpack')) : false;
  return {
    from: await origin(flag('from')?.value?.raw),
    sources,
    destination: workingDirectory(workingDir, destination),
    intoDirectory: /(?:^|\/)\.?$/.test(destination) || sources.length > 1,
    chown: text('chown'),
    chmod: text('chmod'),
    link: booleanOf(flag('link')) === true,
    parents: booleanOf(flag('parents')) === true,
    exclude: flags.flatMap(({ name, value }) =>
      name === 'exclude' && value !== undefined ? [valueOf(value, lookup)] : [],
    ),
    unpack,
    checksum: text('checksum'),
    keepGitDir: booleanOf(flag('keep-git-dir')) === true,
  };
}

function lastOf(word: Word | undefined): readonly Word[] {
  return word === undefined ? [] : [word];
}

function booleanOf(flag: Instruction['flags'][number] | undefined): boolean | undefined {
  if (flag === undefined) return undefined;
  return flag.value === undefined || /^(?:1|t|true)$/i.test(flag.value.raw);
}

function sourceOf(value: string, isAdd: boolean): CopySource {
  const kind = isAdd ? sourceKind(value) : 'file';
  if (kind === 'http') return { kind: 'http', address: value };
  if (kind !== 'git') return { kind: 'path', path: value };
  const hash = value.indexOf('#');
  const address = hash < 0 ? value : value.slice(0, hash);
  const [ref = '', folder = ''] = hash < 0 ? [] : value.slice(hash + 1).split(':');
  return { kind: 'git', address, ref, folder };
}

/** The body of a heredoc with its variables filled in, where its delimiter is not quoted. */
function heredocText(heredoc: Heredoc, lookup: Lookup): string {
  if (!heredoc.expand || heredoc.variables.length === 0) return heredoc.body.text;
  return fillIn(heredoc, heredoc.variables, lookup);
}

function fillIn({ body }: Heredoc, variables: readonly Variable[], lookup: Lookup): string {
  let text = '';
  let at = 0;
  for (const variable of variables) {
    const start = logicalOffset(body, variable.span.start);
    if (start < at) continue;
    const { value } = expandWord({ span: variable.span, raw: '', pieces: [variable] }, lookup);
    text += body.text.slice(at, start) + (value ?? '');
    at = logicalOffset(body, variable.span.end - 1) + 1;
  }
  return text + body.text.slice(at);
}
