// Go programs: built without C, so that an image needs nothing but the program and the certificates it trusts.

import { l10n } from '../../l10n.ts';
import { cacheMount, dockerfileText, expose, runWith } from '../dockerfile-text.ts';
import type { Folder } from '../folder.ts';
import type { Answers, Language } from '../project.ts';
import { plainPath, portIn } from '../values.ts';

const modules = cacheMount('/go/pkg/mod');
const objects = cacheMount('/root/.cache/go-build');
const mostPackages = 50;

interface GoModule {
  readonly version: string;
  readonly hasSums: boolean;
  readonly isVendored: boolean;
}

export const go: Language = {
  id: 'go',
  label: () => 'Go',
  isFound: (folder) => folder.has('go.mod'),
  async plan(folder) {
    const text = (await folder.read('go.mod')) ?? '';
    // What the toolchain must be, else the least that it may be.
    const version = /^toolchain go(\d+\.\d+)/m.exec(text)?.[1] ?? /^go (\d+\.\d+)/m.exec(text)?.[1] ?? '1.25';
    const own = { version, hasSums: await folder.has('go.sum'), isVendored: await folder.has('vendor/modules.txt') };
    const mains = await mainPackages(folder);
    return {
      summary: `Go ${version}`,
      entries: mains.map(({ path }) => path),
      entryQuestion: l10n.t('Which package is the program?'),
      entryExample: './cmd/server',
      port: mains.map(({ port }) => port).find((port) => port !== undefined),
      isPortKnown: false,
      ignored: ['bin', '*.test', '*.out'],
      isDebuggable: false,
      dockerfile: (answers) => textFor(own, answers),
    };
  },
};

function textFor({ version, hasSums, isVendored }: GoModule, { entry, port }: Answers): string {
  const path = plainPath(entry);
  const target = path === undefined ? '.' : `./${path}`;
  const build = [
    `FROM golang:${version} AS build`,
    'WORKDIR /src',
    ...(isVendored ? [] : [`COPY go.mod ${hasSums ? 'go.sum ' : ''}./`, runWith([modules], 'go mod download')]),
    'COPY . .',
    runWith([modules, objects], `CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/app ${target}`),
  ];
  const final = [
    'FROM scratch AS final',
    'COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/',
    'COPY --from=build /out/app /app',
    'USER 65532:65532',
    expose(port),
    'ENTRYPOINT ["/app"]',
  ];
  return dockerfileText([build, final]);
}

interface MainPackage {
  readonly path: string;
  readonly port: number | undefined;
}

/** The root and the folders below `cmd`, as far as they hold a program. */
async function mainPackages(folder: Folder): Promise<readonly MainPackage[]> {
  const commands = (await folder.names('cmd')).filter((name) => name.endsWith('/')).map((name) => `cmd/${name}`);
  const found: MainPackage[] = [];
  for (const path of ['', 'cmd/', ...commands].slice(0, mostPackages)) {
    if (path !== '' && plainPath(path) === undefined) continue;
    const sources = (await folder.names(path)).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
    const texts = await Promise.all(sources.slice(0, mostPackages).map((name) => folder.read(path + name)));
    if (!texts.some((text) => /^package main\b/m.test(text ?? ''))) continue;
    const port = texts.map(portIn).find((each) => each !== undefined);
    found.push({ path: path === '' ? '.' : `./${path.slice(0, -1)}`, port });
  }
  return found;
}
