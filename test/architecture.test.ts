// The house as data: which room may import which, and what nobody may do. A new arrow is one line here with its reason.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Room -> rooms it may import. Every room may import itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'runtime/src/spec': [],
  // File trees where no kernel has any are the lightweight mode's file system.
  // Components are transpiled on a thread, which is Node's.
  'runtime/src/host': [
    'runtime/src/spec',
    'wasm/src/wasi',
    'wasm/src/memory',
    'wasm/src/files',
    'wasm/src/mounts',
    'wasm/src/preview2',
    // Threads find modules that were made to take turns.
    'wasm/src/binary',
    // Networks in user land are what programs see, and threads are made here for what runs on them.
    'wasm/src/sockets',
    'wasm/src/threads',
    'wasm/src/processes',
  ],
  'runtime/src/events': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/registry': ['runtime/src/spec', 'runtime/src/host'],
  // Blobs by their digest: what the engine's images and a registry of one's own keep alike.
  'runtime/src/content': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/images': ['runtime/src/spec', 'runtime/src/host', 'runtime/src/registry', 'runtime/src/content'],
  // Copies of images without an engine: members of archives are written as the engine writes them.
  'runtime/src/transfer': [
    'runtime/src/spec',
    'runtime/src/host',
    'runtime/src/registry',
    'runtime/src/content',
    'runtime/src/images',
  ],
  // A registry of one's own, over a folder: it knows neither the engine nor who listens.
  'runtime/src/registry-server': ['runtime/src/spec', 'runtime/src/host', 'runtime/src/content'],
  'runtime/src/networks': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/volumes': ['runtime/src/spec', 'runtime/src/host'],
  // Which images may be here, by their signatures: what it asks of a registry, its caller hands over.
  'runtime/src/trust': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/runners': [
    'runtime/src/spec',
    'runtime/src/host',
    // Programs of containers of WebAssembly, memory to mount in them, and their network.
    'wasm/src/processes',
    'wasm/src/mounts',
    'wasm/src/sockets',
    // What is kept of components and of modules that take turns, and where.
    'wasm/src/preview2',
    'wasm/src/binary',
  ],
  // The files of containers, volumes and images: given opened trees, it knows none of them.
  'runtime/src/files': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/containers': ['runtime/src/spec', 'runtime/src/host', 'runtime/src/runners'],
  // Builds of Dockerfiles: given images, containers and sources, it knows none of them.
  'runtime/src/builder': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/engine': [
    'runtime/src/spec',
    'runtime/src/host',
    'runtime/src/events',
    'runtime/src/registry',
    'runtime/src/images',
    'runtime/src/networks',
    'runtime/src/volumes',
    'runtime/src/runners',
    'runtime/src/containers',
    'runtime/src/files',
    'runtime/src/builder',
  ],
  'runtime/src/api': ['runtime/src/spec'],
  // BuildKit's gRPC over the engine's builds: given an engine and connections, it knows neither the builder nor the HTTP server.
  'runtime/src/buildkit': ['runtime/src/spec'],
  'runtime/src/rootless': ['runtime/src/spec', 'runtime/src/host'],
  'runtime/src/daemon': [
    'runtime/src/spec',
    'runtime/src/host',
    'runtime/src/engine',
    'runtime/src/api',
    'runtime/src/buildkit',
    'runtime/src/rootless',
    // Loaded where there is a policy.
    'runtime/src/trust',
    // `coracle registry` is a daemon too: its lock, its listeners and its log are the same.
    'runtime/src/registry-server',
    // Sizes and durations in its settings are written as on the command line.
    'runtime/src/text',
    // Who keeps the socket of an engine that sleeps is asked to leave it to the next.
    'runtime/src/connect',
    // It makes what the lightweight mode takes of this machine: threads for processes, and the cache of what components become.
    'wasm/src/processes',
    'runtime/src/runners',
  ],
  // The engine in a browser's worker: it puts the engine together as the daemon does, whose version it has, and answers the API by messages.
  'runtime/src/web': [
    'runtime/src/spec',
    'runtime/src/host',
    'runtime/src/engine',
    'runtime/src/api',
    'runtime/src/daemon',
    // Whether threads can share memory here.
    'wasm/src/memory',
    'wasm/src/processes',
    // What components become is kept.
    'runtime/src/runners',
  ],
  'runtime/src/client': ['runtime/src/spec'],
  'runtime/src/connect': ['runtime/src/spec', 'runtime/src/client'],
  // `cp` and the contexts of builds, alike in the command line and in the extension.
  'runtime/src/copy': ['runtime/src/spec', 'runtime/src/client'],
  // What people type and read, alike in the command line and in the extension.
  'runtime/src/text': ['runtime/src/spec'],
  'runtime/src/cli': [
    'runtime/src/spec',
    'runtime/src/text',
    'runtime/src/client',
    'runtime/src/copy',
    'runtime/src/connect',
    // `coracle copy` asks registries itself, over this machine's files and network.
    'runtime/src/host',
    'runtime/src/registry',
    'runtime/src/transfer',
    // `coracle sign` and `coracle verify`, without an engine.
    'runtime/src/trust',
    // `coracle lint` and `coracle fmt` are the editor's linter and formatter.
    'language-server/src/lint',
    'language-server/src/format',
    // It runs ShellCheck, which the linter itself cannot.
    'language-server/src/shell',
  ],
  // Shell scripts in instructions: a tree, and ShellCheck's findings mapped back.
  'language-server/src/shell': ['runtime/src/spec'],
  // What the world outside the file knows; the engine's adapter is the only one that knows the client.
  'language-server/src/knowledge': ['runtime/src/spec', 'runtime/src/client', 'runtime/src/connect'],
  'language-server/src/lint': ['runtime/src/spec', 'language-server/src/shell', 'language-server/src/knowledge'],
  'language-server/src/format': ['runtime/src/spec', 'language-server/src/shell'],
  // What the server asks of a kind of file, and the documents it hands over: a contract of types and one class.
  // ShellCheck is handed over as a function.
  'language-server/src/language': ['runtime/src/spec', 'language-server/src/knowledge', 'language-server/src/shell'],
  // The features of one kind of file each: pure functions of a parsed file and a place in it.
  'language-server/src/dockerfile': [
    'runtime/src/spec',
    'runtime/src/text',
    'language-server/src/shell',
    'language-server/src/knowledge',
    'language-server/src/language',
    'language-server/src/lint',
    'language-server/src/format',
  ],
  'language-server/src/compose': [
    'runtime/src/spec',
    'runtime/src/text',
    'language-server/src/knowledge',
    'language-server/src/language',
  ],
  'language-server/src/bake': ['runtime/src/spec', 'language-server/src/knowledge', 'language-server/src/language'],
  // Connection, documents, settings, scheduling: it puts the others together.
  'language-server/src/server': [
    'runtime/src/spec',
    'runtime/src/client',
    'runtime/src/connect',
    'language-server/src/knowledge',
    'language-server/src/language',
    'language-server/src/shell',
    'language-server/src/lint',
    'language-server/src/dockerfile',
    'language-server/src/compose',
    'language-server/src/bake',
  ],
  // The lightweight mode imports nothing of ours but `spec`, and runs in a browser as well.
  'wasm/src/wasi': [],
  'wasm/src/memory': ['wasm/src/wasi'],
  // What is read and written of a module's bytes; nobody else's business.
  'wasm/src/binary': ['wasm/src/wasi'],
  'wasm/src/files': ['wasm/src/wasi', 'wasm/src/memory'],
  'wasm/src/mounts': ['wasm/src/wasi', 'wasm/src/memory', 'wasm/src/files'],
  'wasm/src/sockets': ['wasm/src/wasi', 'wasm/src/memory'],
  // What a descriptor stands for may be a socket, whose addresses programs see in octets.
  'wasm/src/preview1': [
    'runtime/src/spec',
    'wasm/src/wasi',
    'wasm/src/memory',
    'wasm/src/files',
    'wasm/src/mounts',
    'wasm/src/sockets',
    // Which exports a program has that asks whether others should go on.
    'wasm/src/binary',
  ],
  // A component is a process with the descriptors of one.
  'wasm/src/preview2': [
    'wasm/src/wasi',
    'wasm/src/memory',
    'wasm/src/files',
    'wasm/src/mounts',
    'wasm/src/sockets',
    'wasm/src/preview1',
  ],
  'wasm/src/threads': [],
  // It runs programs on threads, and gives them all that a container has.
  'wasm/src/processes': [
    'wasm/src/wasi',
    'wasm/src/memory',
    'wasm/src/files',
    'wasm/src/mounts',
    'wasm/src/sockets',
    // Memory limits and yields are written into modules before they are compiled.
    'wasm/src/binary',
    'wasm/src/preview1',
    'wasm/src/preview2',
    'wasm/src/threads',
  ],
};

/** Rooms that may use `node:*`. The others are portable and take a Host. `runners` only below `linux/`. */
const nodeRooms = ['host', 'api', 'buildkit', 'client', 'copy', 'connect', 'cli', 'rootless', 'daemon', 'trust'].map(
  (room) => `runtime/src/${room}`,
);

/** Packages each workspace may depend on at run time. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
  runtime: [
    '@noble/hashes',
    '@sigstore/bundle',
    '@sigstore/core',
    '@sigstore/verify',
    'bcryptjs',
    'dns-packet',
    're2js',
    'tweetnacl',
  ],
  wasm: ['@bytecodealliance/jco-transpile'],
  'language-server': ['vscode-languageserver', 'yaml'],
};

interface Source {
  readonly path: string;
  readonly text: string;
  readonly room: string;
}

function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      return { path, text: readFileSync(join(root, path), 'utf8'), room: path.split('/').slice(0, 3).join('/') };
    });
}

function imports(source: Source): string[] {
  return [...source.text.matchAll(/^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gms)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

describe('architecture', () => {
  const all = [...sources('runtime/src'), ...sources('language-server/src'), ...sources('wasm/src')];

  it('has no room that the table does not name', () => {
    const unknown = all.filter((source) => !(source.room in arrows)).map((source) => source.path);
    assert.deepEqual(unknown, []);
  });

  it('follows the table of arrows', () => {
    const wrong: string[] = [];
    for (const source of all) {
      for (const target of imports(source).filter((name) => name.startsWith('.'))) {
        const path = relative(root, resolve(root, dirname(source.path), target));
        // Data of a package that its exports do not name.
        if (path.startsWith('node_modules/')) continue;
        const room = path.split('/').slice(0, 3).join('/');
        if (room !== source.room && !arrows[source.room]?.includes(room)) wrong.push(`${source.path} -> ${path}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('keeps node: out of portable rooms', () => {
    const wrong = all
      .filter(
        ({ room, path }) =>
          path.startsWith('runtime/src/host/web/') ||
          (!nodeRooms.includes(room) && !path.startsWith('runtime/src/runners/linux/')),
      )
      // The language server runs in a browser too; what it needs of Node is in folders of that name.
      .filter((source) => !/^language-server\/src\/\w+\/node\//.test(source.path))
      .flatMap((source) =>
        imports(source)
          .filter((name) => name.startsWith('node:'))
          .map((name) => `${source.path} -> ${name}`),
      );
    assert.deepEqual(wrong, []);
  });

  it('has no default export, no console outside the command line', () => {
    const wrong = all.filter(
      (source) =>
        /^export default/m.test(source.text) ||
        (source.room !== 'runtime/src/cli' && /\bconsole\.(log|error|warn|info)\(/.test(source.text)),
    );
    assert.deepEqual(
      wrong.map((source) => source.path),
      [],
    );
  });

  it('asks nothing of Node that the oldest VS Code has not, where VS Code runs it', () => {
    const rooms = ['spec', 'client', 'copy', 'connect', 'text'].map((room) => `runtime/src/${room}/`);
    const runs = ['extension/src/', 'language-server/src/', ...rooms];
    const newer =
      /\b(?:Async)?DisposableStack\b|\bPromise\.(?:withResolvers|try)\b|\bArray\.fromAsync\b|\b(?:Map|Object)\.groupBy\b|\bIterator\.from\b|\bRegExp\.escape\b|\.toArray\(\)/;
    const wrong = [...all, ...sources('extension/src')]
      .filter(({ path }) => runs.some((folder) => path.startsWith(folder)))
      // What is said about them is no use of them.
      .filter(({ text }) => newer.test(text.replaceAll(/^\s*\/\/.*$/gm, '')))
      .map(({ path }) => path);
    assert.deepEqual(wrong, []);
  });

  it('depends on no package that the allow-list does not name', () => {
    for (const workspace of ['runtime', 'wasm', 'language-server', 'extension']) {
      const manifest = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      assert.deepEqual(Object.keys(manifest.dependencies ?? {}), [...(dependencies[workspace] ?? [])]);
    }
  });

  it('names our Node in scripts after the set-up that brings it, since a shell remembers where it found another', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    assert.deepEqual(
      Object.values(scripts).filter((script) => script.includes('&& node ')),
      [],
    );
  });

  it('has no lock file entry that names a registry', () => {
    assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved": "https?:/);
  });

  it('has no unfinished work and no word of another machine', () => {
    const banned = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|\.only\(/;
    const wrong = [...all, ...sources('test')]
      .filter((source) => !source.path.endsWith('architecture.test.ts') && !source.path.includes('node_modules'))
      .filter((source) => banned.test(source.text))
      .map((source) => `${source.path}: ${banned.exec(source.text)?.[0] ?? ''}`);
    assert.deepEqual(wrong, []);
  });

  it('names every room in ARCHITECTURE.md', () => {
    const map = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
    const missing = Object.keys(arrows).filter((room) => !map.includes(`**\`${room.split('/')[2] ?? ''}\`**`));
    assert.deepEqual(missing, []);
  });

  it('warns of files that hide a noun', () => {
    const sized = all.map((source) => ({ path: source.path, lines: source.text.split('\n').length - 1 }));
    for (const { path, lines } of sized.filter((file) => file.lines > 250)) {
      process.stderr.write(`warning: ${path} has ${lines} lines; 250 is where a noun begins to hide\n`);
    }
    // Tables of data may be long; nothing else is.
    assert.deepEqual(
      sized.filter((file) => file.lines > 700),
      [],
    );
  });
});
