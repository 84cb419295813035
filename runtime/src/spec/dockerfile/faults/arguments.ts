// Arguments that are missing, too many, or in a form that the builder does not take.

import { nearestName } from '../names.ts';
import type {
  CopyForm,
  Fault,
  FromForm,
  HealthcheckForm,
  Instruction,
  InstructionName,
  OnbuildForm,
  PairsForm,
  WordsForm,
} from '../tree.ts';
import { quote } from '../quote.ts';

export function addArgumentFaults(instruction: Instruction, faults: Fault[]): void {
  const { name, form } = instruction;
  if (name === undefined) return;
  switch (form.kind) {
    case 'from':
      return addFrom(instruction, form, faults);
    case 'pairs':
      return addPairs(instruction, name, form, faults);
    case 'copy':
      return addCopy(instruction, name, form, faults);
    case 'words':
      return addWords(instruction, name, form, faults);
    case 'healthcheck':
      return addHealthcheck(instruction, form, faults);
    case 'onbuild':
      return addOnbuild(instruction, form, faults);
    case 'command':
      if (name === 'SHELL') addShell(instruction, faults);
      return;
    default:
      return;
  }
}

function missing(instruction: Instruction, message: string): Fault {
  return { code: 'missing-argument', message, span: instruction.keywordSpan };
}

const stageNamePattern = /^[a-z][a-z0-9._-]*$/;

function addFrom(instruction: Instruction, { image, as, stageName, extra }: FromForm, faults: Fault[]): void {
  const usage = 'FROM image, or FROM image AS stage';
  const last = extra.at(-1);
  if (image === undefined) {
    faults.push(missing(instruction, `FROM needs an image: ${usage}.`));
  } else if (as !== undefined && stageName === undefined) {
    const message =
      as.raw.toUpperCase() === 'AS' ? 'The name of the stage is missing after AS' : `${quote(as.raw)} is too much`;
    faults.push({ code: 'from-arguments', message: `${message}: ${usage}.`, span: as.span });
  } else if (last !== undefined) {
    const span = { start: extra[0]?.span.start ?? last.span.start, end: last.span.end };
    faults.push({ code: 'from-arguments', message: `That is too much for FROM: ${usage}.`, span });
  } else if (as !== undefined && as.raw.toUpperCase() !== 'AS') {
    const message = `AS is expected here, not ${quote(as.raw)}: ${usage}.`;
    faults.push({ code: 'from-as', message, span: as.span, suggestion: 'AS' });
  } else if (stageName !== undefined && !stageNamePattern.test(stageName.raw.toLowerCase())) {
    const message = `${quote(stageName.raw)} cannot be a stage's name: it begins with a letter and has only letters, digits, "-", "_" and ".".`;
    faults.push({ code: 'invalid-stage-name', message, span: stageName.span });
  }
}

function addPairs(instruction: Instruction, name: InstructionName, { pairs }: PairsForm, faults: Fault[]): void {
  if (pairs.length === 0) faults.push(missing(instruction, `${name} needs a name: ${name} name=value.`));
  for (const { key, span } of pairs) {
    if (key.raw === '') faults.push({ code: 'blank-name', message: `A name is missing before the =.`, span });
  }
}

function addCopy(instruction: Instruction, name: InstructionName, form: CopyForm, faults: Fault[]): void {
  const { sources, destination, json } = form;
  const usage = `${name} needs at least one source and a destination.`;
  const isJson = json?.closed === true;
  const announced = isJson ? 0 : instruction.heredocs.length;
  const count = sources.length + announced + (destination === undefined ? 0 : 1);
  if (count < 2) {
    const span = destination?.span ?? (isJson ? json.span : instruction.keywordSpan);
    faults.push({ code: 'missing-destination', message: usage, span });
    return;
  }
  const last = instruction.heredocs.at(-1);
  if (destination !== undefined || last === undefined) return;
  faults.push({
    code: 'heredoc-destination',
    message: `A heredoc cannot be the destination of ${name}.`,
    span: last.span,
  });
}

function addWords(instruction: Instruction, name: InstructionName, { words, json }: WordsForm, faults: Fault[]): void {
  if (words.length === 0) {
    const fault = missing(instruction, `${name} needs an argument.`);
    faults.push(json?.closed === true ? { ...fault, span: json.span } : fault);
  }
  if (name !== 'VOLUME') return;
  for (const string of json?.closed === true ? json.strings : []) {
    if (string.value.trim() !== '') continue;
    faults.push({ code: 'empty-volume', message: 'The path of a volume cannot be empty.', span: string.span });
  }
}

function addHealthcheck(instruction: Instruction, form: HealthcheckForm, faults: Fault[]): void {
  const { type, command, extra } = form;
  const usage = 'HEALTHCHECK CMD command, or HEALTHCHECK NONE';
  if (type === undefined) {
    faults.push(missing(instruction, `HEALTHCHECK needs an argument: ${usage}.`));
    return;
  }
  const kind = type.raw.toUpperCase();
  const last = extra.at(-1);
  if (kind === 'NONE') {
    if (last === undefined) return;
    const span = { start: extra[0]?.span.start ?? last.span.start, end: last.span.end };
    faults.push({ code: 'healthcheck-none-arguments', message: 'Nothing stands after HEALTHCHECK NONE.', span });
  } else if (kind === 'CMD') {
    const isEmpty = command?.json?.closed === true ? command.json.strings.length === 0 : command?.shell === undefined;
    if (!isEmpty) return;
    const message = 'The command is missing after HEALTHCHECK CMD.';
    faults.push({ code: 'healthcheck-missing-command', message, span: type.span });
  } else {
    const suggestion = nearestName(kind, ['CMD', 'NONE']) ?? 'CMD';
    const message = `${quote(type.raw)} is no kind of health check: ${usage}.`;
    faults.push({ code: 'healthcheck-type', message, span: type.span, suggestion });
  }
}

function addOnbuild(instruction: Instruction, { trigger }: OnbuildForm, faults: Fault[]): void {
  if (instruction.body.text === '') {
    faults.push(missing(instruction, 'ONBUILD needs an instruction to keep.'));
  } else if (trigger?.name === 'ONBUILD') {
    const message = 'ONBUILD cannot keep another ONBUILD.';
    faults.push({ code: 'onbuild-chained', message, span: trigger.keywordSpan });
  } else if (trigger?.name === 'FROM' || trigger?.name === 'MAINTAINER') {
    const message = `ONBUILD cannot keep ${trigger.name}.`;
    faults.push({ code: 'onbuild-trigger', message, span: trigger.keywordSpan });
  }
}

function addShell(instruction: Instruction, faults: Fault[]): void {
  if (instruction.form.kind !== 'command') return;
  const { json, shell } = instruction.form;
  const usage = 'SHELL ["program", "argument"]';
  if (json?.closed === true) {
    if (json.strings.length > 0) return;
    faults.push({ code: 'empty-shell', message: `SHELL needs at least a program: ${usage}.`, span: json.span });
  } else if (shell === undefined) {
    faults.push(missing(instruction, `SHELL needs an argument: ${usage}.`));
  } else {
    faults.push({ code: 'shell-not-json', message: `SHELL takes a JSON array only: ${usage}.`, span: shell });
  }
}
