// Node, by VS Code's built-in JavaScript debugger. The inspector listens on the container's loopback only, and is reached through
// the engine: nobody else on the container's networks or on this machine's can speak to it.

import { bootloaderPath, bootloaderText } from './bootloader.ts';
import type { Joined, LanguageDebugger, Listener, Preparation, Program } from './contract.ts';
import { searchText } from './node-search.ts';
import { namedProgram, programNames } from './program.ts';

const tools = ['node', 'nodejs', 'npm', 'npx', 'yarn', 'pnpm', 'pnpx', 'nodemon', 'tsx', 'ts-node'];

/** Standard input and output on a port; Node ends when either side has. */
const relayText =
  "const s=require('net').connect(+process.argv[1],'127.0.0.1');s.on('error',()=>process.exit(1));s.on('close',()=>process.exit());process.stdin.pipe(s).pipe(process.stdout)";

export const node: LanguageDebugger = {
  language: 'node',
  extension: { id: 'ms-vscode.js-debug', name: 'JavaScript Debugger' },

  understands(program) {
    if (programNames(program).some((name) => tools.includes(name))) return 'surely';
    return program.environment.some((entry) => entry.startsWith('NODE_VERSION=')) ? 'perhaps' : 'no';
  },

  async prepare(program, { stopOnEntry }): Promise<Preparation> {
    // At the first line Node itself stops, in each of its processes, package managers among them.
    const option = stopOnEntry ? '--inspect-brk=127.0.0.1:0' : `--require=${bootloaderPath}`;
    const environment = { NODE_OPTIONS: [variable(program, 'NODE_OPTIONS'), option].filter(Boolean).join(' ') };
    if (stopOnEntry) return { environment };
    return { environment, files: { [bootloaderPath]: new TextEncoder().encode(bootloaderText()) } };
  },

  listener(line): Listener | undefined {
    const match = /^Debugger listening on ws:\/\/127\.0\.0\.1:(\d{1,5})(\/[\w-]{1,64})$/.exec(line.trimEnd());
    if (match === null) return undefined;
    const [, port = '', path = ''] = match;
    return { port: Number(port), path };
  },

  isChatter(line) {
    return /^(?:Debugger listening on ws:\/\/|For help, see: https:\/\/nodejs\.org\/|Debugger (?:attached|ending on )|Waiting for the debugger to disconnect)/.test(
      line,
    );
  },

  relay: (program, port) => [...cleanly(program), '-e', relayText, String(port)],

  configuration: ({ host, port, listener, roots, stopOnEntry }: Joined) => ({
    type: 'node',
    request: 'attach',
    ...(listener.path === undefined
      ? { address: host, port }
      : { websocketAddress: `ws://${host}:${port}${listener.path}` }),
    localRoot: roots.local,
    remoteRoot: roots.remote,
    // Its way to children is a file of this machine; ours come by themselves.
    autoAttachChildProcesses: false,
    attachExistingChildren: false,
    continueOnAttach: !stopOnEntry,
    restart: false,
    // What is compiled in the image has its map only when it is loaded.
    pauseForSourceMap: true,
    // What the container writes is shown as it is.
    outputCapture: 'std',
    skipFiles: ['<node_internals>/**', '**/.coracle/**'],
  }),

  search: (program) => [...cleanly(program), '-e', searchText()],
};

/** Node without what the container's environment asks of it. */
function cleanly(program: Program): readonly string[] {
  // The only one that an image without a system may have.
  const own = namedProgram(program, ['node', 'nodejs']);
  return [own?.startsWith('/') === true ? own : 'node'];
}

function variable({ environment }: Program, name: string): string {
  const entry = environment.findLast((each) => each.startsWith(`${name}=`));
  return entry?.slice(name.length + 1) ?? '';
}
