// Writes what V8 makes of a script beside it: `node .ci/code-cache.mjs SCRIPT [ARGUMENT...]`. Without arguments all functions are
// compiled, also those that no start calls. With them the script's program is run so, and what it called is compiled: of a program
// of many commands each start would pay for all. It talks to an engine that says yes to everything.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

const [path = '', ...args] = process.argv.slice(2);

function compile() {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(readFileSync(path, 'latin1'), { filename: path, importModuleDynamically });
}

/** @param {Script} script */
function write(script) {
  writeFileSync(path.replace(/\.cjs$/, '.cache'), script.createCachedData());
}

if (args.length === 0) {
  // V8 refuses code that was made under other flags, so they are as ever when it is written.
  setFlagsFromString('--no-lazy');
  const script = compile();
  setFlagsFromString('--lazy');
  write(script);
} else {
  const script = compile();
  const folder = mkdtempSync(join(tmpdir(), 'coracle-build-'));
  const socket = join(folder, 's');
  await listen(socket);
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
    write(script);
  });
  const module = { exports: {} };
  script.runInThisContext()(module, createRequire(path), dirname(path));
  await module.exports.main(['-H', `unix://${socket}`, ...args]);
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
