// What an expression is worth, as far as it can be told from the file: texts, variables with their defaults, choices.

import type { Expression } from '../hcl/tree.ts';
import { definitionsOf, type BakeModel } from './model.ts';

export type Value = string | number | boolean | null;

const maximumDepth = 20;

/** Undefined for what is known at build time alone: functions, loops, what a matrix names. */
export function evaluate(
  expression: Expression | undefined,
  model: BakeModel,
  environment: ReadonlyMap<string, string>,
  depth = 0,
): Value | undefined {
  if (expression === undefined || depth > maximumDepth) return undefined;
  const inner = (each: Expression | undefined) => evaluate(each, model, environment, depth + 1);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template': {
      let text = '';
      for (const part of expression.parts) {
        const value = part.kind === 'text' ? part.value : part.kind === 'filled' ? inner(part.value) : undefined;
        if (value === undefined || value === null) return undefined;
        text += String(value);
      }
      return text;
    }
    case 'reference':
      if (expression.name === undefined || expression.steps.length > 0) return undefined;
      return variableValue(expression.name, model, environment, depth);
    case 'operation':
      return operate(expression.operator, expression.operands.map(inner));
    case 'missing':
    case 'call':
    case 'tuple':
    case 'object':
    case 'for':
      return undefined;
  }
}

/** The value of a variable: the environment's, or its default. */
export function variableValue(
  name: string,
  model: BakeModel,
  environment: ReadonlyMap<string, string>,
  depth = 0,
): Value | undefined {
  const definition = definitionsOf(model, 'variable', name).at(-1);
  if (definition === undefined) return undefined;
  const outside = definition.block === undefined ? undefined : environment.get(name);
  return outside ?? evaluate(definition.value, model, environment, depth + 1);
}

function operate(operator: string, operands: readonly (Value | undefined)[]): Value | undefined {
  const [first, second, third] = operands;
  if (operator === '()') return first;
  if (operator === '!' && typeof first === 'boolean') return !first;
  if (operator === '?' && typeof first === 'boolean') return first ? second : third;
  if (operands.length !== 2 || first === undefined || second === undefined) return undefined;
  if (operator === '==') return first === second;
  if (operator === '!=') return first !== second;
  return undefined;
}
