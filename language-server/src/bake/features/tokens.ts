// Colours of a Bake file in HCL.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { type Token, type TokenModifier, tokensApart, type TokenType } from '../../language/tokens.ts';
import type { Body, Expression, TemplatePart } from '../hcl/tree.ts';
import { localNames } from '../model/model.ts';
import { functions } from '../model/reference.ts';
import type { BakeView } from '../view.ts';

export function tokens(view: BakeView, span?: Span): Token[] {
  const painter = new Painter();
  if (!view.isJson) {
    for (const comment of view.file.comments) painter.add(comment, 'comment');
    painter.body(view.file.body);
  }
  return tokensApart(painter.tokens, span);
}

class Painter {
  readonly tokens: Token[] = [];

  add({ start, end }: Span, type: TokenType, ...modifiers: TokenModifier[]): void {
    if (end > start) this.tokens.push(modifiers.length === 0 ? { start, end, type } : { start, end, type, modifiers });
  }

  body(body: Body): void {
    for (const { nameSpan, value } of body.attributes) {
      this.add(nameSpan, 'property');
      this.#expression(value);
    }
    for (const block of body.blocks) {
      this.add(block.typeSpan, 'keyword');
      const type = block.type === 'variable' ? 'variable' : block.type === 'function' ? 'function' : 'class';
      for (const { span } of block.labels) this.add(span, type, 'declaration');
      const params = new Set(localNames(block).map(({ span }) => span.start));
      for (const { nameSpan, name, value } of block.body.attributes) {
        this.add(nameSpan, 'property');
        if (block.type === 'function' && name !== 'result') this.#parameters(value, params);
        else this.#expression(value);
      }
      for (const inner of block.body.blocks) this.body({ span: inner.span, attributes: [], blocks: [inner] });
    }
  }

  #parameters(value: Expression, params: ReadonlySet<number>): void {
    const items = value.kind === 'tuple' ? value.items : [value];
    for (const item of items) {
      if (item.kind === 'reference' && params.has(item.nameSpan.start))
        this.add(item.nameSpan, 'parameter', 'declaration');
      else this.#expression(item);
    }
  }

  /** As deep as the parser lets expressions be. */
  #expression(expression: Expression): void {
    switch (expression.kind) {
      case 'missing':
        return;
      case 'literal':
        return this.add(expression.span, typeof expression.value === 'number' ? 'number' : 'keyword');
      case 'template':
        return this.#template(expression);
      case 'reference':
        if (expression.name !== undefined) this.add(expression.nameSpan, 'variable');
        if (expression.source !== undefined) this.#expression(expression.source);
        for (const step of expression.steps) {
          if (step.kind === 'key') this.add(step.span, 'property');
          else if (step.kind === 'index') this.#expression(step.value);
        }
        return;
      case 'call':
        this.add(
          expression.nameSpan,
          'function',
          ...(Object.hasOwn(functions, expression.name) ? (['defaultLibrary'] as const) : []),
        );
        return expression.arguments.forEach((each) => this.#expression(each));
      case 'tuple':
        return expression.items.forEach((each) => this.#expression(each));
      case 'object':
        return expression.entries.forEach(({ key, value }) => {
          if (key.kind === 'reference') this.add(key.nameSpan, 'property');
          else this.#expression(key);
          this.#expression(value);
        });
      case 'for':
        for (const { span } of expression.names) this.add(span, 'parameter', 'declaration');
        this.#expression(expression.source);
        return expression.parts.forEach((each) => this.#expression(each));
      case 'operation':
        return expression.operands.forEach((each) => this.#expression(each));
    }
  }

  /** The text around what is filled in. */
  #template({ span, parts }: Expression & { readonly kind: 'template' }): void {
    let at = span.start;
    for (const part of parts) {
      if (part.kind === 'text') continue;
      this.add({ start: at, end: part.span.start }, 'string');
      this.#filled(part);
      at = part.span.end;
    }
    this.add({ start: at, end: span.end }, 'string');
  }

  #filled(part: TemplatePart & { readonly kind: 'filled' | 'directive' }): void {
    if (part.value !== undefined) this.#expression(part.value);
  }
}
