// The files that are added to a project, in the order in which they are offered.

import { l10n } from '../l10n.ts';
import type { Folder } from './folder.ts';
import { launchText } from './launch.ts';
import type { Answers, Plan } from './project.ts';

export interface NewFile {
  /** Below the folder. */
  readonly path: string;
  readonly text: string;
  /** Whether people mostly want it. */
  readonly isUsual: boolean;
  readonly what: string;
}

/**
 * @param hasLaunch whether the folder is one that launch configurations are read from
 * @throws Error in the user's language when a file that is there has no place for what is added
 */
export async function newFiles(
  folder: Folder,
  plan: Plan,
  answers: Answers,
  hasLaunch: boolean,
): Promise<readonly NewFile[]> {
  const launch = '.vscode/launch.json';
  const files: NewFile[] = [
    {
      path: 'Dockerfile',
      text: plan.dockerfile(answers),
      isUsual: true,
      what: l10n.t('builds the image'),
    },
    {
      path: '.dockerignore',
      text: ignoreText(plan.ignored),
      isUsual: true,
      what: l10n.t('keeps files out of it'),
    },
  ];
  if (plan.isDebuggable && hasLaunch) {
    const text = launchText(await folder.read(launch));
    files.push({ path: launch, text, isUsual: true, what: l10n.t('debugs the program in a container') });
  }
  const compose = composeText(folder.name, answers);
  files.push({ path: 'compose.yaml', text: compose, isUsual: false, what: l10n.t('runs it with others beside it') });
  return files;
}

const neverSent = ['.git', '.gitignore', '.dockerignore', 'Dockerfile*', 'compose*.yaml', '.vscode', '.idea', '.env*'];

function ignoreText(own: readonly string[]): string {
  // At any depth, as .gitignore has them; those of the top are named by a path.
  const lines = [...neverSent, ...own.map((name) => (name.includes('/') ? name : `**/${name}`))];
  return `${lines.join('\n')}\n`;
}

function composeText(folder: string, { port }: Answers): string {
  const name =
    folder
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, '-')
      .replace(/^[-_]+/, '') || 'app';
  const ports = port === undefined ? [] : ['    ports:', `      - '${port}:${port}'`];
  return `${['services:', `  ${name}:`, '    build: .', '    init: true', ...ports].join('\n')}\n`;
}
