// Starts a program that the build made: its scripts, and the code that V8 made of them then, so that nothing has to be compiled now.
// A V8 that does not take that code (another Node's, or one with other flags) compiles as ever. What is not needed at once is loaded
// when it is first asked for; its files are opened at the start, since a later build or an update removes them under a running engine.

const { fstatSync, openSync, read, readSync } = process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
const { constants, Script } = process.getBuiltinModule('node:vm');

// The build says which; the first script begins.
const names = ['SCRIPTS'];
const folder = import.meta.dirname;
const require = createRequire(import.meta.url);
const files = new Map(names.map((name) => [name, ['cjs', 'cache'].map((end) => openSync(`${folder}/${name}.${end}`))]));
const makers = new Map();
const modules = new Map();

/** A script holds the function of the part that it is named by, and of others which that needs. */
function evaluate(name, text, code) {
  const script = new Script(text.latin1Slice(), {
    filename: `${folder}/${name}.cjs`,
    cachedData: code,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  for (const [part, make] of Object.entries(script.runInThisContext())) makers.set(part, make);
}

function contentSync(file) {
  const content = Buffer.allocUnsafeSlow(fstatSync(file).size);
  readSync(file, content, 0, content.length, 0);
  return content;
}

function content(file) {
  const space = Buffer.allocUnsafeSlow(fstatSync(file).size);
  return new Promise((resolve, reject) => {
    read(file, space, 0, space.length, 0, (error) => (error === null ? resolve(space) : reject(error)));
  });
}

function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  if (!makers.has(name)) evaluate(name, ...files.get(name).map(contentSync));
  const module = { exports: {} };
  modules.set(name, module);
  makers.get(name)(module, take, folder);
  return module.exports;
}

/** Turns of the event loop in which who has just connected is accepted, read and answered: what is loaded keeps the thread busy for ms. */
const turns = 3;

/** What `import()` became: the program goes on while the files are read. */
async function loadLater(name) {
  if (makers.has(name)) return load(name);
  const both = await Promise.all(files.get(name).map(content));
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
  // It may have been loaded meanwhile.
  if (!makers.has(name)) evaluate(name, ...both);
  return load(name);
}

const nameOf = (id) => id.slice(2, -'.cjs'.length);
const take = (id) => (id.startsWith('./') ? load(nameOf(id)) : require(id));
take.later = (id) => loadLater(nameOf(id));

await load(names[0]).main(process.argv.slice(2));
