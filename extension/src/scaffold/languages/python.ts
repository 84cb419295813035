// Python programs and the frameworks that serve them: Django, FastAPI, Flask, and what is started by its file.

import { l10n } from '../../l10n.ts';
import { dockerfileText, execForm, expose, healthCheck } from '../dockerfile-text.ts';
import type { Folder } from '../folder.ts';
import type { Answers, Language } from '../project.ts';
import { commandWords } from '../values.ts';
import { packagesOf, type PythonPackages } from './python-packages.ts';
import { startOf } from './python-start.ts';

const newest = '3.14';

export const python: Language = {
  id: 'python',
  label: () => 'Python',
  async isFound(folder) {
    const signs = ['requirements.txt', 'pyproject.toml', 'manage.py', 'uv.lock', 'poetry.lock'];
    for (const name of signs) if (await folder.has(name)) return true;
    // Alone with its sources, and not a script beside something else.
    const names = await folder.names();
    return names.some((name) => name.endsWith('.py')) && !names.includes('package.json') && !names.includes('go.mod');
  },
  async plan(folder) {
    const packages = await packagesOf(folder);
    const version = await versionOf(folder);
    const start = await startOf(folder, packages?.named ?? '');
    return {
      summary: [`Python ${version}`, packages?.name, start.framework].filter((part) => part !== undefined).join(', '),
      entries: start.commands,
      entryQuestion: l10n.t('What starts the program?'),
      entryExample: 'python main.py',
      port: start.port,
      isPortKnown: false,
      ignored: ['.venv', 'venv', '__pycache__', '*.pyc', '.pytest_cache', '.mypy_cache', '.ruff_cache', '*.egg-info'],
      isDebuggable: true,
      dockerfile: (answers) => textFor(version, packages, answers),
    };
  },
};

function textFor(version: string, packages: PythonPackages | undefined, { entry, port }: Answers): string {
  const base = [
    `FROM python:${version}-slim AS base`,
    // What is written is seen at once; compiled files would belong to no layer.
    'ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1',
    'WORKDIR /app',
  ];
  const final = [
    'FROM base AS final',
    'RUN useradd --uid 10001 --create-home app',
    ...(packages === undefined ? [] : ['COPY --from=dependencies /venv /venv', 'ENV PATH=/venv/bin:$PATH']),
    'COPY . .',
    'USER 10001',
    expose(port),
    healthCheck(port, healthWords),
    `CMD ${execForm(commandWords(entry))}`,
  ];
  const dependencies = packages === undefined ? [] : ['FROM base AS dependencies', ...packages.stage];
  return dockerfileText([base, dependencies, final]);
}

/** Content when somebody listens: which page is the right one nobody can know. */
function healthWords(port: number): readonly string[] {
  return ['python', '-c', `import socket; socket.create_connection(('127.0.0.1', ${port}), 3)`];
}

async function versionOf(folder: Folder): Promise<string> {
  const pinned = /^(3\.\d+)/.exec((await folder.read('.python-version')) ?? '')?.[1];
  if (pinned !== undefined) return pinned;
  const range = /^(?:requires-python|python)\s*=\s*["']([^"']*)["']/m.exec((await folder.read('pyproject.toml')) ?? '');
  const exact = /^(?:==|~=|~)?\s*(3\.\d+)/.exec(range?.[1] ?? '')?.[1];
  // `<3.13` and the like: the last one that is allowed.
  const above = Number(/<\s*3\.(\d+)/.exec(range?.[1] ?? '')?.[1]);
  if (exact !== undefined) return exact;
  return above > 0 && above <= Number(newest.split('.')[1]) ? `3.${above - 1}` : newest;
}
