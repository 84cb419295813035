// A user who answers as the test says. What is shown and said is kept; a question that nobody expected fails the test.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import type {
  Action,
  FileChoice,
  InputOptions,
  OutputText,
  PickItem,
  PickOptions,
  Progress,
  TerminalOptions,
  TerminalScreen,
  TextDocument,
  Ui,
} from '../../extension/src/ui/ui.ts';

/** A label (or a part of one), several, a text that is typed, yes or no, undefined for turning away. */
export type Answer = string | readonly string[] | boolean | undefined;

export interface Said {
  readonly message: string;
  readonly actions: readonly Action[];
}

export class ScriptUi implements Ui {
  isTrusted = true;
  readonly errors: Said[] = [];
  readonly infos: Said[] = [];
  readonly confirmed: { readonly message: string; readonly detail: string; readonly action: string }[] = [];
  readonly documents: TextDocument[] = [];
  /** Paths, with the line behind a colon. */
  readonly files: string[] = [];
  readonly terminals: TerminalOptions[] = [];
  readonly outputs = new Map<string, string>();
  readonly copied: string[] = [];
  readonly opened: string[] = [];
  /** Labels of the last quick pick. */
  offered: readonly string[] = [];
  /** What is wrong with the texts that were typed, as far as it was told. */
  readonly faults: string[] = [];
  readonly places = { resolve: (path: string) => resolve('/workspace', path), home: () => '/home/user' };
  readonly #answers: Answer[];
  readonly #ended = new AbortController();

  constructor(...answers: readonly Answer[]) {
    this.#answers = [...answers];
  }

  /** More answers, after those there are. */
  answer(...answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  /** Answers that nobody asked for yet. */
  get left(): readonly Answer[] {
    return this.#answers;
  }

  #next(question: string): Answer {
    assert.ok(this.#answers.length > 0, `nobody expected to be asked: ${question}`);
    return this.#answers.shift();
  }

  async pick<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<T | undefined> {
    const lines = await items;
    this.offered = lines.map(({ label }) => label);
    const answer = this.#next(options.title);
    return answer === undefined ? undefined : found(lines, answer).value;
  }

  async pickMany<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<readonly T[] | undefined> {
    const lines = await items;
    this.offered = lines.map(({ label }) => label);
    const answer = this.#next(options.title);
    if (answer === undefined) return undefined;
    assert.ok(Array.isArray(answer), `several are asked for: ${options.title}`);
    return (answer as readonly string[]).map((label) => found(lines, label).value);
  }

  input({ title, validate }: InputOptions): Promise<string | undefined> {
    const answer = this.#next(title);
    if (answer === undefined) return Promise.resolve(undefined);
    assert.ok(typeof answer === 'string', `a text is asked for: ${title}`);
    const fault = validate?.(answer);
    // The box stays open on a wrong text, until the user turns away or types another.
    if (fault === undefined) return Promise.resolve(answer);
    this.faults.push(fault);
    return this.input({ title, ...(validate === undefined ? {} : { validate }) });
  }

  confirm(question: { readonly message: string; readonly detail: string; readonly action: string }): Promise<boolean> {
    this.confirmed.push(question);
    return Promise.resolve(this.#next(question.message) === true);
  }

  error(message: string, ...actions: readonly Action[]): void {
    this.errors.push({ message, actions });
  }

  info(message: string, ...actions: readonly Action[]): void {
    this.infos.push({ message, actions });
  }

  async progress<T>(_title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    return await work({ report: () => undefined, signal: new AbortController().signal });
  }

  async document(document: TextDocument): Promise<void> {
    await document.load();
    this.documents.push(document);
  }

  /** The text of the last document. */
  async text(): Promise<string> {
    return (await this.documents.at(-1)?.load()) ?? '';
  }

  openFile(path: string, line = 1): Promise<void> {
    this.files.push(`${path}:${line}`);
    return Promise.resolve();
  }

  terminal(options: TerminalOptions): void {
    this.terminals.push(options);
  }

  outputText(name: string): OutputText {
    return {
      signal: this.#ended.signal,
      append: (text) => void this.outputs.set(name, (this.outputs.get(name) ?? '') + text),
      show: () => undefined,
    };
  }

  /** Ends what goes on in the output panel. */
  end(): void {
    this.#ended.abort();
  }

  copy(text: string): Promise<void> {
    this.copied.push(text);
    return Promise.resolve();
  }

  openInBrowser(url: string): Promise<void> {
    this.opened.push(url);
    return Promise.resolve();
  }

  chooseFile(choice: FileChoice): Promise<string | undefined> {
    return Promise.resolve(this.#next(choice.title) as string | undefined);
  }

  chooseFolder(choice: FileChoice): Promise<string | undefined> {
    return Promise.resolve(this.#next(choice.title) as string | undefined);
  }

  saveFile(choice: FileChoice): Promise<string | undefined> {
    return Promise.resolve(this.#next(choice.title) as string | undefined);
  }

  manageTrust(): Promise<void> {
    this.isTrusted = true;
    return Promise.resolve();
  }
}

function found<T>(lines: readonly PickItem<T>[], answer: Answer): PickItem<T> {
  const line =
    lines.find(({ label }) => label === answer) ??
    lines.find(({ label }) => typeof answer === 'string' && label.includes(answer));
  assert.ok(line !== undefined, `${JSON.stringify(answer)} is none of ${lines.map(({ label }) => label).join(', ')}`);
  return line;
}

/** A terminal that keeps what is written to it. */
export class Screen implements TerminalScreen {
  text = '';
  readonly size: TerminalScreen['size'];
  readonly #controller = new AbortController();

  constructor(columns = 80, rows = 24) {
    this.size = { columns, rows };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  write(text: string): Promise<void> {
    this.text += text;
    return Promise.resolve();
  }

  close(): void {
    this.#controller.abort();
  }
}
