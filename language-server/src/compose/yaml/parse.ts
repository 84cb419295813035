// Text to tree. The pieces of a file (pieces.ts) are parsed each by itself and kept by their text, so an edit parses the entry that
// it touches; on 2,000 lines the YAML library needs tens of milliseconds for the whole and a fraction of one for an entry.

import { Composer, isScalar, Parser, type Document } from 'yaml';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { Converter } from './convert.ts';
import { wording } from './faults.ts';
import { cut } from './pieces.ts';
import { shiftFault, shiftPair } from './shift.ts';
import type { Mapping, Node, Pair, YamlFault, YamlFile } from './tree.ts';

/** UTF-16 units. No Compose file that a person edits comes near. */
const maximumLength = 4 * 1024 * 1024;
/** Brackets that are open at once. The library's time grows with the square of it. */
const maximumBrackets = 200;

/** What one piece is, with places that count from its beginning. */
interface Parsed {
  readonly pairs: readonly Pair[];
  readonly faults: readonly YamlFault[];
  /** Moved to where it stood last. */
  placed: { readonly at: number; readonly pairs: readonly Pair[]; readonly faults: readonly YamlFault[] } | undefined;
}

/** Parses the versions of one document, each with what can be kept of the one before. */
export class YamlParser {
  #kept = new Map<string, Parsed>();
  #used = new Map<string, Parsed>();

  parse(text: string): YamlFile {
    if (text.length > maximumLength) return refused(text, 'This file is too large to be looked at.');
    const pieces = cut(text);
    if (pieces === undefined) return parseWhole(text);
    this.#used = new Map();
    const pairs: Pair[] = [];
    const faults: YamlFault[] = [];
    const take = (span: Span): Pair[] => {
      const parsed = this.#piece(text.slice(span.start, span.end), span.start);
      for (const fault of parsed.faults) faults.push(fault);
      return [...parsed.pairs];
    };
    for (const piece of pieces) {
      if (piece.kind === 'whole') for (const pair of take(piece.span)) pairs.push(pair);
      else pairs.push(section(text, piece.section.key, piece.section.entries.flatMap(take)));
    }
    this.#kept = this.#used;
    return { text, root: pairs.length === 0 ? undefined : mapping(pairs), faults };
  }

  #piece(text: string, at: number): { readonly pairs: readonly Pair[]; readonly faults: readonly YamlFault[] } {
    const parsed = this.#used.get(text) ?? this.#kept.get(text) ?? parsePiece(text);
    this.#used.set(text, parsed);
    if (parsed.placed?.at !== at) {
      parsed.placed = {
        at,
        pairs: parsed.pairs.map((pair) => shiftPair(pair, at)),
        faults: parsed.faults.map((fault) => shiftFault(fault, at)),
      };
    }
    return parsed.placed;
  }
}

/** Parses a text once. */
export function parseYaml(text: string): YamlFile {
  return new YamlParser().parse(text);
}

function parsePiece(text: string): Parsed {
  const { root, faults } = parseWhole(text);
  if (root === undefined) return { pairs: [], faults, placed: undefined };
  if (root.kind === 'mapping' && !root.flow) return { pairs: root.pairs, faults, placed: undefined };
  const noColon: YamlFault = { span: root.span, message: 'A colon is missing after this key.', severity: 'error' };
  return { pairs: [{ key: root, value: undefined }], faults: [...faults, noColon], placed: undefined };
}

/** A text as one document: Compose reads several of them as one file whose later parts count before earlier ones. */
function parseWhole(text: string): YamlFile {
  if (openBrackets(text) > maximumBrackets) {
    return refused(text, `More than ${maximumBrackets} brackets are open at once: this is not looked at.`);
  }
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, version: '1.2' });
  const documents: Document.Parsed[] = [...composer.compose(new Parser().parse(text), true, text.length)];
  const converter = new Converter(text);
  const roots = documents.flatMap(({ contents }) => {
    const empty = contents === null || (isScalar(contents) && contents.value === null && contents.source === '');
    return (empty ? undefined : converter.node(contents, 0)) ?? [];
  });
  const faults = documents.flatMap((document) => wording(document, text));
  return { text, root: joined(roots), faults: [...faults, ...converter.faults] };
}

/** The entries of all documents, in order. */
function joined(roots: readonly Node[]): Node | undefined {
  const mappings = roots.flatMap((root) => (root.kind === 'mapping' && !root.flow ? [root] : []));
  if (roots.length < 2 || mappings.length < roots.length) return roots[0];
  return mapping(mappings.flatMap(({ pairs }) => pairs));
}

function section(text: string, key: Span, pairs: readonly Pair[]): Pair {
  const name = text.slice(key.start, key.end);
  return {
    key: { kind: 'scalar', span: key, anchor: undefined, tag: undefined, style: 'plain', value: name, text: name },
    value: mapping(pairs),
  };
}

function mapping(pairs: readonly Pair[]): Mapping {
  const start = pairs[0]?.key.span.start ?? 0;
  const last = pairs.at(-1);
  const end = last?.value?.span.end ?? last?.key.span.end ?? start;
  return { kind: 'mapping', span: { start, end }, anchor: undefined, tag: undefined, flow: false, pairs };
}

function refused(text: string, message: string): YamlFile {
  return {
    text,
    root: undefined,
    faults: [{ span: { start: 0, end: Math.min(1, text.length) }, message, severity: 'error' }],
  };
}

/** The largest number of brackets, or of markers of sequences and keys in a line, that are open at once. */
function openBrackets(text: string): number {
  let open = 0;
  let markers = 0;
  let most = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) open += 1;
    else if ((code === 0x5d || code === 0x7d) && open > 0) open -= 1;
    else if (code === 0x0a) markers = 0;
    else if ((code === 0x2d || code === 0x3f) && text.charCodeAt(at + 1) === 0x20) markers += 1;
    else continue;
    most = Math.max(most, open, markers);
  }
  return most;
}
