// Python, by the debugger that Microsoft's extension brings. The debugpy of that extension is put into the container, so that an
// image needs none of its own; it listens on the container's loopback only.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LanguageDebugger, Preparation, Program } from './contract.ts';
import { namedProgram, programNames } from './program.ts';

const port = 5678;
const folder = '/.coracle/python';
const listening = ['-m', 'debugpy', '--listen', `127.0.0.1:${port}`, '--wait-for-client'];

/** Commands that are Python modules: a debugger starts them by the module. */
const modules = [
  'celery',
  'daphne',
  'fastapi',
  'flask',
  'gunicorn',
  'hypercorn',
  'pytest',
  'streamlit',
  'uvicorn',
  'waitress',
];
const interpreter = /^(?:.*\/)?python(?:\d(?:\.\d+)?)?$/;
/** Options of the interpreter that have no value and stand before its script. */
const option = /^-[bBdEiIOqsSuvx]+$/;
/** The same in the text of a shell. */
const inShell = /(?<=^|[\s;&|(])(?:[\w./-]*\/)?python(?:\d(?:\.\d+)?)?(?:[ \t]+-[bBdEiIOqsSuvx]+)*(?=[ \t])/;
const longest = 4096;

/** Waits for the listener, then is standard input and output on it. */
const relayText = [
  'import os,socket,sys,threading,time',
  'for i in range(600):',
  ' try:',
  '  s=socket.create_connection(("127.0.0.1",int(sys.argv[1])));break',
  ' except OSError:',
  '  time.sleep(0.05)',
  'else:',
  ' sys.exit(1)',
  'def take():',
  ' while True:',
  '  b=s.recv(65536)',
  '  if not b:os._exit(0)',
  '  while b:b=b[os.write(1,b):]',
  'threading.Thread(target=take,daemon=True).start()',
  'while True:',
  ' b=os.read(0,65536)',
  ' if not b:os._exit(0)',
  ' s.sendall(b)',
].join('\n');

/** @param bundled folder of the extension that brings debugpy; undefined where it is not there */
export function python(bundled: () => string | undefined): LanguageDebugger {
  return {
    language: 'python',
    extension: { id: 'ms-python.debugpy', name: 'Python Debugger' },

    understands(program) {
      if (programNames(program).some((name) => interpreter.test(name) || modules.includes(name))) return 'surely';
      return program.environment.some((entry) => entry.startsWith('PYTHON_VERSION=')) ? 'perhaps' : 'no';
    },

    async prepare(program): Promise<Preparation> {
      const extension = bundled();
      const files = extension === undefined ? {} : await filesBelow(join(extension, 'bundled/libs'), 'debugpy');
      const before = program.environment.findLast((entry) => entry.startsWith('PYTHONPATH='))?.slice(11) ?? '';
      const path = [Object.keys(files).length === 0 ? '' : folder, before].filter((part) => part !== '').join(':');
      const environment = {
        // What debugpy warns of otherwise, with Python 3.11 and later.
        PYDEVD_DISABLE_FILE_VALIDATION: '1',
        ...(path === '' ? {} : { PYTHONPATH: path }),
      };
      return { environment, files, listener: { port }, ...withDebugger(program) };
    },

    listener: () => undefined,
    isChatter: () => false,
    relay: (program, to) => [namedProgram(program, ['python', 'python3']) ?? 'python3', '-c', relayText, String(to)],

    configuration: ({ host, port: at, roots, stopOnEntry }) => ({
      type: 'debugpy',
      request: 'attach',
      connect: { host, port: at },
      pathMappings: [{ localRoot: roots.local, remoteRoot: roots.remote }],
      stopOnEntry,
      redirectOutput: false,
    }),
  };
}

/** The program's words with the debugger in them; nothing where they name no Python. */
export function withDebugger({ entrypoint, command }: Program): Pick<Preparation, 'entrypoint' | 'command'> {
  const begun = rewrite(entrypoint);
  if (begun !== undefined) return { entrypoint: begun };
  const rest = rewrite(command);
  return rest === undefined ? {} : { command: rest };
}

function rewrite(words: readonly string[]): string[] | undefined {
  const at = words.findIndex((word) => interpreter.test(word));
  if (at >= 0) {
    let end = at + 1;
    while (option.test(words[end] ?? '')) end += 1;
    return [...words.slice(0, end), ...listening, ...words.slice(end)];
  }
  const script = words.findIndex((word) => modules.includes(word.slice(word.lastIndexOf('/') + 1)));
  if (script >= 0) {
    const name = words[script] ?? '';
    const module = name.slice(name.lastIndexOf('/') + 1);
    return [...words.slice(0, script), 'python3', ...listening, '-m', module, ...words.slice(script + 1)];
  }
  const shell = words.findIndex((word) => word.length <= longest && inShell.test(word));
  if (shell < 0) return undefined;
  return words.map((word, index) =>
    index === shell ? word.replace(inShell, (found) => `${found} ${listening.join(' ')}`) : word,
  );
}

/** @returns where they go in the container -> their contents; none where the folder is not there */
async function filesBelow(root: string, name: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  let entries;
  try {
    entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return files;
    throw error;
  }
  for (const entry of entries) {
    if (!entry.isFile() || entry.parentPath.includes('__pycache__')) continue;
    const path = join(entry.parentPath, entry.name);
    files[`${folder}/${path.slice(root.length + 1)}`] = await readFile(path);
  }
  return files;
}
