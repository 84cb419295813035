// Every expression of a file, with the names that loops and functions give to what is inside of them.

import type { Body, Expression } from './tree.ts';

export interface Visit {
  readonly expression: Expression;
  /** Names that stand for something only here. */
  readonly local: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

export function* expressionsOf(body: Body, local: ReadonlySet<string> = nothing): Iterable<Visit> {
  for (const { value } of body.attributes) yield* within(value, local);
  for (const block of body.blocks) yield* expressionsOf(block.body, local);
}

/** An expression and those below it. As deep as the parser lets expressions be. */
export function* within(expression: Expression, local: ReadonlySet<string>): Iterable<Visit> {
  yield { expression, local };
  if (expression.kind === 'for') {
    yield* within(expression.source, local);
    const names = new Set([...local, ...expression.names.map(({ text }) => text)]);
    for (const part of expression.parts) yield* within(part, names);
    return;
  }
  if (expression.kind === 'template') {
    yield* inTemplate(expression.parts, local);
    return;
  }
  for (const child of childrenOf(expression)) yield* within(child, local);
}

/** A `%{ for x in … }` names `x` for the rest of the text. */
function* inTemplate(parts: (Expression & { kind: 'template' })['parts'], local: ReadonlySet<string>): Iterable<Visit> {
  let names = local;
  for (const part of parts) {
    if (part.kind === 'text') continue;
    if (part.value !== undefined) yield* within(part.value, names);
    if (part.kind === 'directive' && part.names.length > 0) names = new Set([...names, ...part.names]);
  }
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'reference': {
      const indexes = expression.steps.flatMap((step) => (step.kind === 'index' ? [step.value] : []));
      return expression.source === undefined ? indexes : [expression.source, ...indexes];
    }
    case 'call':
      return expression.arguments;
    case 'tuple':
      return expression.items;
    case 'object':
      // A bare key is a name, no variable.
      return expression.entries.flatMap(({ key, value }) => (key.kind === 'reference' ? [value] : [key, value]));
    case 'operation':
      return expression.operands;
    case 'missing':
    case 'literal':
    case 'template':
    case 'for':
      return [];
  }
}
