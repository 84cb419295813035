// Loads the built extension with a stand-in for VS Code and activates it, in a process of its own: tells, as JSON, how long that
// took and what of files, sockets and processes was touched before `activate` returned. With `--in-host` Node's own modules that it
// requires are there already, as in an extension host, which has loaded them for itself.

import childProcess from 'node:child_process';
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { root } from '../helpers/paths.ts';

/** Answers whatever is asked of it with itself, and is nothing that is seen. */
const standIn: unknown = new Proxy(function () {}, {
  get(target, name) {
    if (name === 'then' || name === 'visible') return undefined;
    if (name === Symbol.iterator) return [][Symbol.iterator].bind([]);
    if (name === Symbol.toPrimitive) return () => '';
    return Object.hasOwn(target, name) ? Reflect.get(target, name) : standIn;
  },
  set: () => true,
  apply: () => standIn,
  construct: () => standIn as object,
});

const configuration = { get: (_name: string, usual: unknown) => usual };
/** The extension's own code names what it uses of VS Code; a bundle copies what there is by name. */
const names = new Set(
  fs
    .readdirSync(join(root, 'extension/src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => fs.readFileSync(join(root, 'extension/src', name), 'utf8').match(/(?<=\bvscode\.)\w+/g) ?? []),
);
const vscode = {
  ...Object.fromEntries([...names].map((name) => [name, standIn])),
  l10n: { t: (message: string) => message },
  workspace: new Proxy({}, { get: (_, name) => (name === 'getConfiguration' ? () => configuration : standIn) }),
};

let isActivating = false;
const touched: string[] = [];

/** Keeps a list of what is called of a module while the extension is activated. */
function observe(module: object, name: string): void {
  const functions = module as Record<string, unknown>;
  for (const key of Object.keys(functions)) {
    const original = functions[key];
    // Classes stay what they are; what they do to files goes through functions.
    if (typeof original !== 'function' || /^[A-Z_]/.test(key)) continue;
    functions[key] = function (this: unknown, ...args: unknown[]): unknown {
      if (isActivating) touched.push(`${name}.${key} ${String(args[0])}`);
      return Reflect.apply(original, this, args);
    };
  }
}

for (const [name, module] of Object.entries({ fs, 'fs.promises': fs.promises, net, child_process: childProcess })) {
  observe(module, name);
}
observe(net.Socket.prototype, 'socket');

// As the extension host hands it out.
const loader = Module as unknown as { _load: (request: string, ...rest: readonly unknown[]) => unknown };
const load = loader._load;
loader._load = function (request, ...rest) {
  return request === 'vscode' ? vscode : load.call(this, request, ...rest);
};

const usual = { get: (_key: string, value: unknown) => value, update: () => Promise.resolve(), keys: () => [] };
const context = {
  subscriptions: [] as unknown[],
  extension: { packageJSON: JSON.parse(fs.readFileSync(join(root, 'extension/package.json'), 'utf8')) as unknown },
  extensionPath: join(root, 'extension'),
  globalState: usual,
  workspaceState: usual,
  secrets: standIn,
  environmentVariableCollection: standIn,
  extensionUri: standIn,
};

const require = createRequire(import.meta.url);
const dist = join(root, 'extension/dist');
if (process.argv.includes('--in-host')) {
  const scripts = fs.readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.cjs'));
  const text = scripts.map((name) => fs.readFileSync(join(dist, name), 'latin1')).join('\n');
  for (const [name] of text.matchAll(/(?<=require\(")node:[^"]+/g)) require(name);
}

const cpuBefore = process.threadCpuUsage();
const before = performance.now();
const extension = require(join(dist, 'extension.cjs')) as { activate(context: unknown): void };
const loaded = performance.now();
isActivating = true;
extension.activate(context);
isActivating = false;
const activated = performance.now();
const { user, system } = process.threadCpuUsage(cpuBefore);
const cpuMs = (user + system) / 1000;
console.log(JSON.stringify({ loadMs: loaded - before, activateMs: activated - loaded, cpuMs, touched }));
process.exit();
