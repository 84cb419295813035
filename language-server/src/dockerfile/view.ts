// A Dockerfile as the features see it.

import type { Range } from 'vscode-languageserver';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Dockerfile, Instruction, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Document } from '../language/document.ts';
import type { View } from '../language/language.ts';

export class DockerfileView implements View {
  readonly document: Document;
  readonly file: Dockerfile;
  /** Of the file, or of an earlier state of it. */
  #model: Model | undefined;

  /** @param before the view before an edit */
  constructor(document: Document, file: Dockerfile, before?: DockerfileView) {
    this.document = document;
    this.file = file;
    this.#model = before === undefined ? undefined : before.#model;
  }

  get model(): Model {
    if (this.#model?.file !== this.file) this.#model = analyse(this.file, this.#model);
    return this.#model;
  }

  /** LSP's range of a span that counts from an item's first character. */
  range(item: number, span: Span): Range {
    const start = this.file.starts[item] ?? 0;
    return this.document.range(start + span.start, start + span.end);
  }

  /** The instruction at an index of the file's items; undefined for what is none. */
  instruction(item: number): Instruction | undefined {
    const found = this.file.items[item];
    return found?.kind === 'instruction' ? found : undefined;
  }
}
