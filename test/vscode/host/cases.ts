// Cases that run inside VS Code's extension host, on its API, with our extension and a real engine. They are told apart from how
// they are run, since the test that reports them knows no `vscode`. One stands on the other: the engine is started once.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import fs from 'node:fs';
import Module from 'node:module';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type * as api from 'vscode';
import { EngineClient, parseEndpoint } from '../../../runtime/src/client/client.ts';
import { ownHost } from '../../../runtime/src/connect/choose-host.ts';
import { fileUri } from '../../../extension/src/files/uri.ts';
import { until } from '../../helpers/poll.ts';

type Vscode = typeof api;

const client = new EngineClient(parseEndpoint(ownHost(process.env, process.getuid?.() ?? 0)));
let id = '';
/** Of a command that the engine in a browser's window has alone. */
const onlyInWeb = /(?<!!)coracle:isWeb/;

export const cases: Readonly<Record<string, (vscode: Vscode) => Promise<void>>> = {
  async 'activates at little cost, and asks the disk for nothing meanwhile'(vscode) {
    const extension = extensionOf(vscode);
    assert.equal(extension.isActive, false);
    using meter = meterOwnCode();
    using access = watchAccess();
    await extension.activate();
    assert.deepEqual(access.seen, []);
    assert.equal(meter.parts, 2);
    // Of the CPU, where 30 are usual and 50 allowed; a machine that is busy all over takes thrice as long for everything.
    assert.ok(meter.ms < 150, `${meter.ms} ms`);
  },

  async 'has the commands of the manifest, and no others'(vscode) {
    const { contributes } = extensionOf(vscode).packageJSON as Manifest;
    const views = Object.values(contributes.views).flatMap((all) => all.map((view) => view.id));
    // VS Code makes some of its own for every view.
    const own = (await vscode.commands.getCommands(true)).filter(
      (command) => command.startsWith('coracle.') && !views.some((view) => isOfView(command, view)),
    );
    const wanted = contributes.commands.filter(({ enablement = '' }) => !onlyInWeb.test(enablement));
    assert.deepEqual(own.toSorted(), wanted.map(({ command }) => command).toSorted());
  },

  async 'starts the engine by a command'(vscode) {
    await vscode.commands.executeCommand('coracle.engine.start');
    assert.ok((await client.ping()).apiVersion);
    await text(await client.images.load(createReadStream(process.env['CORACLE_TEST_IMAGE'] ?? '')));
    const body = { Image: 'busybox:1', Cmd: ['sleep', '1000'], StopTimeout: 0 };
    id = (await client.containers.create(body, 'host')).Id ?? '';
    await client.containers.start(id);
  },

  async 'tells what a file, a directory and a link are'(vscode) {
    await exec(
      'mkdir -p /data/sub; printf hello > /data/file; ln -s file /data/link; ln -s sub /data/way; ln -s none /data/lost',
    );
    const { File, Directory, SymbolicLink } = vscode.FileType;
    const stat = async (path: string) => await vscode.workspace.fs.stat(uri(vscode, path));
    const file = await stat('/data/file');
    assert.deepEqual([file.type, file.size], [File, 5]);
    assert.ok(Math.abs(Date.now() - file.mtime) < 60_000, String(file.mtime));
    assert.equal((await stat('/data')).type, Directory);
    assert.equal((await stat('/data/link')).type, SymbolicLink | File);
    assert.equal((await stat('/data/lost')).type & SymbolicLink, SymbolicLink);
    assert.deepEqual(Object.fromEntries(await vscode.workspace.fs.readDirectory(uri(vscode, '/data'))), {
      file: File,
      link: SymbolicLink | File,
      lost: SymbolicLink,
      sub: Directory,
      way: SymbolicLink | Directory,
    });
  },

  async 'writes what the container reads, and reads what it writes, byte by byte'(vscode) {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) & 0xff);
    await vscode.workspace.fs.writeFile(uri(vscode, '/data/binary'), bytes);
    assert.equal(await exec('wc -c < /data/binary; cp /data/binary /data/again'), '100000\n');
    const read = await vscode.workspace.fs.readFile(uri(vscode, '/data/again'));
    assert.ok(Buffer.from(bytes).equals(read));
  },

  async 'makes, renames, copies and deletes'(vscode) {
    const files = vscode.workspace.fs;
    await files.createDirectory(uri(vscode, '/data/new'));
    await files.rename(uri(vscode, '/data/again'), uri(vscode, '/data/new/moved'));
    await files.copy(uri(vscode, '/data/new'), uri(vscode, '/data/copy'));
    assert.equal(
      await exec('cd /data; ls new copy; cmp binary copy/moved && echo same'),
      'copy:\nmoved\n\nnew:\nmoved\nsame\n',
    );
    await files.delete(uri(vscode, '/data/new'), { recursive: true });
    assert.equal(await exec('ls -d /data/new 2>&1'), 'ls: /data/new: No such file or directory\n');
  },

  async 'names each refusal as VS Code does'(vscode) {
    const files = vscode.workspace.fs;
    const at = (path: string) => uri(vscode, path);
    const bytes = new Uint8Array(1);
    await refuses('FileNotFound', files.stat(at('/data/nothing')));
    await refuses('FileNotFound', files.readFile(at('/data/lost')));
    await refuses('FileNotFound', files.stat(vscode.Uri.from(fileUri({ ...address('/'), ref: 'nobody' }))));
    await refuses('FileExists', files.rename(at('/data/file'), at('/data/binary'), { overwrite: false }));
    await refuses('FileIsADirectory', files.readFile(at('/data/sub')));
    await refuses('FileNotADirectory', files.readDirectory(at('/data/file')));
    const image = (path: string) => vscode.Uri.from(fileUri({ ...address(path), noun: 'images', ref: 'busybox:1' }));
    await refuses('NoPermissions', files.writeFile(image('/etc/passwd'), bytes));
    assert.equal((await files.stat(image('/etc/passwd'))).permissions, vscode.FilePermission.Readonly);
  },

  async 'tells changes that others make'(vscode) {
    const pattern = new vscode.RelativePattern(uri(vscode, '/data'), '**');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const told: string[] = [];
    const tell = (kind: string) => (where: api.Uri) => void told.push(`${kind} ${where.path.replace(/.*(?=\/)/, '')}`);
    watcher.onDidCreate(tell('created'));
    watcher.onDidChange(tell('changed'));
    watcher.onDidDelete(tell('deleted'));
    // Nobody says when the watch is set: the container writes until it is.
    await until('the watch tells', async () => {
      await exec('echo x >> /data/watched');
      await delay(200);
      return told.length > 0;
    });
    await exec('echo y > /data/fresh; rm /data/watched');
    await until('both are told', async () => told.includes('created /fresh') && told.includes('deleted /watched'));
    watcher.dispose();
  },

  async 'opens what a verb shows in an editor'(vscode) {
    const target = { id, name: 'host', image: 'busybox:1', state: 'running' };
    await vscode.commands.executeCommand('coracle.container.inspect', { targets: [{ kind: 'container', target }] });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.languageId, 'json');
    assert.equal((JSON.parse(document.getText()) as { Id: string }).Id, id);
  },
};

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

function extensionOf(vscode: Vscode): api.Extension<unknown> {
  const extension = vscode.extensions.getExtension('coracle.coracle-vscode');
  assert(extension !== undefined, 'the extension is not there');
  return extension;
}

function isOfView(command: string, view: string): boolean {
  return ['focus', 'open', 'resetViewLocation', 'toggleVisibility', 'removeView'].some(
    (action) => command === `${view}.${action}`,
  );
}

const address = (path: string) => ({ engine: 'default', noun: 'containers', ref: id, path }) as const;

function uri(vscode: Vscode, path: string): api.Uri {
  return vscode.Uri.from(fileUri(address(path)));
}

async function refuses(code: string, work: Thenable<unknown>): Promise<void> {
  await assert.rejects(Promise.resolve(work), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** What a shell in the container prints. */
async function exec(command: string): Promise<string> {
  const { Id } = await client.containers.execCreate(id, { Cmd: ['sh', '-c', command], AttachStdout: true, Tty: true });
  const { socket } = await client.containers.execStart(Id, { Tty: true });
  return (await text(socket)).replaceAll('\r\n', '\n');
}

/** CPU time of the extension's own code: loading the file, and the call of `activate`. */
function meterOwnCode(): Disposable & { readonly ms: number; readonly parts: number } {
  const loader = Module as unknown as { _load: (request: string, ...rest: readonly unknown[]) => unknown };
  const original = loader._load;
  const meter = { ms: 0, parts: 0, [Symbol.dispose]: () => void (loader._load = original) };
  const metered = <T>(work: () => T): T => {
    const before = process.threadCpuUsage();
    const result = work();
    const { user, system } = process.threadCpuUsage(before);
    meter.ms += (user + system) / 1000;
    meter.parts += 1;
    return result;
  };
  loader._load = function (request, ...rest) {
    if (!request.endsWith('extension.cjs')) return original.call(this, request, ...rest);
    const loaded = metered(() => original.call(this, request, ...rest)) as { activate(context: unknown): void };
    return { ...loaded, activate: (context: unknown) => metered(() => loaded.activate(context)) };
  };
  return meter;
}

/** What code of the extension asks of the disk, until its end. */
function watchAccess(): Disposable & { readonly seen: string[] } {
  const seen: string[] = [];
  const names = [
    'existsSync',
    'readFileSync',
    'readdirSync',
    'statSync',
    'openSync',
    'readFile',
    'readdir',
    'stat',
  ] as const;
  const originals = names.map((name) => [name, fs[name]] as const);
  for (const [name, original] of originals) {
    Object.assign(fs, {
      [name]: (...args: unknown[]) => {
        const caller = new Error().stack?.split('\n')[2] ?? '';
        if (/extension\/dist\/.*\.cjs/.test(caller)) seen.push(`${name} ${String(args[0])}`);
        return (original as (...all: unknown[]) => unknown)(...args);
      },
    });
  }
  return {
    seen,
    [Symbol.dispose]() {
      for (const [name, original] of originals) Object.assign(fs, { [name]: original });
    },
  };
}
