// The JSON array of strings that may stand in the place of words. The builder takes what is not valid JSON for a shell's words, so
// the scanner keeps to the grammar; a half-typed array is recognised for editors.

import { LogicalBuilder, sourceSpan } from './logical.ts';
import { lexWord, plainWord } from './pieces.ts';
import type { Fault, JsonForm, JsonString, Logical, Span } from './tree.ts';

export type JsonText =
  /** An array of strings. */
  | { readonly kind: 'strings'; readonly form: JsonForm }
  /** Valid JSON, but not an array of strings: the builder refuses it. */
  | { readonly kind: 'other'; readonly span: Span }
  /** The beginning of an array of strings. The builder takes it for words. */
  | { readonly kind: 'open'; readonly form: JsonForm }
  | { readonly kind: 'none' };

const noJson: JsonText = { kind: 'none' };
/** Arrays and objects in each other that are followed; Go's decoder has a limit of its own. */
const maxDepth = 1000;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads the logical text as JSON.
 * @param escape the escape character where the strings are expanded; undefined where they are taken as they stand
 */
export function readJson(logical: Logical, escape: string | undefined, faults: Fault[]): JsonText {
  if (logical.text.charCodeAt(0) !== 91) return noJson;
  return new JsonReader(logical, escape, faults).read();
}

class JsonReader {
  readonly #logical: Logical;
  readonly #text: string;
  readonly #escape: string | undefined;
  readonly #faults: Fault[];
  readonly #strings: JsonString[] = [];
  #at = 1;
  /** Something that is no string is among the elements. */
  #mixed = false;

  constructor(logical: Logical, escape: string | undefined, faults: Fault[]) {
    this.#logical = logical;
    this.#text = logical.text;
    this.#escape = escape;
    this.#faults = faults;
  }

  read(): JsonText {
    this.#space();
    const empty = this.#text[this.#at] === ']';
    while (!empty) {
      const element = this.#element();
      if (element !== 'whole') return element === 'open' ? this.#open() : noJson;
      this.#space();
      const next = this.#text[this.#at];
      if (next === ']') break;
      if (next !== ',') return next === undefined ? this.#open() : noJson;
      this.#at += 1;
      this.#space();
    }
    this.#at += 1;
    const end = this.#at;
    this.#space();
    if (this.#at < this.#text.length) return noJson;
    const span = sourceSpan(this.#logical, 0, end);
    if (this.#mixed) return { kind: 'other', span };
    return { kind: 'strings', form: { span, strings: this.#words(), closed: true } };
  }

  #open(): JsonText {
    if (this.#mixed) return noJson;
    const span = sourceSpan(this.#logical, 0, this.#text.length);
    return { kind: 'open', form: { span, strings: this.#words(), closed: false } };
  }

  #element(): 'whole' | 'open' | 'wrong' {
    const next = this.#text[this.#at];
    if (next === undefined) return 'open';
    if (next === '"') return this.#string();
    this.#mixed = true;
    return this.#skipValue() ? 'whole' : 'wrong';
  }

  #string(): 'whole' | 'open' | 'wrong' {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    if (end === undefined) return 'wrong';
    const closed = end <= this.#text.length;
    this.#at = Math.min(end, this.#text.length);
    this.#strings.push(this.#makeString(start, this.#at, closed));
    return closed ? 'whole' : 'open';
  }

  #makeString(start: number, end: number, closed: boolean): JsonString {
    const span = sourceSpan(this.#logical, start, end);
    const content = unescapeJson(this.#logical, start + 1, closed ? end - 1 : end);
    const faults: Fault[] = [];
    const word =
      this.#escape === undefined
        ? plainWord(content, 0, content.text.length)
        : lexWord(content, 0, content.text.length, this.#escape, faults);
    for (const fault of faults) this.#pending.push(fault);
    return { span, value: content.text, word };
  }

  /** Faults of strings, which count only where the whole turns out to be an array. */
  readonly #pending: Fault[] = [];

  #words(): readonly JsonString[] {
    for (const fault of this.#pending) this.#faults.push(fault);
    return this.#strings;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return;
      this.#at += 1;
    }
  }

  /** Passes over a value that is no string. @returns false where it is no valid JSON */
  #skipValue(): boolean {
    const closers: string[] = [];
    for (;;) {
      this.#space();
      const next = this.#text[this.#at];
      if (next === '[' || next === '{') {
        const closer = next === '[' ? ']' : '}';
        this.#at += 1;
        this.#space();
        if (this.#text[this.#at] !== closer) {
          if (closers.length >= maxDepth) return false;
          closers.push(closer);
          if (closer === '}' && !this.#key()) return false;
          continue;
        }
        this.#at += 1;
      } else if (!this.#scalar()) {
        return false;
      }
      if (!this.#close(closers)) return false;
      if (closers.length === 0) return true;
    }
  }

  /** After a value: closes what ends here, and stands before the next value of what does not. */
  #close(closers: string[]): boolean {
    while (closers.length > 0) {
      this.#space();
      const next = this.#text[this.#at];
      const closer = closers.at(-1);
      if (next === ',') {
        this.#at += 1;
        this.#space();
        return closer !== '}' || this.#key();
      }
      if (next !== closer) return false;
      this.#at += 1;
      closers.pop();
    }
    return true;
  }

  #key(): boolean {
    if (this.#text[this.#at] !== '"' || !this.#scalar()) return false;
    this.#space();
    if (this.#text[this.#at] !== ':') return false;
    this.#at += 1;
    return true;
  }

  #scalar(): boolean {
    if (this.#text[this.#at] === '"') {
      const end = endOfString(this.#text, this.#at);
      if (end === undefined || end > this.#text.length) return false;
      this.#at = end;
      return true;
    }
    for (const word of ['true', 'false', 'null']) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return true;
      }
    }
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length;
    return true;
  }
}

/** One past the closing quote; more than the text's length where there is none; undefined where the string is not valid. */
function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 34) return at + 1;
    if (code < 32) return undefined;
    if (code !== 92) continue;
    at += 1;
    const kind = text[at];
    if (kind === undefined) break;
    if (kind === 'u') {
      if (!/^[0-9a-fA-F]{0,4}$/.test(text.slice(at + 1, at + 5))) return undefined;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(kind)) {
      return undefined;
    }
  }
  return text.length + 1;
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescapeJson(logical: Logical, start: number, end: number): Logical {
  const builder = new LogicalBuilder();
  const { text } = logical;
  const addPlain = (from: number, to: number) => {
    for (let at = from; at < to;) {
      const source = sourceSpan(logical, at, at + 1).start;
      const length = contiguous(logical, at, to);
      builder.add(text.slice(at, at + length), source);
      at += length;
    }
  };
  let from = start;
  for (let at = text.indexOf('\\', start); at >= 0 && at < end; at = text.indexOf('\\', from)) {
    addPlain(from, at);
    const kind = text[at + 1] ?? '';
    const length = kind === 'u' ? 6 : 2;
    const char = kind === 'u' ? unicodeEscape(text.slice(at + 2, at + 6)) : (escapes[kind] ?? kind);
    if (at + length <= end) builder.add(char, sourceSpan(logical, at, at + length).start);
    from = Math.min(at + length, end);
  }
  addPlain(from, end);
  return builder.build(sourceSpan(logical, start, start).start);
}

function unicodeEscape(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** How many characters from `at` on stand side by side in the source, at most up to `end`. */
function contiguous(logical: Logical, at: number, end: number): number {
  const { segments } = logical;
  if (segments.length === 1) return end - at;
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.min(end, segments[low]?.at ?? end) - at;
}
