// Writes what V8 makes of scripts beside them: `node .ci/code-cache.mjs SCRIPT,SCRIPT... [ARGUMENT...]`. Without arguments all functions
// are compiled, also those that no start calls. With them the program of the first script is run so, and what it called is compiled:
// of a program of many commands each start would pay for all; of scripts that it did not load, all is. It talks to an engine that
// says yes to everything.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

const [list = '', ...args] = process.argv.slice(2);
const paths = list.split(',');

/** @param {string} path */
function compile(path) {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(readFileSync(path, 'latin1'), { filename: path, importModuleDynamically });
}

/** @param {string} path */
function compileAll(path) {
  // V8 refuses code that was made under other flags, so they are as ever when it is written.
  setFlagsFromString('--no-lazy');
  const script = compile(path);
  setFlagsFromString('--lazy');
  return script;
}

/** @param {string} path @param {Script} script */
function write(path, script) {
  writeFileSync(path.replace(/\.cjs$/, '.cache'), script.createCachedData());
}

/** As `bin/entry.mjs` does it. @type {Map<string, Script>} */
const evaluated = new Map();
/** @type {Map<string, (module: { exports: any }, require: unknown, folder: string) => void>} */
const makers = new Map();
/** @type {Map<string, { exports: any }>} */
const modules = new Map();

/** @param {string} path */
function load(path) {
  const known = modules.get(path);
  if (known !== undefined) return known.exports;
  const folder = dirname(path);
  if (!makers.has(path)) {
    const script = compile(path);
    evaluated.set(path, script);
    for (const [name, make] of Object.entries(script.runInThisContext())) makers.set(join(folder, `${name}.cjs`), make);
  }
  const module = { exports: /** @type {any} */ ({}) };
  modules.set(path, module);
  const require = createRequire(path);
  const take = (/** @type {string} */ id) => (id.startsWith('./') ? load(join(folder, basename(id))) : require(id));
  take.later = async (/** @type {string} */ id) => take(id);
  makers.get(path)?.(module, take, folder);
  return module.exports;
}

if (args.length === 0) {
  for (const path of paths) write(path, compileAll(path));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'coracle-build-'));
  const socket = join(folder, 's');
  await listen(socket);
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
    for (const path of paths) write(path, evaluated.get(path) ?? compileAll(path));
  });
  await load(paths[0]).main(['-H', `unix://${socket}`, ...args]);
}

/** @param {string} socket */
async function listen(socket) {
  const server = createServer({ shouldUpgradeCallback: () => true }, (request, response) => {
    const isMade = request.url?.includes('/create') === true;
    response.writeHead(isMade ? 201 : 200, { 'Api-Version': '1.51', 'Content-Type': 'application/json' });
    response.end(
      request.method === 'HEAD' ? '' : JSON.stringify(isMade ? { Id: 'x', Warnings: [] } : { StatusCode: 0 }),
    );
  });
  server.on('upgrade', (_, connection) => {
    connection.end('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
  });
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)));
}
