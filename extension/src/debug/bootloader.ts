// What Node loads first in each process of a container that is debugged. It goes into the container as text, so it stands on nothing
// of this file, and is in a language that old Nodes understand.

/** Where it lies in the container. */
export const bootloaderPath = '/.coracle/debug.cjs';

/** The text of the file. */
export function bootloaderText(): string {
  return `(${String(boot)})(require);\n`;
}

/**
 * Lets a debugger in before the program begins: opens the inspector on a free port of the container's loopback, says so in the
 * container's log, and waits until a debugger has set its breakpoints. Package managers are passed by, since the program that they
 * start comes here as well; so are processes that somebody ran in the container besides (a shell, a health check).
 */
function boot(load: NodeJS.Require): void {
  const inspector = load('inspector') as typeof import('node:inspector');
  const fs = load('fs') as typeof import('node:fs');

  function isWorker(): boolean {
    try {
      return !(load('worker_threads') as typeof import('node:worker_threads')).isMainThread;
    } catch {
      return false; // A Node without workers.
    }
  }

  function isPackageManager(script: string): boolean {
    const tool = /(?:^|[\\/])(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.[cm]?js)?$/;
    // Yarn and pnpm keep their programs under names with a version.
    return tool.test(script) || /[\\/](?:\.yarn[\\/]releases|corepack[\\/]v?\d)[\\/]/.test(script);
  }

  /** Whether the container's first process is above this one. */
  function isOfProgram(): boolean {
    let pid = process.pid;
    for (let depth = 0; depth < 64 && pid > 1; depth++) {
      // The name in parentheses may hold anything; the parent is the second field after it.
      const stat = fs.readFileSync('/proc/' + pid + '/stat', 'latin1');
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    }
    return pid === 1;
  }

  /** Into the container's log, also where somebody else reads what this process writes. */
  function announce(url: string | undefined): boolean {
    if (process.pid === 1) return true; // Node has said it there.
    try {
      fs.writeFileSync('/proc/1/fd/2', 'Debugger listening on ' + url + '\n');
      return true;
    } catch {
      return false; // Another user's; what Node says of itself may still come through.
    }
  }

  /** With its source map in it, since a debugger outside cannot read the container's files. */
  function withMap(code: string, file: string): string {
    const told = /\/\/[#@] sourceMappingURL=([^\s'"]+)\s*$/.exec(code.slice(-1024));
    const name = told === null ? undefined : told[1];
    if (name === undefined || /^[a-z][a-z\d+.-]*:/i.test(name) || /[\\/]node_modules[\\/]/.test(file)) return code;
    try {
      const path = load('path') as typeof import('node:path');
      const map = fs.readFileSync(path.resolve(path.dirname(file), decodeURIComponent(name)));
      // The last one counts.
      return code + '\n//# sourceMappingURL=data:application/json;base64,' + map.toString('base64');
    } catch {
      return code; // An image need not have its maps.
    }
  }

  function bringMaps(): void {
    const modules = load('module') as typeof import('node:module') & {
      prototype: { _compile: (this: unknown, code: string, file: string, ...rest: unknown[]) => unknown };
    };
    const compile = modules.prototype._compile;
    modules.prototype._compile = function (code, file, ...rest) {
      return Reflect.apply(compile, this, [withMap(code, file), file, ...rest]);
    };
    // ES modules, with a Node that lets one see them.
    if (typeof modules.registerHooks !== 'function') return;
    const url = load('url') as typeof import('node:url');
    modules.registerHooks({
      load(address, context, next) {
        const loaded = next(address, context);
        if (loaded.format !== 'module' || !address.startsWith('file:') || !loaded.source) return loaded;
        const code = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
        return { ...loaded, source: withMap(code, url.fileURLToPath(address)) };
      },
    });
  }

  try {
    if (inspector.url() !== undefined || isWorker()) return;
    if (isPackageManager(process.argv[1] || '') || !isOfProgram()) return;
    bringMaps();
    inspector.open(0, '127.0.0.1', false);
    const isKnown = announce(inspector.url());
    // Who cannot be heard of would wait for ever.
    if (isKnown && inspector.waitForDebugger) inspector.waitForDebugger();
  } catch (error) {
    // The program is worth more than its debugger.
    process.stderr.write('coracle: no debugger can join this process: ' + String(error) + '\n');
  }
}
