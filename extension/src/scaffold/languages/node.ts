// Programs on Node, also such as are built first (TypeScript, bundlers).

import { l10n } from '../../l10n.ts';
import { dockerfileText, execForm, expose, healthCheck } from '../dockerfile-text.ts';
import type { Folder } from '../folder.ts';
import type { Answers, Language } from '../project.ts';
import { commandWords, plainPath, portIn, textOf } from '../values.ts';
import { baseStage, buildStage, dependenciesStage } from './node-stages.ts';
import { type NodePackage, readPackage } from './package-json.ts';
import { isSite } from './site-builders.ts';

const usualEntries = ['server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/app', 'src/main'];
const endings = ['.js', '.mjs', '.cjs', '.ts'];
/** Where builds put what runs. */
const builtFolder = /^(?:dist|build|out|lib)$/;

export const node: Language = {
  id: 'node',
  label: () => 'Node.js',
  isFound: async (folder) => (await folder.has('package.json')) && !isSite(await readPackage(folder)),
  async plan(folder) {
    const own = await readPackage(folder);
    const entries = await entriesOf(folder, own);
    return {
      summary: [`Node ${own.node}`, own.manager.name, ...(own.uses('typescript') ? ['TypeScript'] : [])].join(', '),
      entries,
      entryQuestion: l10n.t('What starts the program?'),
      entryExample: 'node server.js',
      port: await portOf(folder, own, entries),
      isPortKnown: false,
      ignored: ['node_modules', ...(isBuilt(own) ? ['dist'] : []), 'coverage', 'npm-debug.log*', '*.tsbuildinfo'],
      isDebuggable: true,
      dockerfile: (answers) => textFor(own, answers),
    };
  },
};

function textFor(own: NodePackage, { entry, port }: Answers): string {
  const words = commandWords(entry);
  const final = [
    'FROM base AS final',
    'ENV NODE_ENV=production',
    ...programOf(own, words),
    'USER 1000:1000',
    expose(port),
    healthCheck(port, healthWords),
    `CMD ${execForm(words)}`,
  ];
  return dockerfileText([
    baseStage(own),
    own.hasDependencies ? dependenciesStage(own) : [],
    isBuilt(own) ? buildStage(own, builtPart(words) === undefined) : [],
    final,
  ]);
}

/** Packages as they are installed for it, and the program: as it is, or what was built of it. */
function programOf(own: NodePackage, words: readonly string[]): string[] {
  const packages = own.hasDependencies ? ['COPY --from=dependencies /app/node_modules ./node_modules'] : [];
  if (!isBuilt(own)) return [...packages, 'COPY . .'];
  const built = builtPart(words);
  if (built === undefined) return ['COPY --from=build /app ./', ...packages];
  return [...packages, 'COPY package.json ./', `COPY --from=build /app/${built} ./${built}`];
}

/** The folder of the build that the command starts something in; undefined when that is anywhere. */
function builtPart(words: readonly string[]): string | undefined {
  return words.map((word) => plainPath(word)?.split('/')[0] ?? '').find((first) => builtFolder.test(first));
}

/** Content with any answer: which page is the right one nobody can know. */
function healthWords(port: number): readonly string[] {
  return ['node', '-e', `fetch('http://127.0.0.1:${port}/').then(() => process.exit(0), () => process.exit(1))`];
}

function isBuilt(own: NodePackage): boolean {
  return textOf(own.scripts, 'build') !== '';
}

async function entriesOf(folder: Folder, own: NodePackage): Promise<readonly string[]> {
  const start = textOf(own.scripts, 'start');
  // Without npm before it, the program gets its signals itself.
  if (start !== '') return [/^node [\w@./+-]+$/.test(start) ? start : 'npm start'];
  const main = plainPath(own.main);
  if (main !== undefined && (isBuilt(own) || (await folder.has(main)))) return [`node ${main}`];
  const found = [];
  for (const stem of usualEntries) {
    for (const ending of endings) if (await folder.has(stem + ending)) found.push(`node ${stem}${ending}`);
  }
  return found;
}

async function portOf(folder: Folder, own: NodePackage, entries: readonly string[]): Promise<number | undefined> {
  const named = entries.map((entry) => plainPath(entry.split(' ')[1] ?? '')).filter((path) => path !== undefined);
  const sources = usualEntries.flatMap((stem) => endings.map((ending) => stem + ending));
  for (const path of [...named, ...sources]) {
    const port = portIn(await folder.read(path));
    if (port !== undefined) return port;
  }
  return servers.some((name) => own.uses(name)) ? 3000 : undefined;
}

/** Frameworks that listen on 3000 unless they are told otherwise. */
const servers = ['express', 'fastify', 'koa', '@hapi/hapi', '@nestjs/core', 'next', 'nuxt', '@remix-run/serve', 'hono'];
