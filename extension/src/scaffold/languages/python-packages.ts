// How each package manager of Python installs what a project says, into an environment that later stages take over whole.

import { cacheMount, runWith } from '../dockerfile-text.ts';
import type { Folder } from '../folder.ts';

export interface PythonPackages {
  readonly name: string;
  /** Lines of the stage that makes `/venv`. */
  readonly stage: readonly string[];
  /** Texts that name what is depended on. */
  readonly named: string;
}

const environment = ['ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH', 'RUN python -m venv /venv'];
const pip = cacheMount('/root/.cache/pip');

/** By lock file, then `requirements.txt`, then `pyproject.toml`; undefined where nothing is installed. */
export async function packagesOf(folder: Folder): Promise<PythonPackages | undefined> {
  const project = (await folder.read('pyproject.toml')) ?? '';
  if (await folder.has('uv.lock')) return { name: 'uv', stage: uvStage, named: project };
  if (await folder.has('poetry.lock')) return { name: 'Poetry', stage: poetryStage, named: project };
  const requirements = await folder.read('requirements.txt');
  if (requirements !== undefined) {
    const stage = [...environment, 'COPY requirements.txt ./', runWith([pip], 'pip install -r requirements.txt')];
    return { name: 'pip', stage, named: requirements + project };
  }
  if (!/^\[(?:project|build-system)\]/m.test(project)) return undefined;
  return { name: 'pip', stage: [...environment, 'COPY . .', runWith([pip], 'pip install .')], named: project };
}

// The project itself is not installed: the program starts in its sources.
const uvStage = [
  'COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /usr/local/bin/uv',
  'ENV UV_PROJECT_ENVIRONMENT=/venv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never',
  'COPY pyproject.toml uv.lock ./',
  runWith([cacheMount('/root/.cache/uv')], 'uv sync --locked --no-dev --no-install-project'),
];

const poetryStage = [
  runWith([pip], 'python -m venv /poetry && /poetry/bin/pip install poetry==2.2.1'),
  ...environment,
  'COPY pyproject.toml poetry.lock ./',
  runWith([cacheMount('/root/.cache/pypoetry')], '/poetry/bin/poetry install --only main --no-root --no-interaction'),
];
