// How a Python program is started: by its framework, as far as its files tell which, else by its main file.

import type { Folder } from '../folder.ts';
import { plainPath, portIn } from '../values.ts';

export interface Start {
  readonly framework: string | undefined;
  /** The likeliest first. */
  readonly commands: readonly string[];
  readonly port: number | undefined;
}

const usualFiles = ['main.py', 'app.py', 'wsgi.py', 'asgi.py', 'server.py', 'run.py', '__main__.py'];
const mostFiles = 200;

/** @param named texts that name the packages */
export async function startOf(folder: Folder, named: string): Promise<Start> {
  const uses = (name: string) => new RegExp(`^[^#]*\\b${name}\\b`, 'im').test(named);
  if (await folder.has('manage.py')) return await django(folder, uses('gunicorn'));
  const sources = await sourcesOf(folder);
  const fastapi = applicationIn(sources, 'FastAPI');
  if (fastapi !== undefined) {
    const { file, module, name } = fastapi;
    const command = uses('uvicorn')
      ? `uvicorn ${module}:${name} --host 0.0.0.0 --port 8000`
      : `fastapi run ${file} --port 8000`;
    return { framework: 'FastAPI', commands: [command], port: 8000 };
  }
  const flask = applicationIn(sources, 'Flask');
  if (flask !== undefined) {
    const app = `${flask.module}:${flask.name}`;
    if (uses('gunicorn')) return { framework: 'Flask', commands: [`gunicorn --bind 0.0.0.0:8000 ${app}`], port: 8000 };
    return { framework: 'Flask', commands: [`flask --app ${app} run --host 0.0.0.0 --port 5000`], port: 5000 };
  }
  return plain(sources);
}

async function django(folder: Folder, hasGunicorn: boolean): Promise<Start> {
  const settings = (await folder.read('manage.py')) ?? '';
  const project = /DJANGO_SETTINGS_MODULE["'],\s*["'](\w+)\./.exec(settings)?.[1];
  const command =
    hasGunicorn && project !== undefined
      ? `gunicorn --bind 0.0.0.0:8000 ${project}.wsgi`
      : 'python manage.py runserver 0.0.0.0:8000';
  return { framework: 'Django', commands: [command], port: 8000 };
}

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Python files at the top and one folder below, usual names first. */
async function sourcesOf(folder: Folder): Promise<readonly Source[]> {
  const names = await folder.names();
  const packages = names.filter(
    (name) => name.endsWith('/') && /^[a-z_]\w*\/$/i.test(name) && !/^(?:tests?|docs)\//.test(name),
  );
  const below = await Promise.all(
    packages.slice(0, mostFiles).map(async (name) => (await folder.names(name)).map((file) => name + file)),
  );
  const rank = (path: string) => {
    const place = usualFiles.indexOf(path.split('/').at(-1) ?? '');
    return (place < 0 ? usualFiles.length : place) + (path.includes('/') ? 100 : 0);
  };
  const files = [...names, ...below.flat()].filter((path) => path.endsWith('.py') && plainPath(path) === path);
  const chosen = files.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostFiles);
  return await Promise.all(chosen.map(async (path) => ({ path, text: (await folder.read(path)) ?? '' })));
}

/** The variable that a framework's application is in, and the module. */
function applicationIn(sources: readonly Source[], type: string) {
  const made = new RegExp(`^(\\w+)(?:\\s*:\\s*[\\w.]+)?\\s*=\\s*(?:\\w+\\.)?${type}\\(`, 'm');
  for (const { path, text } of sources) {
    const name = made.exec(text)?.[1];
    if (name !== undefined) return { file: path, module: path.slice(0, -'.py'.length).replaceAll('/', '.'), name };
  }
  return undefined;
}

function plain(sources: readonly Source[]): Start {
  const isMain = ({ path, text }: Source) =>
    usualFiles.includes(path) || /^if __name__ == ["']__main__["']/m.test(text) || path.endsWith('/__main__.py');
  const mains = sources.filter(isMain);
  const commands = mains.map(({ path }) =>
    path.endsWith('/__main__.py') ? `python -m ${path.split('/')[0] ?? ''}` : `python ${path}`,
  );
  const port = mains.map(({ text }) => portIn(text)).find((each) => each !== undefined);
  return { framework: undefined, commands, port };
}
