// Which functions begin again within themselves, through others too.

const [unseen, entered, left] = [0, 1, 2];

/**
 * @param callees of each function, by their numbers from 0
 * @returns 1 for some functions, of which there is one in every circle of calls
 */
export function breakCircles(callees: readonly (readonly number[])[]): Uint8Array {
  const found = new Uint8Array(callees.length);
  const states = new Uint8Array(callees.length);
  const next = new Uint32Array(callees.length);
  const path: number[] = [];
  const enter = (each: number) => {
    states[each] = entered;
    path.push(each);
  };
  for (let first = 0; first < callees.length; first++) {
    if (states[first] === unseen) enter(first);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const callee = callees[top]?.[next[top] ?? 0];
      next[top] = (next[top] ?? 0) + 1;
      if (callee === undefined) {
        states[top] = left;
        path.pop();
      } else if (states[callee] === entered) found[callee] = 1;
      else if (states[callee] === unseen) enter(callee);
    }
  }
  return found;
}
