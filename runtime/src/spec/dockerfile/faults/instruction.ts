// Everything that the builder refuses in one instruction by its text alone.

import { instructionNames, nearestName } from '../names.ts';
import type { Fault, Flag, Instruction } from '../tree.ts';
import { addArgumentFaults } from './arguments.ts';
import { addDurationFault, addRetriesFault } from './durations.ts';
import { addFlagFaults } from './flags.ts';
import { literalValue } from './literal.ts';
import { addDeviceFaults, addMountFaults } from './mounts.ts';
import { addPortFault } from './ports.ts';
import { addSignalFault } from './signals.ts';
import { addSourceFaults } from './sources.ts';
import { excerpt, hint, quote } from '../quote.ts';

/** Adds what is wrong with an instruction; of one that ONBUILD keeps, only what is wrong with itself. */
export function addInstructionFaults(instruction: Instruction, faults: Fault[]): void {
  if (instruction.name === undefined) {
    faults.push(unknownInstruction(instruction));
    return;
  }
  addFlagFaults(instruction, faults);
  addArgumentFaults(instruction, faults);
  addValueFaults(instruction, faults);
}

function unknownInstruction({ keyword, keywordSpan }: Instruction): Fault {
  const near = nearestName(keyword.toUpperCase(), instructionNames);
  const suggestion = near === undefined || keyword !== keyword.toLowerCase() ? near : near.toLowerCase();
  const reason = `There is no instruction ${excerpt(keyword)}.`;
  const message = keyword === '' ? 'An instruction is missing here.' : `${reason} ${hint(suggestion, '')}`.trimEnd();
  return {
    code: 'unknown-instruction',
    message,
    span: keywordSpan,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function addValueFaults(instruction: Instruction, faults: Fault[]): void {
  const { form, flags } = instruction;
  switch (instruction.name) {
    case 'RUN':
      for (const flag of flags) addRunFlagFault(flag, faults);
      break;
    case 'ADD':
    case 'COPY':
      if (form.kind === 'copy') addSourceFaults(instruction, form, faults);
      break;
    case 'EXPOSE':
      if (form.kind === 'words') for (const word of form.words) addPortFault(word, faults);
      break;
    case 'STOPSIGNAL':
      if (form.kind === 'words') addSignalFault(form.words[0], faults);
      break;
    case 'HEALTHCHECK':
      if (form.kind === 'healthcheck' && form.type?.raw.toUpperCase() !== 'NONE') {
        for (const { name, value } of flags) {
          if (name === 'retries') addRetriesFault(value, faults);
          else if (/^(?:interval|timeout|start-period|start-interval)$/.test(name))
            addDurationFault(name, value, faults);
        }
      }
      break;
    default:
      break;
  }
}

const modes: Readonly<Record<string, readonly string[]>> = {
  network: ['default', 'none', 'host'],
  security: ['sandbox', 'insecure'],
};

function addRunFlagFault(flag: Flag, faults: Fault[]): void {
  if (flag.name === 'mount') addMountFaults(flag, faults);
  else if (flag.name === 'device') addDeviceFaults(flag, faults);
  else if (Object.hasOwn(modes, flag.name)) addModeFault(flag, modes[flag.name] ?? [], faults);
}

function addModeFault({ name, value }: Flag, known: readonly string[], faults: Fault[]): void {
  if (value === undefined) return;
  const text = literalValue(value) ?? value.raw;
  if (known.includes(text)) return;
  const suggestion = nearestName(text, known);
  faults.push({
    code: `invalid-${name}`,
    message: `--${name} is ${known.join(' or ')}, not ${quote(text)}.`,
    span: value.span,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
