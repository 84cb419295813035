import assert from 'node:assert/strict';
import { contextFile } from '../../../language-server/src/dockerfile/context-files.ts';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import { at, contextWith } from './ask.ts';
import { context as plain, uri } from './fixture.ts';

const files = { '.git': undefined, src: undefined, 'src/a b.c': '1' };

describe('files of the build context', () => {
  it('are there, are not, or nobody knows', () => {
    const context = contextWith({}, files);
    assert.equal(contextFile(uri, context, 'src/a b.c').kind, 'known');
    assert.equal(contextFile(uri, context, './src/').kind, 'known');
    assert.equal(contextFile(uri, context, 'src/nosuch').kind, 'absent');
    assert.equal(contextFile(uri, context, 'nosuch/x').kind, 'absent');
    assert.equal(contextFile(uri, context, '../x').kind, 'unknown');
    assert.equal(contextFile(uri, context, '.').kind, 'unknown');
    assert.equal(contextFile(uri, plain, 'src').kind, 'unknown');
  });

  it('are looked for in the folders above, up to the root of the project', () => {
    const deep = `${uri.slice(0, uri.lastIndexOf('/'))}/docker/app/Dockerfile`;
    const context = contextWith({}, { ...files, docker: undefined, 'docker/app': undefined });
    assert.equal(contextFile(deep, context, 'src/a b.c').kind, 'known');
    assert.equal(contextFile(deep, context, 'nosuch').kind, 'absent');
  });

  it('that are missing are a problem', () => {
    const { view } = at('FROM a', 'COPY nosuch /x');
    const problems = dockerfile.features.diagnostics?.(view, contextWith({}, files)) ?? [];
    const found = problems.find(({ code }) => code === 'missing-source');
    assert.equal(found?.message, 'nosuch is not in the build’s context.');
  });
});
