import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import type { EventMessage } from '../../runtime/src/spec/api/system.ts';
import { EngineModel, touched } from '../../extension/src/model/engine-model.ts';
import type { EngineModelOptions, EngineState } from '../../extension/src/model/engine-model.ts';
import { UsageWatch } from '../../extension/src/model/usage-watch.ts';
import { until } from '../helpers/poll.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { useExtensionEngine } from './engine.ts';

const forever = ['sleep', '1000'];

/** Counts looks at the list of containers. */
class CountingClient extends EngineClient {
  lists = 0;

  constructor(host: string) {
    super(parseEndpoint(host));
    const list = this.containers.list.bind(this.containers);
    this.containers.list = (query) => {
      this.lists += 1;
      return list(query);
    };
  }
}

describe('extension: the model of an engine', () => {
  const engine = useExtensionEngine();

  function modelOf(options: Partial<EngineModelOptions> = {}): { model: EngineModel; client: CountingClient } {
    const client = new CountingClient(engine().daemon.host);
    return { model: new EngineModel({ client, startsByItself: () => true, ...options }), client };
  }

  const reaches = async (model: EngineModel, state: EngineState) =>
    await until(`the model is ${state}`, () => Promise.resolve(model.state === state));

  const names = (model: EngineModel) => model.lists.containers.map(({ Names }) => Names?.[0]?.slice(1) ?? '').sort();

  it('asks nothing while nobody looks, and follows events while somebody does', async () => {
    const { model, client } = modelOf();
    using _model = model;
    assert.equal(model.state, 'idle');
    const first = model.watch();
    const second = model.watch();
    await reaches(model, 'connected');
    const id = await engine().container('box', forever);
    await until('the container is listed as running', () =>
      Promise.resolve(model.lists.containers.some((one) => one.Id === id && one.State === 'running')),
    );
    await engine().client.volumes.create({ Name: 'extension-model' });
    await until('the volume is listed', () =>
      Promise.resolve(model.lists.volumes.some(({ Name }) => Name === 'extension-model')),
    );
    await engine().client.volumes.remove('extension-model', true);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.equal(model.state, 'connected', 'one of two looks on');
    second[Symbol.dispose]();
    assert.equal(model.state, 'idle');
    const before = client.lists;
    await engine().container('unseen', forever);
    using _again = model.watch();
    await until('what happened meanwhile is seen', () => Promise.resolve(names(model).includes('unseen')));
    assert.equal(client.lists, before + 1, 'one look for all that happened while nobody looked');
  });

  it('costs few looks for a burst of events', async () => {
    const { model, client } = modelOf();
    using _model = model;
    let over = () => {};
    const burst = async function* (): AsyncGenerator<EventMessage, void, undefined> {
      for (let index = 0; index < 1000; index += 1) yield { Type: 'container', Action: 'start' };
      await new Promise<void>((resolve) => {
        over = resolve;
      });
    };
    client.system.events = () => Promise.resolve(burst());
    let news = 0;
    using _news = model.onChange(() => {
      news += 1;
    });
    const watch = model.watch();
    await until('the lists were read again', () => Promise.resolve(client.lists === 2));
    assert.equal(client.lists, 2, 'one look at first, one for all 1,000 events');
    assert.ok(news <= 2, `told ${news} times`);
    watch[Symbol.dispose]();
    over();
  });

  it('comes back when the engine was killed, and starts it when it is ours', async () => {
    const { daemon } = engine();
    let starts = 0;
    const start = async () => {
      starts += 1;
      await daemon.start();
    };
    const { model } = modelOf({ start });
    using _model = model;
    using _watch = model.watch();
    await reaches(model, 'connected');
    await engine().container('box', forever);
    await until('it is listed', () => Promise.resolve(names(model).length === 1));
    await daemon.end('SIGKILL');
    await until('it was started', () => Promise.resolve(starts === 1));
    await reaches(model, 'connected');
    assert.deepEqual(names(model), ['box']);
    assert.equal(starts, 1);
  });

  it('lets ours sleep until somebody wants it', async () => {
    const { daemon } = engine();
    const start = () => daemon.start();
    const { model } = modelOf({ start, startsByItself: () => false });
    using _model = model;
    await daemon.end('SIGTERM');
    using _watch = model.watch();
    await reaches(model, 'sleeping');
    await model.ensure();
    await reaches(model, 'connected');
  });

  it('does not knock at the door of one that sleeps, which would wake it', async () => {
    // It would answer: whoever connects is served.
    let isAsleep = true;
    const start = () => {
      isAsleep = false;
      return Promise.resolve();
    };
    const { model } = modelOf({ start, startsByItself: () => false, isAsleep: () => isAsleep });
    using _model = model;
    using _watch = model.watch();
    await reaches(model, 'sleeping');
    await assert.rejects(model.ensure({ mayStart: false }));
    assert.equal(isAsleep, true);
    await model.ensure();
    await reaches(model, 'connected');
  });
});

describe('extension: engines that cannot be reached', () => {
  it('says so, and tries again less and less often', async () => {
    const client = new EngineClient(parseEndpoint('unix:///nowhere/engine.sock'));
    let pings = 0;
    client.ping = () => {
      pings += 1;
      return EngineClient.prototype.ping.call(client);
    };
    using model = new EngineModel({ client, startsByItself: () => true });
    using _watch = model.watch();
    await until('the state is told', () => Promise.resolve(model.state === 'unreachable'));
    assert.match(model.message, /Nobody listens at unix:\/\/\/nowhere\/engine\.sock\. Start that engine/);
    // 250, 500, 1,000 ms; the next would come after 2 s.
    await until('it was tried again', () => Promise.resolve(pings >= 4));
    // By itself it would try after 2, 4, 8 and 15 s.
    for (let times = 0; times < 4; times++) {
      const before = pings;
      model.wake();
      await until('it is tried when asked', () => Promise.resolve(pings > before), { timeoutMs: 14_000 });
    }
    await assert.rejects(model.ensure(), /Nobody listens/);
  });

  it('does not start again and again what does not start', async () => {
    await using folder = await makeTempFolder();
    const client = new EngineClient(parseEndpoint(`unix://${folder.path}/none.sock`));
    let starts = 0;
    const start = () => {
      starts += 1;
      return Promise.reject(new Error('no range in /etc/subuid'));
    };
    using model = new EngineModel({ client, start, startsByItself: () => true });
    using _watch = model.watch();
    await until('it failed', () => Promise.resolve(model.state === 'failed'));
    assert.equal(model.message, 'no range in /etc/subuid');
    await assert.rejects(model.ensure(), /no range/);
    await until('the model tried once more, being asked', () =>
      Promise.resolve(starts >= 2 && model.state === 'failed'),
    );
    const before = starts;
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(starts, before);
  });

  it('says what is wrong with an address without asking anybody', async () => {
    const client = new EngineClient(parseEndpoint('unix:///dev/null'));
    using model = new EngineModel({ client, startsByItself: () => true, fault: 'unable to parse' });
    using _watch = model.watch();
    await until('it failed', () => Promise.resolve(model.state === 'failed'));
    await assert.rejects(model.ensure(), /unable to parse/);
  });
});

describe('extension: engines that fall silent', () => {
  const limits = { answerMs: 300, listMs: 300, quietMs: 100 };
  const lists: Readonly<Record<string, string>> = {
    '/containers/json': '[]',
    '/images/json': '[]',
    '/volumes': '{"Volumes":[]}',
    '/networks': '[]',
  };

  /** An engine of few words: what `answers` does not allow is accepted, and never answered. */
  async function useFake(answers: (path: string) => boolean, work: (host: string) => Promise<void>): Promise<void> {
    await using folder = await makeTempFolder();
    const server = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/v[\d.]+|\?.*/g, '');
      if (!answers(path)) return;
      if (path === '/events') response.flushHeaders();
      else response.end(lists[path]);
    });
    const path = join(folder.path, 'engine.sock');
    await once(server.listen(path), 'listening');
    try {
      await work(`unix://${path}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const becomes = async (model: EngineModel, state: EngineState) =>
    await until(`the model is ${state}`, () => Promise.resolve(model.state === state));

  it('tells nobody of its own end', async () => {
    const model = new EngineModel({
      client: new EngineClient(parseEndpoint('unix:///nowhere/engine.sock')),
      startsByItself: () => true,
      limits,
    });
    model.watch();
    await becomes(model, 'unreachable');
    // Whoever listens may have gone a moment before.
    model.onChange(() => assert.fail('it tells'));
    model[Symbol.dispose]();
    assert.equal(model.state, 'idle');
  });

  it('says so when the engine is too old', async () => {
    await using folder = await makeTempFolder();
    const server = createServer((_request, response) => response.setHeader('Api-Version', '1.12').end('OK'));
    const path = join(folder.path, 'engine.sock');
    await once(server.listen(path), 'listening');
    try {
      using model = new EngineModel({
        client: new EngineClient(parseEndpoint(`unix://${path}`)),
        startsByItself: () => true,
        limits,
      });
      using _watch = model.watch();
      await becomes(model, 'unreachable');
      assert.match(model.message, /speaks version 1\.12 of the Docker API, and 1\.24 or later is needed/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  for (const mute of ['/_ping', '/events', '/images/json']) {
    it(`says so when ${mute} is never answered, and recovers`, async () => {
      let isMute = true;
      await useFake(
        (path) => !isMute || path !== mute,
        async (host) => {
          const client = new EngineClient(parseEndpoint(host));
          using model = new EngineModel({ client, startsByItself: () => true, limits });
          const states: EngineState[] = [];
          using _news = model.onChange(() => void states.push(model.state));
          using _watch = model.watch();
          await becomes(model, 'unreachable');
          assert.deepEqual(states.slice(0, 2), ['connecting', 'unreachable']);
          assert.match(model.message, /has said nothing for 0\.3 seconds/);
          if (mute === '/_ping') await assert.rejects(model.ensure(), /has said nothing/);
          isMute = false;
          await becomes(model, 'connected');
        },
      );
    });
  }

  it('says so when it hangs in the midst of its events, and recovers', async () => {
    let isMute = false;
    await useFake(
      () => !isMute,
      async (host) => {
        const client = new EngineClient(parseEndpoint(host));
        using model = new EngineModel({ client, startsByItself: () => true, limits });
        using _watch = model.watch();
        await becomes(model, 'connected');
        isMute = true;
        await becomes(model, 'unreachable');
        assert.match(model.message, /has said nothing/);
        isMute = false;
        await becomes(model, 'connected');
      },
    );
  });

  it('stays idle when the view is hidden while lists are read', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: answer, resolve: release } = Promise.withResolvers<void>();
    await useFake(
      () => true,
      async (host) => {
        const client = new EngineClient(parseEndpoint(host));
        // Answers that no abort can keep away: they were on their way when the view was hidden.
        client.images.list = () => Promise.resolve([]);
        client.networks.list = () => Promise.resolve([]);
        client.volumes.list = () => Promise.resolve({ Volumes: [] });
        client.containers.list = async () => {
          isAsked();
          await answer;
          return [];
        };
        using model = new EngineModel({ client, startsByItself: () => true });
        const states: EngineState[] = [];
        using _news = model.onChange(() => void states.push(model.state));
        const watch = model.watch();
        await asked;
        watch[Symbol.dispose]();
        release();
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(model.state, 'idle');
        assert.ok(!states.includes('connected'), `it was ${states.join(', ')}`);
      },
    );
  });

  it('does not start ours for who may not start it', async () => {
    await using folder = await makeTempFolder();
    const client = new EngineClient(parseEndpoint(`unix://${folder.path}/none.sock`));
    let starts = 0;
    const start = () => {
      starts += 1;
      return Promise.resolve();
    };
    using model = new EngineModel({ client, start, startsByItself: () => false });
    await assert.rejects(model.ensure({ mayStart: false }), /Nobody listens/);
    assert.equal(starts, 0);
  });
});

describe('extension: events and lists', () => {
  it('looks again only at what an event is about', () => {
    assert.deepEqual(touched('container', 'exec_start: sh'), []);
    assert.deepEqual(touched('container', 'die'), ['containers']);
    assert.deepEqual(touched('container', 'health_status: healthy'), ['containers']);
    assert.deepEqual(touched('image', 'tag'), ['images']);
    assert.deepEqual(touched('network', 'connect'), ['containers']);
    assert.deepEqual(touched('builder', 'prune'), []);
  });
});

describe('extension: what containers use', () => {
  const engine = useExtensionEngine();

  it('is told while they run and somebody follows', async () => {
    const id = await engine().container('box', forever);
    let news: ReadonlySet<string> = new Set();
    using watch = new UsageWatch(engine().client, (ids) => {
      news = ids;
    });
    watch.follow([id]);
    await until('a text is there', () => Promise.resolve(/^\d+% [\d.]+\w+$/.test(watch.texts.get(id) ?? '')));
    await until('it is news', () => Promise.resolve(news.has(id)));
    watch.follow([]);
    await until('it is forgotten', () => Promise.resolve(watch.texts.size === 0));
  });
});
