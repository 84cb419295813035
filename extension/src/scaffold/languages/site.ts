// Sites of files, as they are or built by a package of Node, served by an nginx that needs no root.

import { l10n } from '../../l10n.ts';
import { dockerfileText, expose, healthCheck } from '../dockerfile-text.ts';
import type { Answers, Language } from '../project.ts';
import { baseStage, buildStage } from './node-stages.ts';
import { type NodePackage, readPackage } from './package-json.ts';
import { isSite, siteFolder } from './site-builders.ts';

/** Runs as a user of its own, and so listens above 1024. */
const server = 'nginxinc/nginx-unprivileged:1.29-alpine';
const serverPort = 8080;
const pages = '/usr/share/nginx/html';
/** Folders that pages are kept in beside what makes them. */
const pageFolders = ['public', 'site', 'www', 'html', 'dist', '_site'];

export const site: Language = {
  id: 'site',
  label: () => l10n.t('Static site'),
  async isFound(folder) {
    if (await folder.has('package.json')) return isSite(await readPackage(folder));
    if (await folder.has('index.html')) return true;
    // A page inside the sources of something else is none of a site.
    const others = ['go.mod', 'requirements.txt', 'pyproject.toml', 'manage.py'];
    for (const name of others) if (await folder.has(name)) return false;
    for (const name of pageFolders) if (await folder.has(`${name}/index.html`)) return true;
    return false;
  },
  async plan(folder) {
    const own = (await folder.has('package.json')) ? await readPackage(folder) : undefined;
    const built = own === undefined ? undefined : siteFolder(own);
    const found = [];
    for (const name of pageFolders) if (await folder.has(`${name}/index.html`)) found.push(name);
    const kept = (await folder.has('index.html')) ? '.' : (found[0] ?? '.');
    return {
      summary: built === undefined ? 'nginx' : `Node ${own?.node ?? ''}, ${own?.manager.name ?? ''}, nginx`,
      entries: [built ?? kept],
      entryQuestion: l10n.t('Which folder are the pages in?'),
      entryExample: 'public',
      port: serverPort,
      isPortKnown: true,
      ignored: built === undefined ? [] : ['node_modules', built],
      isDebuggable: false,
      dockerfile: (answers) => textFor(built === undefined ? undefined : own, answers),
    };
  },
};

function textFor(own: NodePackage | undefined, { entry }: Answers): string {
  const copied = own === undefined ? `COPY ${entry} ${pages}/` : `COPY --from=build /app/${entry} ${pages}/`;
  const final = [
    `FROM ${server} AS final`,
    copied,
    expose(serverPort),
    healthCheck(serverPort, (port) => ['wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}/`]),
  ];
  return dockerfileText(own === undefined ? [final] : [baseStage(own), buildStage(own), final]);
}
