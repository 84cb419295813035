// A Bake file in JSON as the blocks that it stands for: `"target": {"app": {…}}` is `target "app" {…}`.

import { keyText, type Attribute, type Block, type Body, type Expression } from './tree.ts';

const blockTypes = new Set(['target', 'group', 'variable', 'function']);

export function jsonBody(object: Expression, depth: number): Body {
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  if (object.kind === 'object') {
    for (const { key, value, span } of object.entries) {
      const name = keyText(key);
      if (name === undefined) continue;
      const isBlock = depth === 0 && blockTypes.has(name.text) && value.kind === 'object';
      if (isBlock) blocks.push(...blocksOf(name, value));
      else if (depth === 1 && name.text === 'validation') blocks.push(...validations(name, value));
      else attributes.push({ name: name.text, nameSpan: name.span, value, span });
    }
  }
  return { span: object.span, attributes, blocks };
}

function blocksOf(type: { readonly text: string; readonly span: Block['span'] }, object: Expression): Block[] {
  if (object.kind !== 'object') return [];
  return object.entries.flatMap(({ key, value, span }) => {
    const label = keyText(key);
    if (label === undefined) return [];
    return [{ type: type.text, typeSpan: type.span, labels: [label], body: jsonBody(value, 1), span }];
  });
}

/** One rule, or a list of them. */
function validations(type: { readonly text: string; readonly span: Block['span'] }, value: Expression): Block[] {
  const rules = value.kind === 'tuple' ? value.items : [value];
  return rules.map((rule) => ({
    type: type.text,
    typeSpan: type.span,
    labels: [],
    body: jsonBody(rule, 2),
    span: rule.span,
  }));
}
