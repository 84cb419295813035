// File trees without a kernel do what those of the kernel do.

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { openHostFolder } from '../../runtime/src/host/portable/host-folder.ts';
import { nodeHostFiles } from '../../runtime/src/host/portable/node/host-files.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { treeSuite } from '../suites/tree-suite.ts';
import { portableParts } from './portable-parts.ts';

const { disk, folders, kernel, layers } = portableParts();

describe('portable trees', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let path: string;
  let count = 0;
  before(async () => {
    folder = await makeTempFolder();
  });
  after(() => folder[Symbol.asyncDispose]());
  beforeEach(() => {
    path = `${folder.path}/${++count}`;
    mkdirSync(path);
  });

  describe('a folder of index and pack', () => {
    treeSuite({ open: () => Promise.resolve(folders.openTree(path)) });
  });

  describe('a folder of the host', () => {
    before(function () {
      requireRoot(this);
    });
    const hostFiles = nodeHostFiles();
    treeSuite({ open: () => Promise.resolve(openHostFolder(hostFiles, path)), isHostFolder: true });
  });

  describe('the root of a container', () => {
    const roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
    after(() => roots[Symbol.asyncDispose]());
    treeSuite({
      async open() {
        const layer = `${path}/layer`;
        mkdirSync(layer, { recursive: true });
        await using root = await roots.open({ layers: [layer], scratch: path });
        return await root.tree([]);
      },
    });
  });
});
