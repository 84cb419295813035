// The engine of a window in a browser, when its worker dies: nobody waits for it any more, and another starts when the user wants it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { followHeart } from '../../extension/src/web/heart.ts';
import { WebEngines } from '../../extension/src/web/engines.ts';
import { WorkerTransport } from '../../extension/src/web/transport.ts';
import { WorkerEngine } from '../../extension/src/web/worker-engine.ts';
import { WebEngine, type WorkerLike } from '../../runtime/src/web/client.ts';
import type { ToEngine } from '../../runtime/src/web/protocol.ts';
import { until } from '../helpers/poll.ts';

const script = join(import.meta.dirname, 'web-engine.worker.ts');

/** A thread of Node as a browser's worker: one that ends says nothing, unless it threw, and gives its lock back. */
class BrowserWorker implements WorkerLike {
  onmessage: unknown;
  onmessageerror: unknown;
  onerror: unknown;
  readonly #thread = new Worker(script);
  readonly #exited = new Promise((resolve) => this.#thread.on('exit', resolve));
  static living = 0;

  constructor() {
    BrowserWorker.living += 1;
    this.#thread.on('exit', () => (BrowserWorker.living -= 1));
    this.#thread.on('message', (data: unknown) => (this.onmessage as (event: object) => void)({ data }));
    this.#thread.on('error', ({ message }: Error) =>
      (this.onerror as (event: object) => void)({ message, preventDefault: () => undefined }),
    );
  }

  postMessage(message: ToEngine, transfer: readonly object[] = []): void {
    // Node keeps locks of threads that have ended.
    if (message.kind === 'start') void navigator.locks.request(`coracle ${message.store}`, () => this.#exited);
    this.#thread.postMessage(message, transfer as never);
  }

  terminate(): void {
    void this.#thread.terminate();
  }
}

/** @param read of its files; absent where they are empty */
function makeEngine(read: (name: string) => Promise<Uint8Array> = () => Promise.resolve(new Uint8Array())) {
  const losses: Error[] = [];
  const silences = { count: 0 };
  const engine = new WorkerEngine({
    read,
    makeWorker: () => new BrowserWorker(),
    log: () => undefined,
    onLoss: (reason) => losses.push(reason),
    onSilence: () => (silences.count += 1),
    heart: { quietMs: 10, answerMs: 300 },
  });
  const transport = new WorkerTransport(() => engine.running);
  const get = (path: string) =>
    transport.send({ method: 'GET', path, headers: {}, body: undefined, signal: undefined });
  return { engine, losses, silences, get };
}

describe('extension: the engine of a window in a browser', () => {
  for (const { how, path, words } of [
    { how: 'by an error', path: '/die/of-an-error', words: /^the engine has ended: out of order$/ },
    { how: 'without a word', path: '/die/unheard', words: /^the engine has ended: its worker was ended$/ },
  ]) {
    it(`dies ${how}, and all that was asked of it ends`, async () => {
      const { engine, losses, get } = makeEngine();
      await engine.start();
      const events = (await get('/events'))[Symbol.asyncIterator]();
      assert.equal((await events.next()).done, false);
      const lost = { name: 'LostEngine', code: 'ECONNRESET', message: words };
      await Promise.all([
        assert.rejects(events.next(), lost),
        assert.rejects(get('/never'), lost),
        assert.rejects(get(path), lost),
      ]);
      assert.equal(engine.running, undefined);
      assert.equal(engine.isLost, true);
      assert.equal(losses.length, 1);
      await assert.rejects(get('/_ping'), { code: 'ECONNREFUSED' });
      await engine.start();
      assert.equal(engine.isLost, false);
      assert.equal((await get('/_ping')).statusCode, 200);
      await engine.end();
      assert.equal(losses.length, 1, 'an end that is meant is no loss');
    });
  }

  it('is told of when it answers nothing, and can be killed', async () => {
    const { engine, losses, silences, get } = makeEngine();
    await engine.start();
    const asked = get('/compute');
    const ended = assert.rejects(asked, { name: 'LostEngine', message: /it was killed/ });
    await until('its silence is noticed', async () => silences.count > 0);
    engine.killSilent();
    await ended;
    assert.equal(losses.length, 0, 'an end that is meant is no loss');
    await engine.start();
    assert.equal((await get('/_ping')).statusCode, 200);
    await engine.end();
  });

  it('is not killed by who hears late of a silence that is over', async () => {
    const { engine, silences, get } = makeEngine();
    await engine.start();
    await get('/pause');
    await until('its silence is noticed', async () => silences.count > 0);
    // What was asked before is answered before.
    await get('/_ping');
    await get('/_ping');
    const { running } = engine;
    engine.killSilent();
    assert.equal(engine.running, running);
    assert.equal((await get('/_ping')).statusCode, 200);
    await engine.end();
  });

  it('ends when it is told to start anew, and starts', async () => {
    const { engine, losses, get } = makeEngine();
    await engine.start();
    const before = engine.running;
    await engine.restart();
    assert.notEqual(engine.running, before);
    assert.equal((await get('/_ping')).statusCode, 200);
    // One that answers nothing is ended all the same.
    const ended = assert.rejects(get('/compute'), { name: 'LostEngine' });
    await engine.restart();
    await ended;
    assert.equal((await get('/_ping')).statusCode, 200);
    assert.equal(losses.length, 0, 'an end that is meant is no loss');
    await engine.end();
  });

  it('is not left beside another when it is told to start anew while it starts', async () => {
    const before = BrowserWorker.living;
    const { engine, get } = makeEngine();
    await Promise.all([engine.start(), engine.restart()]);
    assert.equal((await get('/_ping')).statusCode, 200);
    await engine.end();
    await until('all of its workers have ended', async () => BrowserWorker.living === before);
  });

  it('is brought what makes components ready when it asks for that, and not before', async () => {
    const asked: string[] = [];
    let isAway = true;
    const { engine, get } = makeEngine(async (name) => {
      asked.push(name);
      if (isAway && name.includes('component')) throw new Error(`${name} is away`);
      return await Promise.resolve(new TextEncoder().encode(`the bytes of ${name}`));
    });
    const told = async () => {
      let text = '';
      for await (const chunk of await get('/transpiler')) text += new TextDecoder().decode(chunk);
      return JSON.parse(text) as unknown;
    };
    await engine.start();
    assert.deepEqual(asked.splice(0).toSorted(), [
      'coracle-wasi.tar',
      'coracle-web-engine.js',
      'coracle-web-thread.js',
    ]);
    const [core, core2] = ['js-component-bindgen-component.core.wasm', 'js-component-bindgen-component.core2.wasm'];
    assert.equal(await told(), `what makes components ready could not be loaded: ${core} is away`);
    isAway = false;
    asked.length = 0;
    const files = {
      script: 'the bytes of coracle-web-transpiler.js',
      modules: { [core]: `the bytes of ${core}`, [core2]: `the bytes of ${core2}` },
    };
    assert.deepEqual(await Promise.all([told(), told()]), [files, files]);
    assert.deepEqual(await told(), files);
    assert.deepEqual(asked, ['coracle-web-transpiler.js', core, core2]);
    await engine.end();
  });

  it('is heard of when it dies before it has started', async () => {
    const worker = new BrowserWorker();
    const starting = WebEngine.start(worker, { threadUrl: '', store: 'dies at once', images: {} });
    await assert.rejects(starting, { name: 'LostEngine', message: 'the engine has ended: its worker was ended' });
  });

  it('is followed on when what it answers is a failure', async () => {
    const lost = new AbortController();
    let asked = 0;
    const faults: unknown[] = [];
    const request = async () => {
      asked += 1;
      if (asked === 3) lost.abort();
      return await Promise.reject(new Error('no answer at all'));
    };
    await followHeart(
      { lost: lost.signal, request },
      { quietMs: 1, answerMs: 1000 },
      {
        onSilence: () => undefined,
        onAnswer: () => undefined,
        onFault: (error) => faults.push(error),
      },
    );
    assert.deepEqual(faults.map(String), ['Error: no answer at all', 'Error: no answer at all']);
  });

  it('is shown as asleep when it has died, and not started again unasked', async () => {
    const { engine, get } = makeEngine();
    using engines = new WebEngines({ worker: engine, startsByItself: () => true });
    const { model } = engines;
    const states: string[] = [];
    using _listening = model.onChange(() => states.push(model.state));
    using _watching = model.watch();
    await until('it is shown', async () => model.state === 'connected');
    assert.equal(model.lists.images.length, 1);
    await assert.rejects(get('/die/unheard'));
    await until('it sleeps', async () => model.state === 'sleeping');
    assert.ok(states.includes('unreachable'), states.join());
    assert.equal(model.lists.images.length, 0);
    await model.ensure();
    await until('it is shown again', async () => model.state === 'connected');
    assert.equal(model.lists.images.length, 1);
    await engine.end();
  });
});
