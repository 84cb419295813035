// `Add Container Files to Workspace`: finds out what the folder holds, asks what cannot be known, and writes what the user chose of
// the files. One that is there already is replaced only after its difference was shown.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { wordsFault } from '../commands/words.ts';
import { l10n } from '../l10n.ts';
import type { PickItem, Ui } from '../ui/ui.ts';
import { newFiles, type NewFile } from './files.ts';
import { type Folder, folderAt } from './folder.ts';
import { languages } from './languages/all.ts';
import type { Answers, Language, Plan } from './project.ts';

export interface ScaffoldHost {
  readonly ui: Ui;
  /** Folders of the workspace that are on this machine. */
  folders(): readonly { readonly name: string; readonly path: string }[];
  open(path: string): Promise<void>;
  /** Shows the file beside the text that it would be replaced by. */
  showDifference(path: string, text: string): Promise<void>;
  /** Builds the image and runs it. */
  run(dockerfile: string): Promise<void>;
}

interface Wanted extends NewFile {
  /** What is there; undefined where nothing is. */
  readonly before: string | undefined;
}

/** @param chosen path of a folder, or undefined to go by the workspace's */
export async function addFiles(host: ScaffoldHost, chosen: string | undefined): Promise<void> {
  const path = chosen ?? (await chooseFolder(host));
  if (path === undefined) return;
  const folder = folderAt(path);
  const language = await chooseLanguage(host.ui, folder);
  if (language === undefined) return;
  const plan = await language.plan(folder);
  const answers = await askRest(host.ui, plan);
  if (answers === undefined) return;
  // VS Code reads launch configurations of the workspace's own folders alone.
  const isRoot = host.folders().some((each) => each.path === path);
  const files = await chooseFiles(host.ui, folder, await newFiles(folder, plan, answers, isRoot));
  if (files === undefined) return;
  const written: string[] = [];
  for (const file of files) if (await write(host, folder, file)) written.push(file.path);
  const dockerfile = join(folder.path, 'Dockerfile');
  if (await folder.has('Dockerfile')) await host.open(dockerfile);
  if (written.length === 0) return;
  const again = { label: l10n.t('Build and Run'), run: () => host.run(dockerfile) };
  host.ui.info(l10n.t('Added {0}.', written.join(', ')), ...(written.includes('Dockerfile') ? [again] : []));
}

async function chooseFolder(host: ScaffoldHost): Promise<string | undefined> {
  const known = host.folders();
  const [first] = known;
  if (first === undefined) throw new Error(l10n.t('Open a folder first: container files are added to one.'));
  if (known.length === 1) return first.path;
  const items = known.map(({ name, path }) => ({ label: name, description: path, icon: 'folder', value: path }));
  return await host.ui.pick(items, { title: l10n.t('Choose the folder to add container files to') });
}

async function chooseLanguage(ui: Ui, folder: Folder): Promise<Language | undefined> {
  const found = [];
  for (const language of languages) if (await language.isFound(folder)) found.push(language);
  if (found.length === 1) return found[0];
  const offered = found.length === 0 ? languages : found;
  const items = offered.map((language) => ({ label: language.label(), icon: 'code', value: language }));
  return await ui.pick(items, { title: l10n.t('What is in {0}?', folder.name) });
}

/** @returns undefined when the user turned away */
async function askRest(ui: Ui, plan: Plan): Promise<Answers | undefined> {
  const entry = await askEntry(ui, plan);
  if (entry === undefined) return undefined;
  if (plan.isPortKnown) return { entry, port: plan.port };
  const port = await ui.input({
    title: l10n.t('Which port does it listen on?'),
    prompt: l10n.t('Empty when it listens on none.'),
    placeholder: '3000',
    value: String(plan.port ?? ''),
    validate: portFault,
  });
  if (port === undefined) return undefined;
  return { entry, port: port === '' ? undefined : Number(port) };
}

function portFault(text: string): string | undefined {
  const port = Number(text);
  if (text === '' || (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535)) return undefined;
  return l10n.t('Write a number from 1 to 65535.');
}

async function askEntry(ui: Ui, plan: Plan): Promise<string | undefined> {
  const { entries, entryQuestion: title, entryExample: placeholder } = plan;
  if (entries.length === 1) return entries[0];
  const typed = { label: l10n.t('Another...'), icon: 'edit', value: '' };
  const items: PickItem<string>[] = [...entries.map((value) => ({ label: value, icon: 'play', value })), typed];
  const picked = entries.length === 0 ? '' : await ui.pick(items, { title });
  if (picked !== '') return picked;
  const validate = (text: string) => (text.trim() === '' ? l10n.t('Something has to be started.') : wordsFault(text));
  return await ui.input({ title, placeholder, validate });
}

async function chooseFiles(ui: Ui, folder: Folder, files: readonly NewFile[]): Promise<readonly Wanted[] | undefined> {
  const wanted = await Promise.all(files.map(async (file) => ({ ...file, before: await folder.read(file.path) })));
  const items = wanted.map((file) => ({
    label: file.path,
    description: file.what,
    detail: state(file),
    isPicked: file.isUsual && file.before !== file.text,
    value: file,
  }));
  const known = items.map(({ detail, ...item }) => (detail === undefined ? item : { ...item, detail }));
  return await ui.pickMany(known, { title: l10n.t('Choose the files to add to {0}', folder.name) });
}

function state({ before, text }: Wanted): string | undefined {
  if (before === undefined) return undefined;
  return before === text
    ? l10n.t('It is there and the same.')
    : l10n.t('It is there and differs: the difference is shown before anything is replaced.');
}

/** @returns whether it was written */
async function write(host: ScaffoldHost, folder: Folder, file: Wanted): Promise<boolean> {
  const path = join(folder.path, file.path);
  if (file.before === file.text) return false;
  if (file.before !== undefined) {
    await host.showDifference(path, file.text);
    const message = l10n.t('Replace {0}?', file.path);
    const detail = l10n.t('The editor shows what is there on the left, and what would be there on the right.');
    if (!(await host.ui.confirm({ message, detail, action: l10n.t('Replace') }))) return false;
  }
  await mkdir(dirname(path), { recursive: true });
  // What was made there since nobody has seen.
  await writeFile(path, file.text, { flag: file.before === undefined ? 'wx' : 'w' });
  return true;
}
