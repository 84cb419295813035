// Rings in a graph of names.

/** An edge that is part of a ring, and the names of the ring from its beginning. */
export interface RingEdge<E> {
  readonly edge: E;
  readonly way: readonly string[];
}

/** Rings that are told of; the others would say the same. */
const maximumEdges = 50;

/** Edges that lie on a ring. Linear, but for the ways of the edges that are found. */
export function ringEdges<E extends { readonly name: string }>(
  edges: ReadonlyMap<string, readonly E[]>,
): RingEdge<E>[] {
  const component = components(edges);
  const found: RingEdge<E>[] = [];
  for (const [from, list] of edges) {
    for (const edge of list) {
      if (found.length >= maximumEdges) return found;
      if (component.get(from) !== component.get(edge.name)) continue;
      const way = wayFrom(edges, edge.name, from, component);
      if (way !== undefined) found.push({ edge, way: edge.name === from ? [from] : [from, ...way.slice(0, -1)] });
    }
  }
  return found;
}

/** Names from `start` to `end`, both with them, inside of one component. */
function wayFrom<E extends { readonly name: string }>(
  edges: ReadonlyMap<string, readonly E[]>,
  start: string,
  end: string,
  component: ReadonlyMap<string, number>,
): string[] | undefined {
  if (start === end) return [start];
  const before = new Map<string, string>();
  const pending = [start];
  for (const name of pending) {
    for (const { name: next } of edges.get(name) ?? []) {
      if (before.has(next) || next === start || component.get(next) !== component.get(start)) continue;
      before.set(next, name);
      if (next === end) return trace(before, start, end);
      pending.push(next);
    }
  }
  return undefined;
}

function trace(before: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way = [end];
  for (let at = end; at !== start;) {
    at = before.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}

/** Strongly connected components, as Tarjan finds them, without recursion. */
function components<E extends { readonly name: string }>(
  edges: ReadonlyMap<string, readonly E[]>,
): Map<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const component = new Map<string, number>();
  const stack: string[] = [];
  for (const root of edges.keys()) {
    if (index.has(root)) continue;
    const work: { readonly name: string; next: number }[] = [{ name: root, next: 0 }];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { name } = frame;
      if (frame.next === 0 && !index.has(name)) {
        index.set(name, index.size);
        low.set(name, index.size - 1);
        stack.push(name);
      }
      const target = edges.get(name)?.[frame.next]?.name;
      frame.next += 1;
      if (target !== undefined) {
        if (!index.has(target)) work.push({ name: target, next: 0 });
        else if (!component.has(target)) lower(low, name, index.get(target));
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above !== undefined) lower(low, above.name, low.get(name));
      if (low.get(name) === index.get(name)) close(stack, name, component);
    }
  }
  return component;
}

function lower(low: Map<string, number>, name: string, value: number | undefined): void {
  low.set(name, Math.min(low.get(name) ?? Infinity, value ?? Infinity));
}

function close(stack: string[], name: string, component: Map<string, number>): void {
  const id = component.size;
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    component.set(each, id);
    if (each === name) return;
  }
}
