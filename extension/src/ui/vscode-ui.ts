// The `Ui` in VS Code. Every text that others may have written is made harmless here, once for all verbs.

import * as vscode from 'vscode';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { type Documents, lineRange } from './documents.ts';
import type { FilePaths } from './paths.ts';
import { plainLabel, plainMessage } from './plain.ts';
import { openTerminal } from './pseudoterminal.ts';
import type { Action, FileChoice, InputOptions, OutputText, PickItem, PickOptions, Progress, Ui } from './ui.ts';

interface Line<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export class VscodeUi implements Ui, vscode.Disposable {
  readonly #documents: Documents;
  readonly #paths: FilePaths;
  readonly #outputs = new Map<string, { readonly channel: vscode.OutputChannel; readonly text: OutputText }>();
  readonly #ended = new AbortController();

  constructor(documents: Documents, paths: FilePaths) {
    this.#documents = documents;
    this.#paths = paths;
  }

  async pick<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<T | undefined> {
    const picker = vscode.window.createQuickPick<Line<T>>();
    return (await this.#choose(picker, items, options))?.[0]?.value;
  }

  async pickMany<T>(
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    options: PickOptions,
  ): Promise<readonly T[] | undefined> {
    const picker = vscode.window.createQuickPick<Line<T>>();
    picker.canSelectMany = true;
    const chosen = (await this.#choose(picker, items, options))?.map(({ value }) => value);
    return chosen?.length === 0 ? undefined : chosen;
  }

  async #choose<T>(
    picker: vscode.QuickPick<Line<T>>,
    items: readonly PickItem<T>[] | Promise<readonly PickItem<T>[]>,
    { title, placeholder }: PickOptions,
  ): Promise<readonly Line<T>[] | undefined> {
    picker.title = plainLabel(title);
    picker.placeholder = placeholder ?? '';
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    picker.busy = true;
    picker.show();
    try {
      picker.items = (await items).map(lineOf);
      picker.busy = false;
      if (picker.canSelectMany) picker.selectedItems = picker.items.filter(({ picked }) => picked === true);
      return await new Promise((done) => {
        picker.onDidAccept(() => done(picker.selectedItems));
        picker.onDidHide(() => done(undefined));
      });
    } finally {
      picker.dispose();
    }
  }

  async input({ title, prompt, placeholder, value, isSecret, validate }: InputOptions): Promise<string | undefined> {
    return await vscode.window.showInputBox({
      title: plainLabel(title),
      ignoreFocusOut: true,
      ...(prompt === undefined ? {} : { prompt }),
      ...(placeholder === undefined ? {} : { placeHolder: placeholder }),
      ...(value === undefined ? {} : { value }),
      ...(isSecret === undefined ? {} : { password: isSecret }),
      ...(validate === undefined ? {} : { validateInput: validate }),
    });
  }

  async confirm({ message, detail, action }: Parameters<Ui['confirm']>[0]): Promise<boolean> {
    const options = { modal: true, detail: plainMessage(detail) };
    return (await vscode.window.showWarningMessage(plainMessage(message), options, action)) === action;
  }

  error(message: string, ...actions: readonly Action[]): void {
    void this.#offer(
      vscode.window.showErrorMessage(plainMessage(message), ...actions.map(({ label }) => label)),
      actions,
    );
  }

  info(message: string, ...actions: readonly Action[]): void {
    const labels = actions.map(({ label }) => label);
    void this.#offer(vscode.window.showInformationMessage(plainMessage(message), ...labels), actions);
  }

  async #offer(shown: Thenable<string | undefined>, actions: readonly Action[]): Promise<void> {
    const label = await shown;
    try {
      await actions.find((action) => action.label === label)?.run();
    } catch (error) {
      this.error(messageOf(error));
    }
  }

  async progress<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const meter = new Meter();
    const working = work({ signal: controller.signal, report: (message, fraction) => meter.report(message, fraction) });
    // What is done at once needs no notification that flashes up.
    if (await isSettledWithin(working, quickMs)) return await working;
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: plainMessage(title),
      cancellable: true,
    };
    return await vscode.window.withProgress(options, async (progress, token) => {
      token.onCancellationRequested(() => controller.abort());
      meter.show(progress);
      return await working;
    });
  }

  async document(document: Parameters<Ui['document']>[0], line?: number): Promise<void> {
    await this.#documents.show(document, line);
  }

  async openFile(path: string, line = 1): Promise<void> {
    await vscode.window.showTextDocument(this.#paths.uriOf(path), { selection: lineRange(line) });
  }

  terminal(options: Parameters<Ui['terminal']>[0]): void {
    openTerminal(options);
  }

  outputText(name: string): OutputText {
    const known = this.#outputs.get(name);
    if (known !== undefined) return known.text;
    const channel = vscode.window.createOutputChannel(name, 'log');
    const text: OutputText = {
      signal: this.#ended.signal,
      append: (more) => channel.append(more),
      show: () => channel.show(true),
    };
    this.#outputs.set(name, { channel, text });
    return text;
  }

  async copy(text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(l10n.t('Copied.'), 2000);
  }

  async openInBrowser(url: string): Promise<void> {
    // Where VS Code's window is on another machine, it forwards the port.
    await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(url, true)));
  }

  async chooseFile(choice: FileChoice): Promise<string | undefined> {
    return await this.#choosePath(choice, true);
  }

  async chooseFolder(choice: FileChoice): Promise<string | undefined> {
    return await this.#choosePath(choice, false);
  }

  async saveFile({ title, button, name, filters }: FileChoice): Promise<string | undefined> {
    const uri = await vscode.window.showSaveDialog({
      title,
      saveLabel: button,
      ...(filters === undefined ? {} : { filters: mutable(filters) }),
      ...(name === undefined ? {} : { defaultUri: this.#paths.uriOf(this.#paths.resolve(name)) }),
    });
    return this.#pathOf(uri);
  }

  async #choosePath({ title, button, filters }: FileChoice, isFile: boolean): Promise<string | undefined> {
    const [uri] =
      (await vscode.window.showOpenDialog({
        title,
        openLabel: button,
        canSelectFiles: isFile,
        canSelectFolders: !isFile,
        defaultUri: this.#paths.uriOf(this.#paths.resolve('.')),
        ...(filters === undefined ? {} : { filters: mutable(filters) }),
      })) ?? [];
    return this.#pathOf(uri);
  }

  /** @throws Error for a file that only VS Code can reach */
  #pathOf(uri: vscode.Uri | undefined): string | undefined {
    const path = uri === undefined ? undefined : this.#paths.pathOf(uri);
    if (uri !== undefined && path === undefined) throw new Error(l10n.t('{0} cannot be reached here.', uri.toString()));
    return path;
  }

  get isTrusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  async manageTrust(): Promise<void> {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }

  get places(): Ui['places'] {
    return this.#paths;
  }

  dispose(): void {
    this.#ended.abort();
    for (const { channel } of this.#outputs.values()) channel.dispose();
  }
}

const quickMs = 400;

async function isSettledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, late]);
  clearTimeout(timer);
  return isSettled;
}

/** Keeps what was reported until somebody shows it. */
class Meter {
  #progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  #message = '';
  #percent = 0;
  #shown = 0;

  report(message: string, fraction: number | undefined): void {
    this.#message = message;
    this.#percent = Math.max(this.#percent, Math.trunc((fraction ?? 0) * 100));
    this.#tell();
  }

  show(progress: vscode.Progress<{ message?: string; increment?: number }>): void {
    this.#progress = progress;
    if (this.#message !== '') this.#tell();
  }

  #tell(): void {
    if (this.#progress === undefined) return;
    const increment = this.#percent - this.#shown;
    this.#progress.report({ message: plainMessage(this.#message), ...(increment > 0 ? { increment } : {}) });
    this.#shown = this.#percent;
  }
}

function lineOf<T>({ label, description, detail, icon, isPicked, value }: PickItem<T>): Line<T> {
  return {
    label: plainLabel(label),
    value,
    ...(description === undefined ? {} : { description: plainLabel(description) }),
    ...(detail === undefined ? {} : { detail: plainLabel(detail) }),
    ...(icon === undefined ? {} : { iconPath: new vscode.ThemeIcon(icon) }),
    ...(isPicked === undefined ? {} : { picked: isPicked }),
  };
}

function mutable(filters: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filters).map(([name, extensions]) => [name, [...extensions]]));
}
