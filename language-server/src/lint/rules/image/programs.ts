// Programs and shells that an image has not, or that cannot run on its platform.

import type { JsonForm } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { baseFacts, baseReference, instructionsBefore, isUnchanged, standsOnScratch } from '../../base-image.ts';
import type { FileContext, FileFinding, FileRule } from '../../rule.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const missingShell: FileRule = {
  scope: 'file',
  instructions: ['RUN'],
  id: 'missing-shell',
  severity: 'error',
  title: 'RUN in shell form needs a shell in the image',
  *check(context) {
    for (const stage of context.model.stages) {
      // Of most bases nothing is known.
      if (!standsOnScratch(stage) && baseFacts(stage, context.knowledge) === undefined) continue;
      const item = stage.instructions.find((index) => usesShell(context, index));
      if (item === undefined || !isUnchanged(context.model, stage, item) || setsShell(context, stage, item)) continue;
      const where = shellLess(context, stage);
      const instruction = context.model.file.items[item];
      if (where === undefined || instruction?.kind !== 'instruction') continue;
      const message = `${where} has no /bin/sh to run this command line. Use the exec form, RUN ["program", "argument"], or another base image.`;
      yield { item, span: instruction.keywordSpan, message };
    }
  },
};

function usesShell({ model }: FileContext, index: number): boolean {
  const instruction = model.file.items[index];
  if (instruction?.kind !== 'instruction' || instruction.name !== 'RUN') return false;
  return instruction.form.kind === 'command' && instruction.form.json === undefined;
}

function setsShell({ model }: FileContext, stage: Stage, item: number): boolean {
  for (const { name } of instructionsBefore(model, stage, item)) if (name === 'SHELL') return true;
  return false;
}

/** Name of the base where it certainly has no shell. */
function shellLess({ knowledge }: FileContext, stage: Stage): string | undefined {
  if (standsOnScratch(stage)) return 'scratch';
  const reference = baseReference(stage);
  const facts = baseFacts(stage, knowledge);
  if (reference === undefined || facts === undefined || facts.shell.length > 0) return undefined;
  return knowledge.imageFile(reference, '/bin/sh').kind === 'absent' ? reference : undefined;
}

export const missingProgram: FileRule = {
  scope: 'file',
  instructions: ['CMD', 'ENTRYPOINT'],
  id: 'missing-program',
  severity: 'warning',
  title: 'ENTRYPOINT and CMD name a program that the image has and can run',
  *check(context) {
    for (const stage of context.model.stages) {
      if (baseFacts(stage, context.knowledge) === undefined) continue;
      for (const item of lastPrograms(context, stage)) yield* checkProgram(context, stage, item);
    }
  },
};

function* checkProgram(context: FileContext, stage: Stage, item: number): Generator<FileFinding> {
  const instruction = context.model.file.items[item];
  if (instruction?.kind !== 'instruction') return;
  const program = instruction.form.kind === 'command' ? firstOf(instruction.form.json) : undefined;
  const reference = baseReference(stage);
  const facts = baseFacts(stage, context.knowledge);
  if (program === undefined || reference === undefined || facts === undefined) return;
  // What steps of the file may have brought, nobody knows before the build.
  if (!isUnchanged(context.model, stage, stage.end)) return;
  const fault = faultOf(context, reference, facts, program.value);
  if (fault !== undefined) yield { item, span: program.span, message: fault };
}

/** The ENTRYPOINT and the CMD that count; a CMD only where no ENTRYPOINT takes it as an argument. */
function lastPrograms({ model }: FileContext, stage: Stage): readonly number[] {
  const last = (wanted: string) =>
    stage.instructions.findLast((index) => {
      const instruction = model.file.items[index];
      return instruction?.kind === 'instruction' && instruction.name === wanted;
    });
  const item = last('ENTRYPOINT') ?? last('CMD');
  return item === undefined ? [] : [item];
}

function firstOf(json: JsonForm | undefined) {
  const first = json?.strings[0];
  return first === undefined || first.value === '' || first.value.includes('$') ? undefined : first;
}

function faultOf(
  { knowledge }: FileContext,
  reference: string,
  facts: NonNullable<ReturnType<typeof baseFacts>>,
  program: string,
): string | undefined {
  if (!program.startsWith('/')) {
    if (program.includes('/')) return undefined;
    const path = facts.env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? usualPath;
    const names = knowledge.imagePrograms(
      reference,
      path.split(':').filter((folder) => folder.startsWith('/')),
    );
    const isMissing = names.kind === 'known' && !names.value.includes(program);
    return isMissing ? `${program} is in no folder of the PATH of ${reference}.` : undefined;
  }
  const known = knowledge.imageProgram(reference, program);
  if (known.kind === 'absent') return `${program} is not in ${reference}.`;
  if (known.kind === 'unknown') return undefined;
  const { executable, architecture, interpreter, carriageReturn } = known.value;
  if (!executable) return `${program} is not executable in ${reference}. RUN chmod +x, or COPY --chmod=0755.`;
  if (carriageReturn)
    return `The first line of ${program} ends with a carriage return, which becomes part of its interpreter's name.`;
  const wanted = facts.platform.split('/')[1];
  if (architecture !== undefined && wanted !== undefined && architecture !== wanted) {
    return `${program} is a program for ${architecture}, and ${reference} is for ${wanted}.`;
  }
  if (interpreter?.startsWith('/') === true && knowledge.imageFile(reference, interpreter).kind === 'absent') {
    return `${program} needs ${interpreter}, which is not in ${reference}.`;
  }
  return undefined;
}
