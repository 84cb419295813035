// What a Dockerfile means, before anything is built: its stages, what each stands on, and which variable has which value where.

import type { Dockerfile, Fault, Instruction, Span, Word } from './tree.ts';

/** Where something stands in a file: an item and a span inside it. */
export interface Place {
  readonly item: number;
  readonly span: Span;
}

export interface Model {
  readonly file: Dockerfile;
  /** ARG instructions before the first FROM. */
  readonly globals: readonly Definition[];
  /**
   * An edit that leaves stages, variables and keywords as they are keeps this very list, and one that changes variables only keeps the
   * stages in it: what is found out of those alone may be kept by it.
   */
  readonly stages: readonly Stage[];
  /** Stage of each item by its index; undefined before the first FROM. */
  readonly stageOf: (item: number) => Stage | undefined;
  /** What the builder refuses though each instruction is right by itself: cycles, stages that are not there, no stage at all. */
  readonly faults: readonly (Fault & { readonly item: number })[];
}

export interface Stage {
  readonly index: number;
  /** Index of its FROM. */
  readonly item: number;
  /** One past its last item. */
  readonly end: number;
  readonly from: Instruction;
  /** In lower case, as stages are compared. */
  readonly name: string | undefined;
  readonly namePlace: Place | undefined;
  readonly base: Base;
  /** Indexes of its instructions, the FROM not among them. */
  readonly instructions: readonly number[];
}

export type Base =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly stage: Stage }
  /** `reference` has its variables filled in with the defaults of global ARGs; undefined where that gives nothing. */
  | { readonly kind: 'image'; readonly word: Word; readonly reference: string | undefined }
  | { readonly kind: 'missing' };

/** A use of a stage's name or index: FROM, `COPY --from`, `RUN --mount from=`. */
export interface StageReference {
  readonly place: Place;
  readonly stage: Stage;
}

/** What gives a variable its value. */
export interface Definition {
  readonly kind: 'arg' | 'env' | 'predefined' | 'base';
  readonly name: string;
  /** The name in its instruction; undefined for what no line of the file defines. */
  readonly place: Place | undefined;
  /** The value with everything known filled in; undefined where nobody can know it before the build. */
  readonly value: string | undefined;
  /** Of an ARG in a stage without a value of its own: the global one that it stands for. */
  readonly global: Definition | undefined;
}
