// A Python program in a container, stopped at a breakpoint by a real debugpy that was put into it, as the one of Microsoft's extension
// is. The extension itself cannot be had here; this test speaks its protocol. CORACLE_DEBUGPY names another folder that has `debugpy` than
// Debian's.

import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { python } from '../../../extension/src/debug/python.ts';
import { DapClient } from '../../helpers/dap-client.ts';
import { languageImages } from '../../helpers/language-images.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { useExtensionEngine } from '../engine.ts';
import { debugSession } from './debug-session.ts';

const main = `import sys, time

def twice(n):
    result = n * 2
    return result

print('twice is', twice(int(sys.argv[1])), flush=True)
time.sleep(1000)
`;
const dockerfile = `FROM python:3.14-slim
WORKDIR /srv/app
COPY . .
CMD ["python", "-u", "main.py", "21"]
`;

const modules = process.env['CORACLE_DEBUGPY'] ?? '/usr/lib/python3/dist-packages';

/** As the extension has it: all that it needs in one folder, which in Debian's is links and a package of its own. */
async function bundle(to: string): Promise<void> {
  const debugpy = join(to, 'bundled/libs/debugpy');
  await cp(join(modules, 'debugpy'), debugpy, { recursive: true, dereference: true });
  const bytecode = join(modules, 'bytecode');
  if (existsSync(bytecode)) await cp(bytecode, join(debugpy, '_vendored/pydevd/bytecode'), { recursive: true });
}

describe('extension: debugging Python', function () {
  const engine = useExtensionEngine();

  before(async function () {
    if (!existsSync(join(modules, 'debugpy'))) skip(this, 'needs python3-debugpy: npm test');
    const archive = await languageImages['python:3.14-slim']?.();
    await text(await engine().client.images.load(Readable.from([archive ?? new Uint8Array()])));
  });

  it('stops in a function of the program, and lets it go on', async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, 'Dockerfile'), dockerfile);
    await writeFile(join(folder.path, 'main.py'), main);
    const bundled = join(folder.path, 'extension');
    await bundle(bundled);
    await writeFile(join(folder.path, '.dockerignore'), 'extension\n');
    await using run = debugSession(engine().client, folder.path, { languages: [python(() => bundled)] });
    await run.task.start();
    const [joined] = await run.waiting();
    assert.ok(joined !== undefined);
    assert.equal(joined.type, 'debugpy');
    assert.deepEqual(joined['pathMappings'], [{ localRoot: folder.path, remoteRoot: '/srv/app' }]);
    const { host, port } = joined['connect'] as { readonly host: string; readonly port: number };
    using client = await DapClient.connect(port, host);
    await client.ask('initialize', { adapterID: 'debugpy', pathFormat: 'path' });
    const attached = client.ask('attach', joined);
    await client.event('initialized');
    const source = { path: join(folder.path, 'main.py') };
    const { breakpoints } = await client.ask('setBreakpoints', { source, breakpoints: [{ line: 5 }] });
    assert.equal((breakpoints as { readonly verified: boolean }[])[0]?.verified, true);
    await client.ask('configurationDone');
    await attached;
    const { threadId } = await client.event('stopped');
    const { stackFrames } = await client.ask('stackTrace', { threadId });
    const [frame] = stackFrames as {
      readonly id: number;
      readonly name: string;
      readonly source: { readonly path: string };
    }[];
    assert.deepEqual([frame?.name, frame?.source.path], ['twice', source.path]);
    const { result } = await client.ask('evaluate', { expression: 'result', frameId: frame?.id });
    assert.equal(result, '42');
    await client.ask('continue', { threadId });
    await run.shows(/^twice is 42$/m);
    await run.task.end();
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
  });
});
