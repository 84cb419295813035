// Parser directives, `# syntax=…`, `# escape=…` and `# check=…`, which count before anything else in the file only. Three readers of
// BuildKit's look for them, each in its own way: the parser (escape), and one each for syntax and check, which pass over a `#!` line
// but allow no white space before the `#`.

import { parseChecks } from './checks.ts';
import type { Directive, Fault } from './tree.ts';

const directiveNames = ['syntax', 'escape', 'check'] as const;

/** Which directives may still come. */
export class DirectiveState {
  escape: '\\' | '`' = '\\';
  /** Whether the next line may be an escape directive. */
  #escapeOpen = true;
  /** Whether the next line may be a syntax or check directive. */
  #othersOpen = true;
  #first = true;
  readonly #seen = new Set<string>();

  /** The state after the last line that could be a directive. */
  static after(escape: '\\' | '`'): DirectiveState {
    const state = new DirectiveState();
    state.escape = escape;
    state.finish();
    return state;
  }

  /** No line from here on is a directive. */
  get done(): boolean {
    return !this.#escapeOpen && !this.#othersOpen;
  }

  /** A line that is no directive ends them all. */
  finish(): void {
    this.#escapeOpen = false;
    this.#othersOpen = false;
  }

  /**
   * Looks at a comment line at the beginning of the file.
   * @param text the line with its end
   * @param start where its `#` stands
   * @param end where the line's content ends
   * @returns undefined when it is an ordinary comment
   */
  read(text: string, start: number, end: number): Directive | undefined {
    const isShebang = this.#first && start === 0 && text[1] === '!';
    this.#first = false;
    const parts = isShebang ? undefined : splitDirective(text, start + 1, end);
    if (parts === undefined) {
      this.#escapeOpen = false;
      if (!isShebang) this.#othersOpen = false;
      return undefined;
    }
    if (start > 0) this.#othersOpen = false;
    const counts = parts.name === 'escape' ? this.#escapeOpen : this.#othersOpen;
    if (!counts) return undefined;
    return this.#directive(text, parts);
  }

  #directive(text: string, parts: DirectiveParts): Directive {
    const { name, nameStart, nameEnd, valueStart, valueEnd } = parts;
    const faults: Fault[] = [];
    const nameSpan = { start: nameStart, end: nameEnd };
    const valueSpan = { start: valueStart, end: valueEnd };
    const value = text.slice(valueStart, valueEnd);
    if (this.#seen.has(name)) {
      const message = `There may be only one ${name} directive.`;
      faults.push({ code: 'duplicate-directive', message, span: { start: nameStart, end: valueEnd } });
    } else if (name === 'escape') {
      if (value === '\\' || value === '`') this.escape = value;
      else faults.push({ code: 'invalid-escape', message: 'The escape character is \\ or `.', span: valueSpan });
    } else if (name === 'check') {
      const { fault } = parseChecks(value);
      if (fault !== undefined) faults.push({ code: 'invalid-check-option', message: fault, span: valueSpan });
    }
    this.#seen.add(name);
    return { kind: 'directive', text, name, nameSpan, value, valueSpan, faults };
  }
}

interface DirectiveParts {
  readonly name: Directive['name'];
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const namePattern = /[a-zA-Z][a-zA-Z0-9]*/y;

function splitDirective(text: string, start: number, end: number): DirectiveParts | undefined {
  let at = start;
  while (at < end && /\s/.test(text[at] ?? '')) at += 1;
  namePattern.lastIndex = at;
  const written = namePattern.exec(text)?.[0];
  const name = directiveNames.find((known) => known === written?.toLowerCase());
  if (written === undefined || name === undefined) return undefined;
  const nameEnd = at + written.length;
  at = skipBlank(text, nameEnd, end);
  if (text[at] !== '=' || at + 1 >= end) return undefined;
  const valueStart = skipBlank(text, at + 1, end);
  // A value of nothing but white space is its last character to the builder.
  if (valueStart >= end)
    return { name, nameStart: nameEnd - written.length, nameEnd, valueStart: at + 1, valueEnd: at + 2 };
  let valueEnd = end;
  while (isBlank(text.charCodeAt(valueEnd - 1))) valueEnd -= 1;
  return { name, nameStart: nameEnd - written.length, nameEnd, valueStart, valueEnd };
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 12 || code === 13;
}

function skipBlank(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}
