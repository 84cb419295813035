// Signature help: the ways to write the instruction at the cursor, and which part of it stands there.

import type { SignatureHelp } from 'vscode-languageserver';
import type { InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import { documentation } from './completion/item.ts';
import { cursorAt, type InInstruction } from './cursor.ts';
import { instructions } from './reference/instructions.ts';
import type { InstructionReference, SignatureReference } from './reference/reference.ts';
import type { DockerfileView } from './view.ts';

export function signatureHelp(view: DockerfileView, offset: number, context: Context): SignatureHelp | undefined {
  const cursor = cursorAt(view.file, offset);
  if (cursor.kind !== 'instruction') return undefined;
  const reference = instructions.get(cursor.name as InstructionName);
  if (reference === undefined) return undefined;
  const active = activeSignature(reference, cursor);
  return {
    activeSignature: active,
    activeParameter: activeParameter(reference.signatures[active], cursor),
    signatures: reference.signatures.map(({ label, parameters }) => ({
      label,
      documentation: documentation(context, reference.summary),
      parameters: parameters.map((parameter) => ({
        label: parameter.label,
        documentation: documentation(context, parameter.text),
      })),
    })),
  };
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
