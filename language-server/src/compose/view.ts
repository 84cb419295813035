// A Compose document as its features see it.

import type { Document } from '../language/document.ts';
import { analyse, type ComposeModel } from './model/model.ts';
import { YamlParser } from './yaml/parse.ts';
import type { YamlFile } from './yaml/tree.ts';

export interface ComposeView {
  readonly document: Document;
  readonly file: YamlFile;
  readonly model: ComposeModel;
  /** Keeps what the next version may use again. */
  readonly parser: YamlParser;
  readonly related: RelatedFiles;
}

export function openCompose(document: Document): ComposeView {
  return view(document, new YamlParser(), new RelatedFiles());
}

export function editCompose(old: ComposeView, document: Document): ComposeView {
  return view(document, old.parser, old.related);
}

function view(document: Document, parser: YamlParser, related: RelatedFiles): ComposeView {
  const file = parser.parse(document.text);
  return { document, file, model: analyse(file), parser, related };
}

/** Other Compose files, parsed once for each text that they have had last. */
export class RelatedFiles {
  static readonly #maximum = 50;
  readonly #models = new Map<string, { readonly text: string; readonly model: ComposeModel }>();

  model(uri: string, text: string): ComposeModel {
    const known = this.#models.get(uri);
    if (known?.text === text) return known.model;
    const model = analyse(new YamlParser().parse(text));
    this.#models.delete(uri);
    this.#models.set(uri, { text, model });
    for (const oldest of this.#models.keys()) {
      if (this.#models.size <= RelatedFiles.#maximum) break;
      this.#models.delete(oldest);
    }
    return model;
  }
}
