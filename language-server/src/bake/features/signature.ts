// The parameters of a function while it is called.

import type { SignatureHelp } from 'vscode-languageserver';
import { attributeOf, keyText, type Call } from '../hcl/tree.ts';
import { expressionsOf } from '../hcl/walk.ts';
import { definitionsOf } from '../model/model.ts';
import { functions } from '../model/reference.ts';
import type { BakeView } from '../view.ts';

export function signatureHelp(view: BakeView, offset: number): SignatureHelp | undefined {
  let call: Call | undefined;
  for (const { expression } of expressionsOf(view.file.body)) {
    if (expression.kind !== 'call') continue;
    const { start, end } = expression.argumentsSpan;
    const isClosed = view.document.text.charAt(end - 1) === ')';
    // The innermost one comes last.
    if (start < offset && (isClosed ? offset < end : offset <= end)) call = expression;
  }
  const known = call === undefined ? undefined : parametersOf(view, call.name);
  if (call === undefined || known === undefined) return undefined;
  const before = call.arguments.filter(({ span }) => span.end < offset).length;
  const active = Math.min(before, Math.max(0, known.names.length - 1));
  const parameters = known.names.map((label) => ({ label }));
  return {
    signatures: [{ label: `${call.name}(${known.names.join(', ')})`, documentation: known.text, parameters }],
    activeSignature: 0,
    activeParameter: active,
  };
}

function parametersOf(
  { model }: BakeView,
  name: string,
): { readonly names: readonly string[]; readonly text: string } | undefined {
  const own = definitionsOf(model, 'function', name).at(-1)?.block;
  if (own !== undefined) {
    const params = attributeOf(own.body, 'params')?.value;
    const variadic = attributeOf(own.body, 'variadic_params')?.value;
    const names = params?.kind === 'tuple' ? params.items.flatMap((item) => keyText(item)?.text ?? []) : [];
    const rest = variadic === undefined ? undefined : keyText(variadic)?.text;
    return { names: rest === undefined ? names : [...names, `${rest}...`], text: '' };
  }
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  return known === undefined
    ? undefined
    : { names: known[0].split(', ').filter((each) => each !== ''), text: known[1] };
}
