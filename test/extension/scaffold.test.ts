// Add Container Files: what is found out of projects, what is asked, what is written; and what our linter and formatter say of it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFiles, type ScaffoldHost } from '../../extension/src/scaffold/add-files.ts';
import { folderAt } from '../../extension/src/scaffold/folder.ts';
import { languages } from '../../extension/src/scaffold/languages/all.ts';
import { launchText } from '../../extension/src/scaffold/launch.ts';
import type { Plan } from '../../extension/src/scaffold/project.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { run } from '../helpers/run.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { type Files, projects } from './projects.ts';
import { type Answer, ScriptUi } from './script-ui.ts';

/** What is found: summary, what can be started, port. */
const found: Readonly<Record<string, readonly [string, readonly string[], number | undefined]>> = {
  'node-plain': ['Node 24, npm', ['node server.js'], 3456],
  'node-npm': ['Node 24, npm', ['node server.mjs'], 4000],
  'node-typescript': ['Node 24, npm, TypeScript', ['node dist/server.js'], 3100],
  'node-next': ['Node 24, pnpm', ['npm start'], 3000],
  'node-yarn': ['Node 24, yarn', ['node index.js'], 3000],
  'node-berry': ['Node 24, yarn', ['node index.js'], 3000],
  'site-plain': ['nginx', ['.'], 8080],
  'site-vite': ['Node 24, npm, nginx', ['dist'], 8080],
  'python-plain': ['Python 3.14', ['python main.py'], 8123],
  'python-flask': ['Python 3.14, pip, Flask', ['gunicorn --bind 0.0.0.0:8000 app:app'], 8000],
  'python-fastapi-uv': ['Python 3.13, uv, FastAPI', ['fastapi run api/main.py --port 8000'], 8000],
  'python-django-poetry': ['Python 3.14, Poetry, Django', ['gunicorn --bind 0.0.0.0:8000 shop.wsgi'], 8000],
  'python-project': ['Python 3.14, pip', ['python -m tool'], undefined],
  'go-plain': ['Go 1.19', ['.'], 8090],
  'go-commands': ['Go 1.25', ['./cmd/server', './cmd/tool'], undefined],
};

describe('extension: add container files', () => {
  let folder: TempFolder;

  beforeEach(async () => {
    folder = await makeTempFolder();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  function put(files: Files, name = '.'): string {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder.path, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return join(folder.path, name);
  }

  const read = (path: string) => readFileSync(join(folder.path, path), 'utf8');

  async function planOf(path: string): Promise<Plan> {
    for (const language of languages)
      if (await language.isFound(folderAt(path))) return await language.plan(folderAt(path));
    throw new Error(`nothing is found in ${path}`);
  }

  /** Answers to what is asked, then the files to write. */
  async function add(answers: readonly Answer[], changes: Partial<ScaffoldHost> = {}) {
    const ui = new ScriptUi(...answers);
    const shown: string[] = [];
    const opened: string[] = [];
    const host: ScaffoldHost = {
      ui,
      folders: () => [{ name: 'web', path: folder.path }],
      open: (path) => Promise.resolve(void opened.push(path)),
      showDifference: (path) => Promise.resolve(void shown.push(path)),
      run: () => Promise.resolve(),
      ...changes,
    };
    await addFiles(host, undefined);
    return { ui, shown, opened };
  }

  it('finds out what projects are, each as one thing', async () => {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(projects).sort());
    for (const [name, files] of Object.entries(projects)) {
      const path = put(files, name);
      const fits = [];
      for (const language of languages) if (await language.isFound(folderAt(path))) fits.push(language.id);
      assert.deepEqual(fits, [name.split('-')[0]], name);
      const { summary, entries, port } = await planOf(path);
      assert.deepEqual([summary, entries, port], found[name], name);
    }
  });

  it('goes by what projects say of versions', async () => {
    const node = async (engines: string, more: Files = {}) => {
      const path = put({ 'package.json': JSON.stringify({ engines: { node: engines } }), ...more });
      return /\d+/.exec((await planOf(path)).summary)?.[0];
    };
    const asked = ['>=18', '^20.1', '22.x', '>=18 <21', '>=18 <=22', '18 - 22', '<24', '26', '18', '*', ''];
    const got = [];
    for (const range of asked) got.push(await node(range));
    assert.deepEqual(got, ['24', '20', '22', '20', '22', '22', '22', '26', '18', '24', '24']);
    assert.equal(await node('>=18', { '.nvmrc': 'v22.3.1\n' }), '22');
  });

  it('writes what our linter and formatter have nothing to say of', async () => {
    for (const [name, files] of Object.entries(projects)) {
      const path = put(files, name);
      const plan = await planOf(path);
      for (const port of [plan.port, undefined, 65_535]) {
        const text = plan.dockerfile({ entry: plan.entries[0] ?? '', port });
        put({ [`${port ?? 'none'}.Dockerfile`]: text }, name);
      }
    }
    const lint = await run(coracleBinary, ['lint', '--no-shellcheck', '.'], { cwd: folder.path });
    assert.deepEqual(lint, { code: 0, stdout: '', stderr: '' });
    assert.equal((await run(coracleBinary, ['fmt', '--check', '.'], { cwd: folder.path })).code, 0);
  });

  it('asks for the port alone where all else is known, writes the files and opens the Dockerfile', async () => {
    put(projects['node-plain'] ?? {});
    const usual = ['Dockerfile', '.dockerignore', '.vscode/launch.json'];
    const { ui, opened } = await add(['3456', usual]);
    assert.deepEqual(ui.offered, [...usual, 'compose.yaml']);
    assert.deepEqual(opened, [join(folder.path, 'Dockerfile')]);
    assert.match(read('Dockerfile'), /^EXPOSE 3456$/m);
    assert.match(read('.dockerignore'), /^\*\*\/node_modules$/m);
    const launch = JSON.parse(read('.vscode/launch.json')) as { configurations: object[] };
    assert.deepEqual(launch.configurations, [
      {
        name: 'Debug in a Container',
        type: 'coracle',
        request: 'launch',
        dockerfile: '${workspaceFolder}/Dockerfile',
      },
    ]);
    assert.ok(!existsSync(join(folder.path, 'compose.yaml')));
    assert.deepEqual(
      ui.infos.map(({ message, actions }) => [message, actions.map(({ label }) => label)]),
      [[`Added ${usual.join(', ')}.`, ['Build and Run']]],
    );
  });

  it('asks what there is, what starts and which port, where nothing is known, and takes no nonsense', async () => {
    const { ui } = await add(['Node.js', '', 'node "a b.js" --x', 'many', '70000', '', ['Dockerfile', 'compose.yaml']]);
    assert.match(read('Dockerfile'), /^CMD \["node", "a b.js", "--x"\]$/m);
    assert.doesNotMatch(read('Dockerfile'), /EXPOSE|HEALTHCHECK/);
    assert.doesNotMatch(read('compose.yaml'), /ports/);
    assert.equal(ui.faults.length, 3);
  });

  it('lets the user choose among several', async () => {
    put({ ...projects['go-commands'], ...projects['python-flask'] });
    await add(['Go', './cmd/tool', '', ['Dockerfile']]);
    assert.match(read('Dockerfile'), /-o \/out\/app \.\/cmd\/tool$/m);
  });

  it('replaces nothing without showing the difference and being told to', async () => {
    put({ ...projects['node-plain'], Dockerfile: 'FROM mine\n', '.dockerignore': 'mine\n' });
    const first = await add(['3456', ['Dockerfile', '.dockerignore'], false, true]);
    assert.deepEqual(first.shown, [join(folder.path, 'Dockerfile'), join(folder.path, '.dockerignore')]);
    assert.deepEqual([read('Dockerfile'), read('.dockerignore') === 'mine\n'], ['FROM mine\n', false]);
    // What is the same already is neither shown nor written.
    const second = await add(['3456', ['.dockerignore']]);
    assert.deepEqual([second.shown, second.ui.infos], [[], []]);
  });

  it('does nothing when the user turns away', async () => {
    put(projects['node-plain'] ?? {});
    for (const answers of [[undefined], ['3456', undefined]]) await add(answers);
    assert.ok(!existsSync(join(folder.path, 'Dockerfile')));
  });

  it('says what is wrong with a package.json, and where there is no folder', async () => {
    put({ 'package.json': '{' });
    await assert.rejects(add([]), /package\.json cannot be read: /);
    await assert.rejects(add([], { folders: () => [] }), /Open a folder first/);
  });

  it('adds to a launch.json and leaves the rest of it as it is', () => {
    const before = `{
  // "configurations": [ in a comment
  "compounds": [{ "configurations": ["a"] }],
  "configurations": [
    { "type": "node", "name": "[\\"x" } // mine
  ]
}
`;
    const after = launchText(before);
    assert.ok(after.includes('    { "type": "node", "name": "[\\"x" } // mine\n  ]\n}\n'));
    const plain = JSON.parse(after.replaceAll(/ *\/\/ .*/g, '')) as { configurations: { type: string }[] };
    assert.deepEqual(
      plain.configurations.map(({ type }) => type),
      ['coracle', 'node'],
    );
    assert.equal(launchText(after), after);
    const empty = JSON.parse(launchText('{ "configurations": [] }')) as { configurations: unknown[] };
    assert.equal(empty.configurations.length, 1);
    assert.throws(() => launchText('{ "version": "0.2.0" }'), /no list of configurations/);
  });

  it('puts nothing of a hostile project into an instruction', async () => {
    const path = put({
      'package.json': JSON.stringify({
        main: 'x\nUSER root',
        engines: { node: '>=1\nRUN evil' },
        scripts: { start: 'node a.js\nRUN evil', __proto__: null },
      }),
      'yarn.lock': '# yarn lockfile v1\n',
    });
    const plan = await planOf(path);
    const text = plan.dockerfile({ entry: plan.entries[0] ?? '', port: plan.port });
    assert.doesNotMatch(text, /evil|root\n/);
  });
});
