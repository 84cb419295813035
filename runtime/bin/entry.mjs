// Starts a program that the build made: its script, and the code that V8 made of it then, so that nothing has to be compiled now.
// A V8 that does not take that code (another Node's, or one with other flags) compiles as ever.

const { readFileSync } = process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
const { constants, Script } = process.getBuiltinModule('node:vm');

// The build says which.
const name = 'PROGRAM';
const folder = import.meta.dirname;
const path = `${folder}/${name}`;
const script = new Script(readFileSync(`${path}.cjs`, 'latin1'), {
  filename: `${path}.cjs`,
  cachedData: readFileSync(`${path}.cache`),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const module = { exports: {} };
script.runInThisContext()(module, createRequire(import.meta.url), folder);
await module.exports.main(process.argv.slice(2));
