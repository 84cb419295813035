// One open document with the language that understands it, parsed when it is first needed after a change.

import type { Document, TextChange } from '../language/document.ts';
import type { Features, Language, Neighbours, View } from '../language/language.ts';

export interface OpenFile {
  readonly document: Document;
  /** The file as it is after `changes`. */
  edited(document: Document, changes: readonly TextChange[]): OpenFile;
  /** Hands the language's functions and the parsed file to `use`. */
  ask<R>(use: <V extends View>(features: Features<V>, view: V) => R): R;
}

/** A language as the server keeps it: what its views are, only it knows. */
export interface Opener {
  open(document: Document): OpenFile;
  neighbours(uri: string): Neighbours;
}

const noNeighbours: Neighbours = { texts: [], folders: [] };

export function opener<V extends View>(language: Language<V>): Opener {
  return {
    open: (document) => new ParsedFile(language, language.open(document)),
    neighbours: (uri) => language.neighbours?.(uri) ?? noNeighbours,
  };
}

class ParsedFile<V extends View> implements OpenFile {
  readonly #language: Language<V>;
  readonly #view: V;

  constructor(language: Language<V>, view: V) {
    this.#language = language;
    this.#view = view;
  }

  get document(): Document {
    return this.#view.document;
  }

  edited(document: Document, changes: readonly TextChange[]): OpenFile {
    const { edit, open } = this.#language;
    return new ParsedFile(this.#language, edit?.(this.#view, document, changes) ?? open(document));
  }

  ask<R>(use: <W extends View>(features: Features<W>, view: W) => R): R {
    return use(this.#language.features, this.#view);
  }
}
