// What needs no namespaces: whose ids are whose, which package brings a program, what a group is called.

import assert from 'node:assert/strict';
import { groupIn } from '../../runtime/src/rootless/delegation.ts';
import { installCommand } from '../../runtime/src/spec/packages.ts';
import { searchPath } from '../../runtime/src/rootless/programs.ts';
import { firstFree, mapArguments, rangesOf } from '../../runtime/src/rootless/subids.ts';
import { dataFolder, ownAddress, runFolder, settingsFile } from '../../runtime/src/spec/user-folders.ts';

const user = { uid: 1000, gid: 100, name: 'ann' };

describe('rootless: pieces', () => {
  it('takes ranges by name and by number, and passes over what is none', () => {
    const text = 'bob:100000:65536\nann:165536:1000\n\n# ann:1:1\nann:x:1\nann:5:0\n1000:300000:10\nanna:1:2\n';
    assert.deepEqual(rangesOf(text, user), [
      { first: 165_536, count: 1000 },
      { first: 300_000, count: 10 },
    ]);
    assert.equal(firstFree([text, 'bob:700000:5\n']), 700_005);
    assert.equal(firstFree(['']), 100_000);
  });

  it('maps the user to 0 and all ranges behind, without a gap', () => {
    const ranges = rangesOf('ann:165536:1000\nann:300000:10\n', user);
    assert.equal(mapArguments(1000, ranges).join(' '), '0 1000 1 1 165536 1000 1001 300000 10');
    assert.equal(mapArguments(1000, []).join(' '), '0 1000 1');
  });

  it('says how a package is installed here', () => {
    const command = (release: string) => installCommand('uidmap', release);
    assert.equal(command('ID=debian\n'), 'sudo apt-get install -y uidmap');
    assert.equal(command('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), 'sudo apt-get install -y uidmap');
    assert.equal(command('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'sudo dnf install -y shadow-utils');
    assert.equal(command('NAME="Arch Linux"\nID=arch\n'), 'sudo pacman -S --noconfirm shadow');
    assert.equal(command('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n'), 'sudo zypper install -y shadow');
    assert.equal(command('ID=alpine\n'), 'sudo apk add shadow-uidmap');
    assert.equal(installCommand('crun', 'ID=fedora\n'), 'sudo dnf install -y crun');
    assert.equal(command('VERSION_ID=3\nBUILD_ID=debian\n'), 'sudo apt-get install -y uidmap');
  });

  it('looks for programs in the folders of the administrator as well', () => {
    assert.deepEqual(searchPath('/home/ann/bin:.:/usr/sbin'), [
      '/home/ann/bin',
      '/usr/sbin',
      '/usr/local/sbin',
      '/sbin',
    ]);
  });

  it('reads the group of version 2', () => {
    assert.equal(groupIn('12:cpu:/x\n0::/user.slice/a.scope\n'), '/user.slice/a.scope');
    assert.equal(groupIn('12:cpu:/x\n'), '/');
  });

  it('puts things where people of this system expect them', () => {
    const owner = { uid: 1000, home: '/home/ann', env: {} };
    const places = (env: Readonly<Record<string, string>>, uid = 1000) =>
      [runFolder, dataFolder, settingsFile].map((place) => place({ ...owner, uid, env }));
    assert.deepEqual(places({}), [
      '/home/ann/.coracle/run',
      '/home/ann/.local/share/coracle',
      '/home/ann/.config/coracle/daemon.json',
    ]);
    assert.deepEqual(places({ XDG_RUNTIME_DIR: '/run/user/1000', XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: '/c' }), [
      '/run/user/1000/coracle',
      '/d/coracle',
      '/c/coracle/daemon.json',
    ]);
    assert.deepEqual(places({ XDG_RUNTIME_DIR: '/run/user/0' }, 0), [
      '/run/coracle',
      '/var/lib/coracle',
      '/etc/coracle/daemon.json',
    ]);
  });

  it('has an address for the engine of each run folder, on Windows among names that the machine has once', () => {
    assert.equal(ownAddress('/run/coracle', 'linux'), 'unix:///run/coracle/coracle.sock');
    assert.equal(
      ownAddress('C:\\Users\\Ann\\.coracle\\run', 'win32'),
      'npipe:////./pipe/coracle-C-Users-Ann-coracle-run',
    );
  });
});
