// Components that are damaged, of another world, or made to reach what they should not.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { UnsupportedComponent, type CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { transpile } from '../../../wasm/src/preview2/transpile.ts';
import { skip } from '../../helpers/skip.ts';
import { Guest } from '../preview1/guest.ts';
import { component, fromText } from './component.ts';
import { escape } from './escape.ts';
import { nodeRealm } from '../../../runtime/src/host/node/realm.ts';
import { Membrane } from '../../../wasm/src/preview2/membrane.ts';

/** A component that exports a command whose core module has one more export. */
const command = (more = '', version = '0.2.0') => `(component
  (core module $m (func (export "run") (result i32) (i32.const 0)) ${more})
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@${version}" (instance $r)))`;

async function refusalOf(bytes: Uint8Array): Promise<string> {
  try {
    await transpile(bytes);
  } catch (error) {
    assert.ok(error instanceof UnsupportedComponent, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'it was taken' });
}

describe('wasm preview 2: what is refused', function () {
  this.timeout(300_000);

  before(function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
  });

  it('names what a component of another world has, and what there is', async () => {
    assert.equal((await transpile(await fromText(command()))).kind, 'command');
    assert.match(
      await refusalOf(await fromText(command('', '0.4.0'))),
      /^it is for WASI 0\.4\.0 \(it names "wasi:cli\/run@0\.4\.0"\); here run commands .* of WASI 0\.3\)$/,
    );
    assert.match(await refusalOf(await fromText('(component)')), /^it exports nothing, which is no program/);
    const library = command().replace('wasi:cli/run@0.2.0', 'some:library/api@1.2.3');
    assert.match(
      await refusalOf(await fromText(library)),
      /^it exports "some:library\/api@1\.2\.3", which is no program/,
    );
    const wanting = command().replace('(component', '(component (import "some:thing/else@1.0.0" (instance))');
    assert.match(
      await refusalOf(await fromText(wanting)),
      /^it imports "some:thing\/else@1\.0\.0", which nobody gives it/,
    );
  });

  it('refuses what is damaged, wherever it was cut or changed', async () => {
    const whole = await component('talk');
    assert.match(await refusalOf(new Uint8Array(0)), /^it is no component/);
    for (let length = 8; length < whole.length; length += Math.ceil(whole.length / 40)) {
      assert.match(await refusalOf(whole.subarray(0, length)), /^it (?:is damaged|exports)/);
    }
    for (let at = 8; at < whole.length; at += Math.ceil(whole.length / 60)) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      // What is in a name or in data may be anything.
      await transpile(changed).catch((error: unknown) =>
        assert.ok(error instanceof UnsupportedComponent, String(error)),
      );
    }
  });

  it('takes no names of which JavaScript could be made', async () => {
    for (const name of ["a'];throw 1;//", 'a`', '${a}', 'a\\', 'a\u2028b', '*/a', 'import("a")', '<!--', '"']) {
      const text = command(
        `(func (export "${[...new TextEncoder().encode(name)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"))`,
      );
      assert.match(
        await refusalOf(await fromText(text)),
        /^(?:a core module in it has the name |names in it are JavaScript)/,
        name,
      );
    }
  });
});

describe('wasm preview 2: a realm', function () {
  this.timeout(300_000);

  it('gives nothing of ours, whatever runs in it', async () => {
    const program: CompiledComponent = { source: escape(), kind: 'command', isLater: false, cores: [] };
    await using guest = new Guest(program, { argv: ['first', 'second'], env: ['A=1'] });
    guest.write('bytes');
    const found = await guest.shows();
    assert.equal(await guest.ended, 0);
    assert.deepEqual(JSON.parse(found), { reached: [], tried: 21, foreign: [] });
    assert.equal(await guest.ended, 0);
  });

  it('gives none when there is no stack left for a call', () => {
    const realm = nodeRealm();
    const membrane = new Membrane(realm);
    const imports = membrane.imports({ 'test:calls/all': { functions: { list: () => [['a'], new Uint8Array(3)] } } });
    const dive = realm.evaluate(
      `(function (imports) {
        const { list } = imports['test:calls/all'];
        const seen = [];
        const dive = () => { try { seen.push(list()); dive(); } catch (error) { seen.push(error); } };
        dive();
        return seen;
      })`,
      'dive.js',
    ) as (imports: object) => readonly unknown[];
    const seen = dive(imports);
    assert.ok(seen.length > 100);
    const ours = seen.filter((value) => value instanceof Object);
    assert.equal(ours.length, 0);
    assert.ok(seen.some((value) => Array.isArray(value)));
    // It ends: what a call has not done to its end is nothing to go on with.
    assert.notEqual(membrane.ended, undefined);
  });
});
