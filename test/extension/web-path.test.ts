// Paths in a browser, against Node's own of POSIX.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import * as paths from '../../extension/src/web/path.ts';

const some = [
  '',
  ...'. .. / // /a /a/ a a/ a//b ./a ../a a/.. a/../.. /.. /../a a/. /. ../../ /ä/ü_ü'.split(' '),
].concat('/a/./b/../c a/b.txt /a/b.txt/ .dockerignore /a/... /a//b///'.split(' '));

describe('extension: paths in a browser', () => {
  it('are cut and cleaned as those of POSIX', () => {
    for (const path of some) {
      assert.equal(paths.normalize(path), posix.normalize(path), `normalize ${path}`);
      assert.equal(paths.dirname(path), posix.dirname(path), `dirname ${path}`);
      assert.equal(paths.isAbsolute(path), posix.isAbsolute(path), `isAbsolute ${path}`);
      for (const ending of ['', '.txt', 'b.txt']) {
        assert.equal(paths.basename(path, ending), posix.basename(path, ending), `basename ${path} ${ending}`);
      }
    }
  });

  it('are put together and compared as those of POSIX', () => {
    for (const from of some) {
      for (const to of some) {
        assert.equal(paths.join(from, to), posix.join(from, to), `join ${from} ${to}`);
        assert.equal(paths.resolve('/home', from, to), posix.resolve('/home', from, to), `resolve ${from} ${to}`);
        const [a, b] = [posix.resolve('/', from), posix.resolve('/', to)];
        assert.equal(paths.relative(a, b), posix.relative(a, b), `relative ${a} ${b}`);
      }
    }
  });
});
