// Signature help: the ways to write the instruction or the directive at the cursor, and which part of it stands there.

import type { SignatureHelp } from 'vscode-languageserver';
import type { InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import { documentation } from './completion/item.ts';
import { cursorAt, type InInstruction } from './cursor.ts';
import { directives } from './reference/directives.ts';
import { instructions } from './reference/instructions.ts';
import type { InstructionReference, SignatureReference } from './reference/reference.ts';
import type { DockerfileView } from './view.ts';

export function signatureHelp(view: DockerfileView, offset: number, context: Context): SignatureHelp | undefined {
  const cursor = cursorAt(view.file, offset);
  switch (cursor.kind) {
    case 'instruction': {
      const reference = instructions.get(cursor.name as InstructionName);
      return reference === undefined ? undefined : helpOf(reference, cursor, context);
    }
    case 'keyword': {
      // Behind ONBUILD stands the keyword of what it keeps.
      const { name, keywordSpan } = view.instruction(cursor.item) ?? {};
      const isTrigger =
        keywordSpan !== undefined &&
        offset - (view.file.starts[cursor.item] ?? 0) > keywordSpan.end &&
        name === 'ONBUILD';
      const reference = isTrigger ? instructions.get(name) : undefined;
      return reference === undefined ? undefined : help(reference.signatures, reference.summary, 0, 0, context);
    }
    case 'directive':
      return directiveHelp(cursor.name.text, cursor.value !== undefined, context);
    default:
      return undefined;
  }
}

function helpOf(reference: InstructionReference, cursor: InInstruction, context: Context): SignatureHelp {
  const { signatures, summary } = reference;
  const active = activeSignature(reference, cursor);
  return help(signatures, summary, active, activeParameter(signatures[active], cursor), context);
}

function help(
  signatures: readonly SignatureReference[],
  summary: string,
  activeSignature: number,
  activeParameter: number,
  context: Context,
): SignatureHelp {
  return {
    activeSignature,
    activeParameter,
    signatures: signatures.map(({ label, parameters }) => ({
      label,
      documentation: documentation(context, summary),
      parameters: parameters.map((parameter) => ({
        label: parameter.label,
        documentation: documentation(context, parameter.text),
      })),
    })),
  };
}

function directiveHelp(name: string, hasSign: boolean, context: Context): SignatureHelp | undefined {
  const directive = hasSign ? directives.find((each) => each.name === name.toLowerCase()) : undefined;
  if (directive === undefined) return undefined;
  const text = directive.choices.map(({ value, text: meaning }) => `- \`${value}\`: ${meaning}`).join('\n');
  const signature = { label: `${directive.name}=value`, parameters: [{ label: 'value', text }] };
  return help([signature], directive.text, 0, 0, context);
}

function activeSignature({ signatures }: InstructionReference, cursor: InInstruction): number {
  const wanted = (label: string) => {
    if (cursor.name === 'HEALTHCHECK')
      return (cursor.words[0]?.text.toUpperCase() === 'NONE') === label.endsWith('NONE');
    return cursor.json === label.includes('["');
  };
  return Math.max(
    0,
    signatures.findIndex(({ label }) => wanted(label)),
  );
}

/** The last parameter goes on for all words that follow. */
function activeParameter(signature: SignatureReference | undefined, cursor: InInstruction): number {
  const parameters = signature?.parameters ?? [];
  const takesFlags = parameters[0]?.label.startsWith('[--') === true;
  if (cursor.mayBeFlag && cursor.current.text.startsWith('-')) return 0;
  const first = takesFlags ? 1 : 0;
  // Behind the image stands AS, then the name: one parameter.
  return Math.min(first + cursor.words.length, Math.max(0, parameters.length - 1));
}
