// What instructions make of an image's configuration: ENV, LABEL, EXPOSE, CMD and their kin. For the builder, and for the changes
// that `commit` and `import` take.

import type { HealthConfig } from '../api/containers.ts';
import type { OciContainerConfig } from '../oci.ts';
import { expandWord, expandWords, type Lookup } from './expand.ts';
import { readDuration } from '../duration.ts';
import { portFault, splitPort } from './faults/ports.ts';
import { signalFault } from './faults/signals.ts';
import { logicalOffset } from './logical.ts';
import type { CommandForm, Fault, Flag, Instruction, JsonForm, Span, Word } from './tree.ts';

/** A fault that shows only when variables have their values; `fault.span` counts as in the instruction. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

const defaultShell: readonly string[] = ['/bin/sh', '-c'];

/** Whether CMD was given in this stage: ENTRYPOINT forgets the one of the base image. */
export interface StageState {
  readonly hasCmd: boolean;
}

/**
 * The configuration after an instruction; the same one for those that do not change it (RUN, COPY, ADD, ARG, FROM, MAINTAINER).
 * The instruction must be without faults.
 * @throws InstructionError
 */
export function configure(
  config: OciContainerConfig,
  instruction: Instruction,
  lookup: Lookup,
  { hasCmd }: StageState,
): OciContainerConfig {
  const { form } = instruction;
  switch (instruction.name) {
    case 'ENV':
      return { ...config, Env: withPairs(config.Env ?? [], pairsOf(instruction, lookup)) };
    case 'LABEL':
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairsOf(instruction, lookup)) } };
    case 'EXPOSE':
      return { ...config, ExposedPorts: { ...config.ExposedPorts, ...portsOf(instruction, lookup) } };
    case 'VOLUME':
      return { ...config, Volumes: { ...config.Volumes, ...emptied(volumesOf(instruction, lookup)) } };
    case 'USER':
      return { ...config, User: single(instruction, lookup) };
    case 'WORKDIR':
      return { ...config, WorkingDir: workingDirectory(config.WorkingDir ?? '', rest(instruction, lookup)) };
    case 'STOPSIGNAL':
      return { ...config, StopSignal: signalOf(instruction, lookup) };
    case 'CMD':
      return { ...config, Cmd: form.kind === 'command' ? commandOf(config, instruction, form) : [] };
    case 'ENTRYPOINT': {
      const entrypoint = form.kind === 'command' ? commandOf(config, instruction, form) : [];
      const { Cmd, ...others } = config;
      return { ...others, ...(hasCmd && Cmd !== undefined && Cmd !== null ? { Cmd } : {}), Entrypoint: entrypoint };
    }
    case 'SHELL':
      return form.kind === 'command' && form.json !== undefined ? { ...config, Shell: strings(form.json) } : config;
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: healthcheckOf(instruction) };
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), triggerText(instruction)] };
    default:
      return config;
  }
}

/** The words that a command in shell or exec form becomes. */
export function commandOf(config: OciContainerConfig, instruction: Instruction, form: CommandForm): readonly string[] {
  if (form.json?.closed === true) return strings(form.json);
  return [...(config.Shell ?? defaultShell), shellText(instruction, form)];
}

/** The command line of a shell form as a shell gets it, without heredocs' bodies. */
export function shellText({ body }: Instruction, form: CommandForm): string {
  return form.shell === undefined ? '' : body.text.slice(logicalOffset(body, form.shell.start)).trim();
}

function strings({ strings: list }: JsonForm): readonly string[] {
  return list.map(({ value }) => value);
}

/** Names and values of ENV, LABEL and ARG; an ARG without a value is left out. */
export function pairsOf(instruction: Instruction, lookup: Lookup): [string, string][] {
  if (instruction.form.kind !== 'pairs') return [];
  return instruction.form.pairs.flatMap(({ key, value }) =>
    value === undefined ? [] : [[valueOf(key, lookup), valueOf(value, lookup)] as [string, string]],
  );
}

/** @throws InstructionError */
export function valueOf(word: Word, lookup: Lookup): string {
  const { value, fault } = expandWord(word, lookup);
  if (fault !== undefined) throw new InstructionError(fault);
  if (value === undefined) throw tooLong(word.span);
  return value;
}

function tooLong(span: Span): InstructionError {
  return new InstructionError({ code: 'value-too-long', message: 'The value is longer than a builder takes.', span });
}

/** `KEY=value` entries with some more; each name stays where it first was. */
export function withPairs(env: readonly string[], added: readonly (readonly [string, string])[]): readonly string[] {
  const result = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
  for (const [key, value] of added) result.set(key, `${key}=${value}`);
  return [...result.values()];
}

function wordsOf(instruction: Instruction): readonly Word[] {
  const { form } = instruction;
  return form.kind === 'words' ? (form.json?.strings.map(({ word }) => word) ?? form.words) : [];
}

function portsOf(instruction: Instruction, lookup: Lookup): Record<string, Record<string, never>> {
  const ports: Record<string, Record<string, never>> = {};
  for (const word of wordsOf(instruction)) {
    const { values, fault } = expandWords(word, lookup);
    if (fault !== undefined) throw new InstructionError(fault);
    for (const text of values ?? []) {
      const bad = portFault(text);
      if (bad !== undefined) throw new InstructionError({ ...bad, span: word.span });
      Object.assign(ports, emptied(portNames(text)));
    }
  }
  return ports;
}

function portNames(text: string): string[] {
  const { port, protocol } = splitPort(text);
  const [first = 0, last = first] = port.split('-').map(Number);
  const kind = protocol === '' ? 'tcp' : protocol.toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${kind}`);
}

function emptied(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function volumesOf(instruction: Instruction, lookup: Lookup): string[] {
  return wordsOf(instruction).map((word) => {
    const path = valueOf(word, lookup).trim();
    if (path !== '') return path;
    throw new InstructionError({ code: 'empty-volume', message: 'A volume needs a path.', span: word.span });
  });
}

function single(instruction: Instruction, lookup: Lookup): string {
  const [word] = wordsOf(instruction);
  return word === undefined ? '' : valueOf(word, lookup);
}

/** All words of a line as one text: a path may have spaces in it. */
function rest(instruction: Instruction, lookup: Lookup): string {
  return wordsOf(instruction)
    .map((word) => valueOf(word, lookup))
    .join(' ');
}

/** A relative path goes on from the one before. */
export function workingDirectory(before: string, path: string): string {
  const joined = path.startsWith('/') ? path : `${before}/${path}`;
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function signalOf(instruction: Instruction, lookup: Lookup): string {
  const signal = single(instruction, lookup);
  const bad = signalFault(signal);
  const span = wordsOf(instruction)[0]?.span ?? instruction.keywordSpan;
  if (bad !== undefined) throw new InstructionError({ ...bad, span });
  return signal;
}

function healthcheckOf({ form, flags, body }: Instruction): HealthConfig {
  if (form.kind !== 'healthcheck') return {};
  if (form.type?.raw.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  const { command } = form;
  const json = command?.json?.closed === true ? strings(command.json) : undefined;
  const start = command?.shell === undefined ? 0 : logicalOffset(body, command.shell.start);
  const test = json === undefined ? ['CMD-SHELL', body.text.slice(start).trim()] : ['CMD', ...json];
  return {
    Test: test,
    ...duration(flags, 'interval', 'Interval'),
    ...duration(flags, 'timeout', 'Timeout'),
    ...duration(flags, 'start-period', 'StartPeriod'),
    ...duration(flags, 'start-interval', 'StartInterval'),
    ...retries(flags),
  };
}

function duration(flags: readonly Flag[], name: string, key: keyof HealthConfig): HealthConfig {
  const text = flags.find((flag) => flag.name === name)?.value?.raw;
  const ns = text === undefined ? undefined : readDuration(text);
  return typeof ns === 'number' && ns !== 0 ? { [key]: ns } : {};
}

function retries(flags: readonly Flag[]): HealthConfig {
  const text = flags.find(({ name }) => name === 'retries')?.value?.raw;
  return text === undefined || Number(text) === 0 ? {} : { Retries: Number(text) };
}

/** The instruction that is kept, in one line. */
function triggerText({ form, body }: Instruction): string {
  return form.kind === 'onbuild' && form.trigger !== undefined ? body.text.trim() : '';
}
