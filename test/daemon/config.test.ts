import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { settle, type DaemonConfig } from '../../runtime/src/daemon/config.ts';
import { parseFlags } from '../../runtime/src/daemon/flags.ts';
import { helpText } from '../../runtime/src/daemon/settings.ts';

function check(argv: readonly string[], expected: Partial<DaemonConfig>): void {
  const config = settle(parseFlags(argv), { uid: 0, home: '/root', env: {} });
  assert.deepEqual(
    Object.fromEntries(Object.keys(expected).map((key) => [key, config[key as keyof DaemonConfig]])),
    expected,
  );
}

function refuses(argv: readonly string[], message: string | RegExp): void {
  assert.throws(
    () => settle(parseFlags(argv), { uid: 0, home: '/root', env: {} }),
    (error: Error) => {
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
}

describe('daemon config', () => {
  let folder = '';
  const file = (text: string): string => {
    writeFileSync(`${folder}/daemon.json`, text);
    return `--config-file=${folder}/daemon.json`;
  };
  before(() => (folder = mkdtempSync('/tmp/f-config-')));
  after(() => rmSync(folder, { recursive: true }));

  it('takes the mode from a flag, else from CORACLE_MODE, else from the file', () => {
    const mode = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      settle(parseFlags(argv), { uid: 0, home: '/root', env }).mode;
    const ofFile = file('{ "mode": "linux" }');
    assert.equal(mode([]), 'auto');
    assert.equal(mode([ofFile]), 'linux');
    assert.equal(mode([ofFile], { CORACLE_MODE: 'wasm' }), 'wasm');
    assert.equal(mode([ofFile], { CORACLE_MODE: '' }), 'linux');
    assert.equal(mode(['--mode', 'linux'], { CORACLE_MODE: 'wasm' }), 'linux');
    assert.throws(
      () => mode([], { CORACLE_MODE: 'native' }),
      /invalid mode: "native": must be one of auto, linux, wasm/,
    );
  });

  it('has defaults', () => {
    check([], {
      mode: 'auto',
      hosts: ['unix:///run/coracle/coracle.sock'],
      dataRoot: '/var/lib/coracle',
      execRoot: '/run/coracle',
      pidfile: '/run/coracle/coracle.pid',
      bridge: 'coracle0',
      logLevel: 'info',
      liveRestore: false,
      tls: 'off',
      idleExitS: undefined,
    });
  });

  it('reads flags in all of their spellings', () => {
    check(['-H', 'unix:///a', '-Hunix:///b', '--host=unix:///c', '--host', 'tcp://127.0.0.1:1'], {
      hosts: ['unix:///a', 'unix:///b', 'unix:///c', 'tcp://127.0.0.1:1'],
    });
    check(['-s', 'vfs'], { storageDriver: 'vfs' });
    refuses(['-s', 'btrfs'], /invalid storage-driver: "btrfs": must be one of overlay2, fuse-overlayfs, vfs/);
    check(['-D', '--live-restore=false', '--idle-exit', '30', '-l=warn'], {
      logLevel: 'debug',
      liveRestore: false,
      idleExitS: 30,
    });
    const insecure = ['a', 'a.b:5000', '10.0.0.0/8', '[::1]:5000', 'http://c:1/'];
    check(
      insecure.flatMap((each) => ['--insecure-registry', each]),
      { insecureRegistries: insecure },
    );
    check(['--dns', '::1', '--registry-mirror', 'http://m:5000/path/'], {
      dns: ['::1'],
      registryMirrors: ['http://m:5000/path/'],
    });
    check(['--add-runtime', 'x=/bin/x', '--add-runtime=y=/bin/y'], {
      runtimes: { x: { path: '/bin/x' }, y: { path: '/bin/y' } },
    });
    check(['--exec-root', '/run/two'], { hosts: ['unix:///run/two/coracle.sock'], pidfile: '/run/two/coracle.pid' });
    check(['--tlsverify'], { tls: 'mutual' });
  });

  it('reads what is kept of builds and what they may ask for, as dockerd has it in the file', () => {
    check([], { builder: {} });
    check(['--builder', 'keep-storage=2GB', '--builder=keep-failed=10m', '--builder', 'security-insecure=true'], {
      builder: { keepBytes: 2 * 2 ** 30, keepFailedMs: 600_000, securityInsecure: true },
    });
    check(['--builder', 'gc=false'], { builder: { keepBytes: Infinity, keepMs: Infinity } });
    const gc = { enabled: true, defaultKeepStorage: '20GB', 'keep-time': '48h' };
    const builder = { gc, entitlements: { 'network-host': false }, 'keep-failed': '1m' };
    check([file(JSON.stringify({ builder }))], {
      builder: { keepBytes: 20 * 2 ** 30, keepMs: 48 * 3600_000, keepFailedMs: 60_000, networkHost: false },
    });
    refuses(['--builder', 'size=1'], /^invalid argument "size=1" for "--builder" flag: give gc=, keep-storage=/);
    refuses(['--builder', 'keep-storage=much'], "--builder keep-storage: invalid size: 'much'");
    refuses(['--builder', 'keep-time=-1h'], '--builder keep-time: a duration cannot be negative');
    refuses(
      [file('{"builder":{"gc":{"policy":[]}}}')],
      /builder\.gc\.policy is not supported: builder\.gc has enabled/,
    );
    refuses([file('{"builder":{"gc":{"defaultKeepStorage":"x"}}}')], /builder\.gc: invalid size: 'x'/);
  });

  const wrong: readonly (readonly [readonly string[], string | RegExp])[] = [
    [['--nope'], 'unknown flag: --nope'],
    [['-Z'], "unknown shorthand flag: 'Z' in -Z"],
    [['--data-root'], 'flag needs an argument: --data-root'],
    [['extra'], '"coracle daemon" accepts no arguments, got "extra"'],
    [['--debug=perhaps'], 'invalid argument "perhaps" for "--debug" flag'],
    [['--idle-exit', '-1'], 'invalid argument "-1" for "--idle-exit" flag'],
    [['--log-level', 'loud'], /^invalid log-level: "loud"/],
    [['--label', 'x'], 'bad attribute format: x'],
    [['--dns', '9.9.9.9', '--dns', 'one.one'], 'invalid dns: "one.one" is no IP address'],
    [
      ['--bridge', 'none', '--bip', '10.0.0.1/8'],
      'invalid bip: "10.0.0.1/8": there is no default network with bridge "none"',
    ],
    [['--bridge', 'a/b'], /^invalid bridge: "a\/b": an interface has at most 15/],
    [['--registry-mirror', 'm:5000'], 'invalid mirror: "m:5000" must begin with https:// or http://'],
    [['--registry-mirror', 'http://m/?x'], 'invalid mirror: "http://m/?x" is not the address of a registry'],
    [['--insecure-registry', 'a b'], /^insecure registry "a b" is not valid: give HOST, HOST:PORT or a network/],
    [['--insecure-registry', '10.0.0/8'], /^insecure registry "10\.0\.0\/8" is not valid/],
    [['--add-runtime', 'x=y'], 'invalid argument "x=y" for "--add-runtime" flag'],
  ];
  for (const [argv, message] of wrong) it(`refuses ${argv.join(' ')}`, () => refuses(argv, message));

  it('merges a file', () => {
    const text =
      '{"debug":true,"hosts":["unix:///x"],"insecure-registries":["a:5000"],"runtimes":{"z":{"path":"/z","runtimeArgs":["-v"]}}}';
    check([file(text), '--label', 'a=b'], {
      hosts: ['unix:///x'],
      logLevel: 'debug',
      insecureRegistries: ['a:5000'],
      runtimes: { z: { path: '/z', runtimeArgs: ['-v'] } },
      labels: ['a=b'],
      configFile: `${folder}/daemon.json`,
      certificateFolders: [`${folder}/certs.d`, '/etc/docker/certs.d'],
    });
  });

  it('refuses a file that says what a flag says, or what nobody knows', () => {
    refuses(
      [file('{"debug":true}'), '--debug=false'],
      /specified both as a flag and in the configuration file: debug: \(from flag: false, from file: true\)/,
    );
    refuses([file('{"nope":1,"zz":2}')], /the following directives don't match any configuration option: nope, zz$/);
    refuses([file('{"debug":"yes"}')], /cannot unmarshal string into field debug of type bool/);
    refuses([file('[')], /unable to configure the daemon with file/);
    refuses([`--config-file=${folder}/missing.json`], /ENOENT/);
  });

  it('helps on one screen', () => {
    const lines = helpText().trimEnd().split('\n');
    assert.ok(lines.length <= 40, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length <= 100));
  });
});
