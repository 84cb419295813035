// `Range` of a GET (RFC 9110, section 14) and `Content-Range` of a chunk (distribution spec, "Pushing a blob in chunks").

/** Bytes from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Which bytes of `size` are asked for.
 * @returns `whole` where the header says nothing that we honour (other units, several ranges), `none` where nothing is there
 */
export function rangeOf(header: string | undefined, size: number): Range | 'whole' | 'none' {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (found === null) return 'whole';
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'none' : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  return start < end ? { start, end } : 'none';
}

/** A chunk's place: `<first>-<last>`, as Docker's clients also write it with `bytes ` before. undefined when it is none. */
export function chunkRange(header: string): Range | undefined {
  const found = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (found === null) return undefined;
  const range = { start: Number(found[1]), end: Number(found[2]) + 1 };
  return range.start < range.end ? range : undefined;
}

/** How much of an upload is there, as its clients read it; nothing is told as one byte, as every registry does. */
export function uploadedRange(size: number): string {
  return `0-${Math.max(size - 1, 0)}`;
}
