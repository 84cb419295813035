// Lets the bundles take Node's own modules by `process.getBuiltinModule` in place of `import`. An import makes every export of
// the module readable, and so loads what `node:fs`, `node:util` and `node:crypto` keep for those who ask (readline, worker
// threads, a differ): 40 ms of each start.

/** The form that the formatter gives them. Types are gone at run time anyway. */
const statement = /^import (?!type )(?<what>[^;'"]+?) from '(?<name>node:[a-z0-9_/]+)';/gm;
const dynamic = /\bawait import\('(?<name>node:[a-z0-9_/]+)'\)/g;

/** `{ a, b as c, type D }` as a pattern, a name or `* as name` as it is. @param {string} what */
function pattern(what) {
  if (!what.startsWith('{')) return what.replace(/^\* as /, '');
  return what.replace(/\btype \w+( as \w+)?,?/g, '').replace(/ as /g, ': ');
}

/** @param {string} source of a TypeScript module @returns {string} the same, line by line */
export function withoutBuiltinImports(source) {
  return source
    .replace(statement, (_, what, name) => `const ${pattern(what)} = process.getBuiltinModule('${name}');`)
    .replace(dynamic, (_, name) => `process.getBuiltinModule('${name}')`);
}

/** Refuses a build in which an import of them is left. @type {import('esbuild').Plugin} */
export const noBuiltinImports = {
  name: 'no-builtin-imports',
  setup(build) {
    build.onEnd(({ metafile, errors }) => {
      if (errors.length > 0 || metafile === undefined) return undefined;
      const left = Object.values(metafile.outputs).flatMap(({ imports }) =>
        imports.filter(({ path, external }) => external === true && path.startsWith('node:')),
      );
      return {
        errors: left.map(({ path }) => ({ text: `${path} is imported in a form that .ci/builtins.mjs does not know` })),
      };
    });
  },
};
