/**
 * `name=value` pairs; a name alone takes its value from the environment, and is left out where that has none.
 * @throws Error naming the flag
 */
export function readMap(
  flag: string,
  pairs: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const sign = pair.indexOf('=');
    const name = sign < 0 ? pair : pair.slice(0, sign);
    if (name === '') throw new Error(`invalid ${flag} "${pair}": the name is missing`);
    const value = sign < 0 ? env[name] : pair.slice(sign + 1);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
