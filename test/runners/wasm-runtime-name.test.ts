// Which containers are run as WebAssembly, by names of runtimes and by crun's annotations.

import assert from 'node:assert/strict';
import { choosesWasm } from '../../runtime/src/runners/wasm/runtime-name.ts';

describe('runners: which containers are of WebAssembly', () => {
  it('takes the names of runtimes, and says which shims it has not', () => {
    const native = { isWasm: false, annotations: {} };
    for (const name of ['wasm', 'wasm-threads', 'io.containerd.wasmtime.v1', 'io.containerd.wasmedge.v2']) {
      assert.equal(choosesWasm(name, native), true, name);
    }
    assert.equal(choosesWasm('', native), false);
    assert.equal(choosesWasm('', { isWasm: true, annotations: {} }), true);
    assert.equal(choosesWasm('runc', { isWasm: true, annotations: {} }), false);
    assert.throws(() => choosesWasm('io.containerd.spin.v2', native), /applications of spin are not supported/);
  });

  it('takes the annotations of containers, and nothing that is like them', () => {
    const chosen = (annotations: Readonly<Record<string, string>>) => choosesWasm('', { isWasm: false, annotations });
    for (const handler of ['wasm', 'wasm-smart']) assert.equal(chosen({ 'run.oci.handler': handler }), true, handler);
    for (const variant of ['compat', 'compat-smart']) {
      assert.equal(chosen({ 'module.wasm.image/variant': variant }), true, variant);
    }
    assert.equal(chosen({ 'run.oci.handler': 'krun' }), false);
    assert.equal(chosen({ 'module.wasm.image/variant': 'other' }), false);
    assert.equal(chosen(Object.create({ 'run.oci.handler': 'wasm' }) as Readonly<Record<string, string>>), false);
  });
});
