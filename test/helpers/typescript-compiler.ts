// TypeScript as a build step of an image compiles it, by Node alone.

/** The text of a script for Node 24: what is there becomes `dist`, with source maps beside. */
export const typeScriptCompiler = `const { mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
mkdirSync('dist');
for (const name of readdirSync('.').filter((each) => /ts$/.test(each))) {
  const code = stripTypeScriptTypes(readFileSync(name, 'utf8'), { mode: 'transform', sourceMap: true });
  const [comment, base64] = /[/][/]# sourceMappingURL=\\S+base64,(\\S+)/.exec(code);
  const map = JSON.parse(Buffer.from(base64, 'base64').toString());
  const to = name.replace(/ts$/, 'js');
  writeFileSync('dist/' + to + '.map', JSON.stringify({ ...map, sources: ['../' + name] }));
  writeFileSync('dist/' + to, code.replace(comment, '//# sourceMappingURL=' + to + '.map'));
}
`;
