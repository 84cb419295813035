// Makes JavaScript and core modules of a component. It takes a second at first and much memory: to be called on a thread apart.

import { isComponent, leavesRealm, UnsupportedComponent, type ComponentParts, type CorePart } from './parts.ts';
import { suspendingOf } from './suspending-calls.ts';
import { survey } from './survey.ts';
import { laterPrefix, worldOf } from './worlds.ts';
import { lastTimeout, tellFailure } from './p3/async-bridge.ts';

const prefix = '"use components";\nexport function instantiate(';
const suffix = 'export const _util';
const noNames = { imports: [], exports: [] };
/** What a name of a core module may consist of: nothing that ends a string, a comment or a template in JavaScript, or begins one. */
const harmless = /^[\w \-:\/@.\[\]#$+\|]*$/v;

/** Interfaces of 0.3 as the generated code asks for them: versions are lost there. */
const laterNames = ['cli', 'clocks', 'filesystem', 'http', 'random', 'sockets'].map((name): [string, string] => [
  `wasi:${name}/*@0.3.0`,
  `${laterPrefix}${name}/*`,
]);

/**
 * @param inTurns it is to share its thread, and to be suspended where it waits
 * @throws UnsupportedComponent
 */
export async function transpile(bytes: Uint8Array, inTurns = false): Promise<ComponentParts> {
  if (!isComponent(bytes)) throw new UnsupportedComponent('it is no component');
  const names = survey(bytes);
  const { kind, isLater } = worldOf(names);
  if (inTurns && kind === 'http') {
    throw new UnsupportedComponent(
      'it handles HTTP, which wants a thread of its own, and threads share no memory here',
    );
  }
  const suspends = inTurns ? { imports: suspendingOf(names.imports), exports: runOf(names.exports) } : noNames;
  const { generate, $init } = await import('@bytecodealliance/jco-transpile/component');
  await $init;
  const { files } = asUnsupported(() =>
    generate(bytes, {
      name: 'component',
      instantiation: { tag: 'sync' },
      noTypescript: true,
      noNodejsCompat: true,
      noNamespacedExports: false,
      noComponentErrorWrapping: true,
      base64Cutoff: 0,
      // Both versions of an interface may be wanted.
      map: isLater ? laterNames : [],
      ...(isLater || inTurns ? { asyncMode: { tag: 'jspi', val: suspends } } : {}),
    }),
  );
  const script = files.find(([name]) => name === 'component.js');
  if (script === undefined) throw new Error('the transpiler made no JavaScript');
  const cores = files.filter(([name]) => name.endsWith('.wasm')).map(([name, content]) => ({ name, bytes: content }));
  for (const core of cores) checkNames(core);
  const { source: made, inline } = takeModules(toScript(new TextDecoder().decode(script[1])));
  const source = isLater ? tellFailures(made) : made;
  return { source, cores: [...cores, ...inline], kind, isLater };
}

/** The function with which a command begins, as the transpiler names it. */
function runOf(exports: readonly string[]): string[] {
  return exports.filter((name) => name.split('@')[0] === 'wasi:cli/run').map((name) => `${name}#run`);
}

/** Modules of the generated code's own are given to it as those of the component are: where it runs none are made of bytes. */
function takeModules(script: string): { readonly source: string; readonly inline: readonly CorePart[] } {
  const inline: CorePart[] = [];
  const source = script
    .replaceAll(/new WebAssembly\.Module\(new Uint8Array\(\[(?<bytes>[\s,0-9a-fx]+)\]\)\)/gv, (_all, bytes: string) => {
      const name = `inline${String(inline.length)}.wasm`;
      inline.push({
        name,
        bytes: Uint8Array.from(
          bytes.split(',').filter((each) => each.trim() !== ''),
          Number,
        ),
      });
      return `getCoreModule('${name}')`;
    })
    .replaceAll(/new WebAssembly\.Instance\((?<module>\s*_conditional\w+),/gv, 'instantiateCore($<module>,');
  if (source.includes('new WebAssembly.Module(')) throw new Error('the transpiler made JavaScript of another shape');
  return { source, inline };
}

/**
 * A task that fails after it has returned its answer fails silently there. And a program is said to wait for nobody where what it writes
 * is about to be read: that is asked only when nothing else has come of it.
 */
function tellFailures(source: string): string {
  const told = replaceOne(
    source,
    'const handleError = (err) => {',
    `const handleError = (err) => {${tellFailure}(err);`,
  );
  return replaceOne(told, 'deadlockCheck = setTimeout(', `deadlockCheck = ${lastTimeout}(`);
}

function replaceOne(source: string, text: string, by: string): string {
  const [before, after, ...others] = source.split(text);
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error('the transpiler made JavaScript of another shape');
  }
  return `${before}${by}${after}`;
}

function asUnsupported<T>(generate: () => T): T {
  try {
    return generate();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UnsupportedComponent(`it is damaged, or of a kind that is not known here: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

/** The transpiler's own words, which say what in the component is wrong. */
function firstLine({ message }: Error): string {
  return (message.split('\n')[0] ?? '').slice(0, 300);
}

/** The generated module as an expression, whose value is `instantiate`. */
function toScript(module: string): string {
  const end = module.lastIndexOf(suffix);
  if (!module.startsWith(prefix) || end < 0) throw new Error('the transpiler made JavaScript of another shape');
  const body = module.slice(prefix.length, end);
  if (leavesRealm.test(body)) throw new UnsupportedComponent('names in it are JavaScript');
  return `(function instantiate(${body.trimEnd().replace(/;$/v, '')})`;
}

/** Names of core modules are any text, and the transpiler writes them into JavaScript: none that could be more than a name there. */
function checkNames({ bytes }: CorePart): void {
  const module = compile(bytes);
  const imports = WebAssembly.Module.imports(module).flatMap(({ module: from, name }) => [from, name]);
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  const odd = [...imports, ...exports].find((name) => !harmless.test(name));
  if (odd !== undefined) {
    throw new UnsupportedComponent(
      `a core module in it has the name ${JSON.stringify(odd)}: such characters are not taken`,
    );
  }
}

function compile(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    throw new UnsupportedComponent(`a core module in it is not valid here: ${firstLine(error as Error)}`, {
      cause: error,
    });
  }
}
