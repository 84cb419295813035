import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tree } from '../../runtime/src/host/kernel.ts';
import { readAccountFiles } from '../../runtime/src/runners/linux/root-files.ts';
import { resolveUser } from '../../runtime/src/runners/users.ts';

const files = {
  passwd: '# who\nroot:x:0:0::/root:/bin/sh\nbroken\nweb:x:101:102:Web:/srv:/bin/sh\nbig:x:99999999999:1::/:/bin/sh\n',
  group: 'root:x:0:root\nadm:x:4:root,web\nweb:x:102:\nstaff:x:50:web\n',
};

describe('users', () => {
  const cases: readonly [string, string[], number, number, number[]][] = [
    ['', [], 0, 0, [0, 4]],
    ['root', [], 0, 0, [0, 4]],
    ['web', [], 101, 102, [102, 4, 50]],
    ['101', [], 101, 102, [102, 4, 50]],
    ['web:staff', [], 101, 50, [50]],
    ['web:7', [], 101, 7, [7]],
    ['4711', [], 4711, 0, [0]],
    ['4711:4712', [], 4711, 4712, [4712]],
    [':staff', [], 0, 50, [50]],
    ['web', ['9', 'root'], 101, 102, [102, 4, 50, 9, 0]],
  ];
  for (const [spec, groupAdd, uid, gid, additionalGids] of cases) {
    it(`resolves ${JSON.stringify(spec)} with ${groupAdd.length} more groups`, () => {
      assert.deepEqual(resolveUser(spec, groupAdd, files), { uid, gid, additionalGids });
    });
  }

  const faults: readonly [string, string[], string][] = [
    ['nobody', [], 'unable to find user nobody: no matching entries in passwd file'],
    ['web:nogroup', [], 'unable to find group nogroup: no matching entries in group file'],
    ['web', ['nogroup'], 'unable to find group nogroup: no matching entries in group file'],
    ['4294967296', [], 'uids and gids must be in range 0-2147483647'],
    ['-1', [], 'uids and gids must be in range 0-2147483647'],
    ['big', [], 'unable to find user big: no matching entries in passwd file'],
    ['__proto__', [], 'unable to find user __proto__: no matching entries in passwd file'],
  ];
  for (const [spec, groupAdd, message] of faults) {
    it(`refuses ${spec} ${groupAdd.join()}`, () => {
      assert.throws(() => resolveUser(spec, groupAdd, files), { message, kind: 'invalidParameter' });
    });
  }
});

describe('account files', () => {
  let root: string;
  let asked: number;
  const openTree = (): Promise<Tree> => {
    asked += 1;
    return Promise.reject(new Error('a tree was asked for'));
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coracle-root-'));
    asked = 0;
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('reads plain files without a helper', async () => {
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/passwd'), files.passwd);
    assert.deepEqual(await readAccountFiles(root, openTree), { passwd: files.passwd, group: '' });
    assert.equal(asked, 0);
  });

  it('takes a root without /etc for empty', async () => {
    assert.deepEqual(await readAccountFiles(root, openTree), { passwd: '', group: '' });
  });

  it('never follows a link out: /etc or the file being one, a tree is asked', async () => {
    symlinkSync('/etc', join(root, 'etc'));
    await assert.rejects(readAccountFiles(root, openTree), /a tree was asked for/);
    rmSync(join(root, 'etc'));
    mkdirSync(join(root, 'etc'));
    symlinkSync('/etc/passwd', join(root, 'etc/passwd'));
    await assert.rejects(readAccountFiles(root, openTree), /a tree was asked for/);
    assert.equal(asked, 2);
  });
});
