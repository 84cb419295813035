// A Bake file in JSON as the blocks that it stands for: `"target": {"app": {…}}` is `target "app" {…}`.

import { keyText, type Attribute, type Block, type Body, type Expression, type Label } from './tree.ts';

const blockTypes = new Set(['target', 'group', 'variable', 'function']);

export function jsonBody(object: Expression, depth: number): Body {
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  for (const entry of object.kind === 'object' ? object.entries : []) {
    const name = keyText(entry.key);
    if (name === undefined) continue;
    const { value, span } = entry;
    const made = blocksOfEntry(name, value, depth);
    if (made === undefined) attributes.push({ name: name.text, nameSpan: name.span, value, span });
    else for (const block of made) blocks.push(block);
  }
  return { span: object.span, attributes, blocks };
}

/** Undefined for what is an attribute. */
function blocksOfEntry(name: Label, value: Expression, depth: number): readonly Block[] | undefined {
  if (depth === 0 && blockTypes.has(name.text) && value.kind === 'object') return blocksOf(name, value);
  return depth === 1 && name.text === 'validation' ? validations(name, value) : undefined;
}

function blocksOf(type: Label, object: Expression): Block[] {
  if (object.kind !== 'object') return [];
  return object.entries.flatMap(({ key, value, span }) => {
    const label = keyText(key);
    if (label === undefined) return [];
    return [{ type: type.text, typeSpan: type.span, labels: [label], body: jsonBody(value, 1), span }];
  });
}

/** One rule, or a list of them. */
function validations(type: Label, value: Expression): Block[] {
  const rules = value.kind === 'tuple' ? value.items : [value];
  return rules.map((rule) => ({
    type: type.text,
    typeSpan: type.span,
    labels: [],
    body: jsonBody(rule, 2),
    span: rule.span,
  }));
}
