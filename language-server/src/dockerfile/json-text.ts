// Values as JSON that is kept: long answers are mostly what they were before the last key.

/** JSON in ASCII: a single sign beyond it would double the memory of the whole text and the time to encode it. */
export function jsonOf(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[^\0-\x7F]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
