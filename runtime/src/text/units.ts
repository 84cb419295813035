// Sizes and durations in the words that docker's tables use.

const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];

/** `1.99MB`: `precision` significant digits, powers of 1000. */
export function humanSize(size: number, precision = 4): string {
  return scaled(size, 1000, decimal, precision);
}

/** `23.54GiB`: four significant digits, powers of 1024. */
export function bytesSize(size: number): string {
  return scaled(size, 1024, binary, 4);
}

function scaled(size: number, base: number, units: readonly string[], precision: number): string {
  let value = size;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${significant(value, precision)}${units[unit] ?? ''}`;
}

/** C's `%.<digits>g` for the range that occurs here: no trailing zeros, exponents only when the number does not fit. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  const [mantissa = '0', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (power < -4 || power >= digits) {
    const sign = power < 0 ? '-' : '+';
    return `${trimZeros(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return trimZeros(value.toFixed(Math.max(0, digits - 1 - power)));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `2026-11-25 03:47:05 +0000 UTC`, as Go prints a time in the local zone. */
export function goTime(ms: number, nanos = ''): string {
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}${nanos} ${zone} ${zoneName(date, offset, zone)}`;
}

function zoneName(date: Date, offset: number, zone: string): string {
  if (offset === 0) return 'UTC';
  const name = /\(([^)]+)\)/.exec(date.toString())?.[1] ?? '';
  const short = name
    .split(' ')
    .map((word) => word.slice(0, 1))
    .join('');
  return /^[A-Z]{3,5}$/.test(short) ? short : zone;
}

/** Cuts to `width` columns, the last one an ellipsis. */
export function ellipsis(text: string, width: number): string {
  const runes = Array.from(text);
  if (runes.length <= width) return text;
  return width <= 1 ? runes.slice(0, width).join('') : `${runes.slice(0, width - 1).join('')}…`;
}
