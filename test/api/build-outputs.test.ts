// What a build may ask of outputs and caches, as it comes in.

import assert from 'node:assert/strict';
import {
  cacheFrom,
  cacheTo,
  classicCacheFrom,
  exportForm,
  limits,
  outputs,
} from '../../runtime/src/api/decoders/build-outputs.ts';
import { Query } from '../../runtime/src/api/query.ts';

describe('api: outputs and caches of builds', () => {
  it('takes what there is, with what was left out', () => {
    assert.deepEqual(outputs([{ type: 'image', push: true, extra: 1 }, { type: 'export' }], 'outputs'), [
      { type: 'image', push: true },
      { type: 'export' },
    ]);
    assert.deepEqual(cacheFrom([{ type: 'registry', reference: 'app' }], 'cacheFrom'), [
      { type: 'registry', reference: 'app:latest' },
    ]);
    assert.deepEqual(cacheTo([{ type: 'inline' }, { type: 'registry', reference: 'a/b:c', mode: 'max' }], 'cacheTo'), [
      { type: 'inline' },
      { type: 'registry', reference: 'a/b:c', mode: 'max', ignoreError: false },
    ]);
    assert.deepEqual(limits({ Memory: 1, Privileged: true }, 'limits'), { Memory: 1 });
    assert.deepEqual(classicCacheFrom('["a","",  "b:1"]'), [
      { type: 'image', reference: 'a' },
      { type: 'image', reference: 'b:1' },
    ]);
    assert.deepEqual(exportForm(new Query('type=oci&name=a&name=b&compression=zstd')), {
      type: 'oci',
      names: ['a', 'b'],
      compression: 'zstd',
    });
    assert.deepEqual(exportForm(new Query('type=cache')), { type: 'cache', mode: 'min' });
  });

  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'an unknown output',
      () => outputs([{ type: 'frob' }], 'outputs'),
      /outputs\[0\]\.type is "frob": use image, export/,
    ],
    ['an output without a type', () => outputs([{}], 'outputs'), /outputs\[0\]\.type is undefined: use/],
    ['an output that is no object', () => outputs(['image'], 'outputs'), /outputs\[0\]\.type/],
    ['a type that every object has', () => outputs([{ type: 'constructor' }], 'outputs'), /use image, export/],
    ['a compression that is none', () => outputs([{ type: 'image', compression: 'xz' }], 'o'), /use none, gzip, zstd/],
    ['contents by JSON', () => cacheFrom([{ type: 'content', name: 'x' }], 'c'), /use registry, image, brought/],
    ['a cache without a name', () => cacheFrom([{ type: 'registry' }], 'c'), /c\[0\]\.reference is missing/],
    ['a cache with a bad name', () => cacheFrom([{ type: 'registry', reference: 'A b' }], 'c'), /invalid reference/],
    ['a brought cache without an id', () => cacheFrom([{ type: 'brought', name: 'x' }], 'c'), /c\[0\]\.id is missing/],
    ['a bad mode', () => cacheTo([{ type: 'registry', reference: 'a', mode: 'mid' }], 'c'), /use min, max/],
    ['a list that is none', () => classicCacheFrom('{}'), /cachefrom is not a JSON array of names/],
    ['an export without a type', () => exportForm(new Query('')), /type is "": use tar, docker, oci, cache/],
    ['an export of another mode', () => exportForm(new Query('type=cache&mode=x')), /mode is "x": use min, max/],
  ];
  for (const [what, decode, message] of refused) {
    it(`refuses ${what}, by name`, () => assert.throws(decode, { kind: 'invalidParameter', message }));
  }
});
