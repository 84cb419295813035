// Flags that the builder does not take: unknown ones, ones given twice, without the value they need, or with one that they cannot have.

import { nearestName } from '../names.ts';
import type { Fault, Flag, Instruction, InstructionName } from '../tree.ts';
import { excerpt, hint, quote } from '../quote.ts';

type FlagKind = 'boolean' | 'text' | 'texts';

/** The flags of each instruction. ARG, STOPSIGNAL and HEALTHCHECK NONE pass over any. */
export const instructionFlags: Readonly<Partial<Record<InstructionName, Readonly<Record<string, FlagKind>>>>> = {
  FROM: { platform: 'text' },
  RUN: { mount: 'texts', network: 'text', security: 'text', device: 'texts' },
  COPY: { chown: 'text', from: 'text', chmod: 'text', link: 'boolean', exclude: 'texts', parents: 'boolean' },
  ADD: {
    chown: 'text',
    chmod: 'text',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'text',
    unpack: 'boolean',
    exclude: 'texts',
  },
  HEALTHCHECK: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
};

const unchecked: ReadonlySet<InstructionName> = new Set(['ARG', 'STOPSIGNAL']);

export function addFlagFaults({ name, flags, form }: Instruction, faults: Fault[]): void {
  if (flags.length === 0 || name === undefined || unchecked.has(name)) return;
  if (form.kind === 'healthcheck' && form.type?.raw.toUpperCase() === 'NONE') return;
  const known = instructionFlags[name] ?? {};
  const seen = new Set<string>();
  for (const flag of flags) {
    const kind = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
    if (kind === undefined) {
      faults.push(unknownFlag(name, flag, Object.keys(known)));
      continue;
    }
    if (seen.has(flag.name) && kind !== 'texts') {
      faults.push({ code: 'duplicate-flag', message: `--${flag.name} is given twice.`, span: flagSpan(flag) });
    }
    seen.add(flag.name);
    const fault = valueFault(flag, kind);
    if (fault !== undefined) faults.push(fault);
  }
}

function flagSpan({ span, nameSpan }: Flag): Fault['span'] {
  return { start: span.start, end: nameSpan.end };
}

function unknownFlag(instruction: string, flag: Flag, known: readonly string[]): Fault {
  const suggestion = nearestName(flag.name, known);
  const list = `There ${known.length === 1 ? 'is' : 'are'} ${known.map((name) => `--${name}`).join(', ')}.`;
  const message =
    known.length === 0
      ? `${instruction} has no flags. What begins with -- needs a lone -- before it.`
      : `${instruction} has no flag --${excerpt(flag.name)}. ${hint(suggestion && `--${suggestion}`, list)}`;
  return {
    code: 'unknown-flag',
    message,
    span: flagSpan(flag),
    ...(suggestion === undefined ? {} : { suggestion: `--${suggestion}` }),
  };
}

function valueFault({ name, nameSpan, value, span }: Flag, kind: FlagKind): Fault | undefined {
  if (kind !== 'boolean') {
    if (value !== undefined) return undefined;
    return { code: 'missing-flag-value', message: `--${name} needs a value: --${name}=…`, span: nameSpan };
  }
  if (value === undefined) return undefined;
  const text = value.pieces.map((piece) => (piece.kind === 'text' ? piece.value : '$')).join('');
  if (text === '') {
    return {
      code: 'missing-flag-value',
      message: `The value of --${name}= is missing: true or false.`,
      span: nameSpan,
    };
  }
  if (/^(?:true|false)$/i.test(text)) return undefined;
  const message = `--${name} is true or false, not ${quote(text)}.`;
  return { code: 'invalid-boolean', message, span: value.raw === '' ? span : value.span };
}
