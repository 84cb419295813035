// A page with an engine of its own: images, containers, and a terminal in one of them.

import { DamagedStore, WebEngine } from '../../../runtime/src/web/client.ts';
import { ask, connect, type Container, type Image, load } from './api.ts';
import { PageTerminal, type Size } from './terminal.ts';

const store = 'coracle-demo';
const at = (path: string) => new URL(path, location.href).href;

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found as T;
}

const status = element('status');
const problem = element('problem');

function tell(error: unknown): void {
  problem.hidden = false;
  problem.textContent = error instanceof Error ? error.message : String(error);
}

/** A button that says what goes wrong with what it does. */
function button(text: string, action: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.textContent = text;
  made.addEventListener('click', () => {
    problem.hidden = true;
    action().catch(tell);
  });
  return made;
}

class Page {
  readonly #engine: WebEngine;
  readonly #terminal = new PageTerminal(element('terminal'));

  constructor(engine: WebEngine) {
    this.#engine = engine;
    const archive = element<HTMLInputElement>('archive');
    archive.addEventListener('change', () => {
      const [file] = archive.files ?? [];
      if (file !== undefined) load(engine, file).then(() => this.show(), tell);
    });
  }

  /** Draws both lists anew. */
  async show(): Promise<void> {
    const [images, containers] = await Promise.all([
      ask<readonly Image[]>(this.#engine, 'GET', '/images/json'),
      ask<readonly Container[]>(this.#engine, 'GET', '/containers/json?all=1'),
    ]);
    element('images').replaceChildren(...images.map((image) => this.#image(image)));
    element('containers').replaceChildren(...containers.map((container) => this.#container(container)));
  }

  /** Draws them whenever something happens. */
  async follow(): Promise<void> {
    const { body } = await this.#engine.request({ method: 'GET', url: '/events' });
    for await (const _ of body) await this.show();
  }

  #image({ Id, RepoTags }: Image): HTMLLIElement {
    const name = RepoTags?.[0] ?? Id.slice(7, 19);
    const row = document.createElement('li');
    row.append(
      `${name} `,
      button('Run', () => this.#run(name)),
    );
    return row;
  }

  #container({ Id, Names, Image: image, State, Status }: Container): HTMLLIElement {
    const row = document.createElement('li');
    row.dataset['state'] = State;
    const path = `/containers/${Id}`;
    row.append(`${Names[0]?.slice(1) ?? Id} of ${image}: ${Status || State} `);
    if (State === 'running') {
      row.append(
        button('Shell', () => this.#shell(Id)),
        button('Kill', () => ask(this.#engine, 'POST', `${path}/kill`)),
      );
    } else row.append(button('Start', () => this.#start(Id)));
    row.append(button('Remove', () => ask(this.#engine, 'DELETE', `${path}?force=1`)));
    return row;
  }

  async #run(image: string): Promise<void> {
    const stdio = { Tty: true, OpenStdin: true, AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const { Id } = await ask<Container>(this.#engine, 'POST', '/containers/create', { Image: image, ...stdio });
    await this.#start(Id);
  }

  async #start(id: string): Promise<void> {
    const session = await connect(this.#engine, `/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`);
    const showing = this.#terminal.show(session, (size) => this.#resize(`/containers/${id}`, size));
    await ask(this.#engine, 'POST', `/containers/${id}/start`);
    this.#resize(`/containers/${id}`, this.#terminal.size);
    await showing;
  }

  async #shell(id: string): Promise<void> {
    const stdio = { Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const asked = { ...stdio, Cmd: ['sh'], ConsoleSize: [this.#terminal.size.rows, this.#terminal.size.columns] };
    const { Id } = await ask<Container>(this.#engine, 'POST', `/containers/${id}/exec`, asked);
    const session = await connect(this.#engine, `/exec/${Id}/start`, { Detach: false, Tty: true });
    await this.#terminal.show(session, (size) => this.#resize(`/exec/${Id}`, size));
  }

  #resize(path: string, { rows, columns }: Size): void {
    ask(this.#engine, 'POST', `${path}/resize?h=${rows}&w=${columns}`).catch(tell);
  }
}

async function start(): Promise<void> {
  const engine = await WebEngine.start(
    new Worker(at('coracle-web-engine.js')),
    {
      threadUrl: at('coracle-web-thread.js'),
      transpilerUrl: at('coracle-web-transpiler.js'),
      store,
      images: { 'docker.io/coracle/wasi:latest': at('coracle-wasi.tar') },
    },
    ({ level, message, fields }) => {
      if (level === 'error' || level === 'warn') tell(`${message}: ${JSON.stringify(fields)}`);
    },
  );
  const page = new Page(engine);
  await page.show();
  status.textContent = engine.isIsolated
    ? 'ready: each process has a thread of its own'
    : 'ready, but this page is not cross-origin isolated: threads share no memory, so that programs take turns on one; ' +
      'a program that only computes holds up all others, and the engine, until it makes a call';
  await page.follow();
}

start().catch((error: unknown) => {
  status.textContent = 'no engine';
  tell(error);
  if (!(error instanceof DamagedStore)) return;
  const forget = element<HTMLButtonElement>('forget');
  forget.hidden = false;
  forget.addEventListener('click', () => {
    indexedDB.deleteDatabase(store).onsuccess = () => location.reload();
  });
});
