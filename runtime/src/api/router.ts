// Routes as data, and the way from a request's line to one of them.

import type { Call, Reply } from './call.ts';

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** `/containers/{id...}/json`: `{x}` takes one segment, `{x...}` any number, slashes included. */
  readonly pattern: string;
  /** Whether the client's departure ends the work. */
  readonly cancels: boolean;
  /** Minor number of the API version that brought it; older clients get 404. */
  readonly since?: number;
  /** A sign of life, given while the engine is still being made: the handler does without it. */
  readonly isSign?: true;
  /** How the connection may be taken over. */
  readonly hijack?: 'stream' | 'websocket' | 'h2c';
  readonly handle: (call: Call) => Promise<Reply>;
}

export interface Match {
  readonly route: Route;
  /** Of the API, its minor number. */
  readonly version: number;
  readonly params: ReadonlyMap<string, string>;
}

interface Compiled {
  readonly route: Route;
  readonly names: readonly string[];
  readonly expression: RegExp;
}

export class Router {
  readonly routes: readonly Route[];
  readonly #byHead = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) {
      const head = headOf(route.method, route.pattern);
      this.#byHead.set(head, [...(this.#byHead.get(head) ?? []), compile(route)]);
    }
  }

  /** @param path decoded, without version */
  match(method: string, path: string, version: number): Match | undefined {
    for (const { route, names, expression } of this.#byHead.get(headOf(method, path)) ?? []) {
      if (version < (route.since ?? 0)) continue;
      const found = expression.exec(path);
      if (found === null) continue;
      return { route, version, params: new Map(names.map((name, index) => [name, found[index + 1] ?? ''])) };
    }
    return undefined;
  }
}

/** Routes are looked up by method and first segment, so that few expressions are tried. */
function headOf(method: string, path: string): string {
  return `${method} ${path.split('/', 2)[1] ?? ''}`;
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const source = route.pattern.replace(/\{(\w+)(\.\.\.)?\}|[^{}]+/g, (part: string, name?: string, rest?: string) => {
    if (name === undefined) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    names.push(name);
    return rest === undefined ? '([^/]+)' : '(.+)';
  });
  return { route, names, expression: new RegExp(`^${source}$`, 's') };
}
