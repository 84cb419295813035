// A Compose document as its features see it.

import type { Document } from '../language/document.ts';
import { parseEnvFile, type EnvEntry } from './model/env-file.ts';
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

/** Other files, parsed once for each text that they have had last. */
export class RelatedFiles {
  readonly #models = new Parsed((text) => analyse(new YamlParser().parse(text)));
  readonly #variables = new Parsed(parseEnvFile);

  model(uri: string, text: string): ComposeModel {
    return this.#models.of(uri, text);
  }

  variables(uri: string, text: string): readonly EnvEntry[] {
    return this.#variables.of(uri, text);
  }
}

class Parsed<T> {
  static readonly #maximum = 50;
  readonly #parse: (text: string) => T;
  readonly #known = new Map<string, { readonly text: string; readonly value: T }>();

  constructor(parse: (text: string) => T) {
    this.#parse = parse;
  }

  of(uri: string, text: string): T {
    const known = this.#known.get(uri);
    if (known?.text === text) return known.value;
    const value = this.#parse(text);
    this.#known.delete(uri);
    this.#known.set(uri, { text, value });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= Parsed.#maximum) break;
      this.#known.delete(oldest);
    }
    return value;
  }
}
