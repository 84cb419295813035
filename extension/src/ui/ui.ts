// What a verb may ask of the user and show: VS Code in the extension, a script in tests. Texts that containers or registries
// wrote go through here as plain text only.

/** A line of a quick pick. `icon` is the id of a codicon. */
export interface PickItem<T> {
  readonly label: string;
  readonly value: T;
  readonly description?: string;
  readonly detail?: string;
  readonly icon?: string;
  readonly isPicked?: boolean;
}

export interface PickOptions {
  readonly title: string;
  readonly placeholder?: string;
}

export interface InputOptions {
  readonly title: string;
  readonly prompt?: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** What is typed is not shown. */
  readonly isSecret?: boolean;
  /** Says what is wrong with a text while it is typed; undefined when nothing is. */
  readonly validate?: (text: string) => string | undefined;
}

/** A button of a message. */
export interface Action {
  readonly label: string;
  run(): Promise<void> | void;
}

export interface Progress {
  /** @param fraction how much of all is done, 0 to 1; undefined when nobody can tell */
  readonly report: (message: string, fraction?: number) => void;
  /** Aborted when the user cancels. */
  readonly signal: AbortSignal;
}

/** A read-only text that is opened in an editor. */
export interface TextDocument {
  /** Names the tab, with the extension that chooses its language: `web.json`. */
  readonly name: string;
  /** Tells documents of one name apart, e.g. by an id. */
  readonly key: string;
  /** Asked when it is opened and when it is refreshed. */
  load(): Promise<string>;
}

export interface FileChoice {
  readonly title: string;
  readonly button: string;
  /** Proposed name of a file to save. */
  readonly name?: string;
  /** Name of a kind of file -> its extensions. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal shows and who reads what is typed in it. */
export interface TerminalProgram {
  /** Called once, when the terminal is there. Resolves to the exit code; undefined closes the terminal without a word. */
  run(screen: TerminalScreen): Promise<number | undefined>;
  input?(text: string): void;
  resize?(size: Size): void;
}

export interface TerminalScreen {
  /** Undefined while nobody has laid the terminal out. */
  readonly size: Size | undefined;
  /** Writes as it is: control sequences are obeyed. Resolves when more may come. */
  write(text: string): Promise<void>;
  /** Aborted when the user closes the terminal. */
  readonly signal: AbortSignal;
}

export interface TerminalOptions {
  readonly name: string;
  /** Id of a codicon. */
  readonly icon: string;
  readonly program: TerminalProgram;
}

/** A text that grows, in the output panel. */
export interface OutputText {
  /** Aborted when the panel's text is disposed of. */
  readonly signal: AbortSignal;
  append(text: string): void;
  show(): void;
}

export interface Ui {
  /** @returns undefined when the user turned away, as do all that ask */
  pick<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<T | undefined>;
  pickMany<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<readonly T[] | undefined>;
  input(options: InputOptions): Promise<string | undefined>;
  /** A modal question; false when the user turned away. */
  confirm(question: { readonly message: string; readonly detail: string; readonly action: string }): Promise<boolean>;
  error(message: string, ...actions: readonly Action[]): void;
  info(message: string, ...actions: readonly Action[]): void;
  /** Shows that something is under way, with a button to cancel it. */
  progress<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T>;
  /** @param line to show, from 1; the beginning when absent */
  document(document: TextDocument, line?: number): Promise<void>;
  /** Opens a file of this machine. @param line from 1, the beginning when absent */
  openFile(path: string, line?: number): Promise<void>;
  terminal(options: TerminalOptions): void;
  /** The same one for the same name. */
  outputText(name: string): OutputText;
  copy(text: string): Promise<void>;
  openInBrowser(url: string): Promise<void>;
  /** Paths on the machine that the extension runs on. */
  chooseFile(choice: FileChoice): Promise<string | undefined>;
  chooseFolder(choice: FileChoice): Promise<string | undefined>;
  saveFile(choice: FileChoice): Promise<string | undefined>;
  /** May workspace and user run things here? */
  readonly isTrusted: boolean;
  /** Opens the question whether the workspace is trusted. */
  manageTrust(): Promise<void>;
  /** Where relative paths of forms are found from, and the user's own folder. */
  readonly places: { resolve(path: string): string; home(): string };
}
