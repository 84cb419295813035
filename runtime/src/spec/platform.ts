// Operating system, architecture and variant: how people write them, how an index is searched for the best match.

import { EngineError } from './errors.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const systems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux netbsd openbsd plan9 solaris wasi wasip1 wasip2 windows zos'.split(
    ' ',
  ),
);
const architectures = new Set(
  '386 amd64 arm arm64 armbe arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm wasm32'.split(
    ' ',
  ),
);

/**
 * Reads `os`, `arch`, `os/arch` or `os/arch/variant`; what is not said comes from `host`.
 * @throws EngineError invalidParameter in Docker's words
 */
export function parsePlatform(text: string, host: Platform): Platform {
  if (text.includes('*')) throw invalid(`${quote(text)}: wildcards not yet supported: invalid argument`);
  const parts = text.slice(0, 256).split('/');
  for (const part of parts) {
    if (!/^[A-Za-z0-9_.-]+$/.test(part)) {
      throw invalid(
        `${quote(part)} is an invalid component of ${quote(text)}: platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument`,
      );
    }
  }
  const [first = '', second, variant] = parts;
  if (parts.length > 3) throw invalid(`${quote(text)}: cannot parse platform specifier: invalid argument`);
  const os = first.toLowerCase() === 'macos' ? 'darwin' : first.toLowerCase();
  if (second !== undefined) return normalizePlatform({ os, architecture: second, ...(variant ? { variant } : {}) });
  if (/^wasi(?:p\d+)?$/.test(os)) return { os, architecture: 'wasm' };
  if (systems.has(os)) return normalizePlatform({ ...host, os });
  const alone = normalizePlatform({ os: host.os, architecture: first });
  if (alone.architecture.startsWith('wasm')) return { os: 'wasi', architecture: alone.architecture };
  if (architectures.has(alone.architecture)) return alone;
  throw invalid(`${quote(text)}: unknown operating system or architecture: invalid argument`);
}

/** One spelling for each: `x86_64` is amd64, `aarch64` is arm64, an arm without variant is v7. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  let architecture = platform.architecture.toLowerCase();
  let variant = (platform.variant ?? '').toLowerCase();
  if (architecture === 'i386') {
    architecture = '386';
  } else if (architecture === 'x86_64' || architecture === 'x86-64' || architecture === 'amd64') {
    architecture = 'amd64';
    if (variant === 'v1') variant = '';
  } else if (architecture === 'aarch64' || architecture === 'arm64') {
    architecture = 'arm64';
    if (variant === '8' || variant === 'v8') variant = '';
  } else if (architecture === 'armhf') {
    architecture = 'arm';
    variant = 'v7';
  } else if (architecture === 'armel') {
    architecture = 'arm';
    variant = 'v6';
  } else if (architecture === 'arm') {
    if (variant === '') variant = 'v7';
    else if (/^[5-8]$/.test(variant)) variant = `v${variant}`;
  }
  return { os, architecture, ...(variant === '' ? {} : { variant }) };
}

/** `linux/arm64/v8`, as people write it; arm64 without variant shows none. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant ?? ''].filter((part) => part !== '').join('/');
}

/** What an engine runs that has no Linux: programs of WebAssembly for WASI, whichever preview they were built for. */
export const wasmPlatform: Platform = { os: 'wasi', architecture: 'wasm' };

/** `wasi/wasm` as Docker calls it, and its other names: `wasip1/wasm`, `wasip2/wasm`, `wasi/wasm32`. */
export function isWasmPlatform({ os, architecture }: Platform): boolean {
  return /^wasi(?:p\d+)?$/i.test(os) && /^wasm(?:32)?$/i.test(architecture);
}

/** `wasi` says nothing of the preview: such an image may be of any, and who asks for it takes any. */
function wasmDistance(wanted: string, candidate: string): number | undefined {
  if (wanted === candidate) return 0;
  if (wanted !== 'wasi') return candidate === 'wasi' ? 1 : undefined;
  return candidate === 'wasip1' ? 1 : 2;
}

/**
 * How well `candidate` serves `wanted`: 0 is exact, larger is worse, undefined not at all. A lower variant of the same
 * family serves a higher one, 32-bit serves 64-bit of the same family.
 */
export function platformDistance(wanted: Platform, candidate: Platform): number | undefined {
  const want = normalizePlatform(wanted);
  const have = normalizePlatform(candidate);
  if (isWasmPlatform(want) && isWasmPlatform(have)) return wasmDistance(want.os, have.os);
  if (want.os !== have.os) return undefined;
  const level = (platform: Platform, none: number): number =>
    Number(/^v(\d+)/.exec(platform.variant ?? '')?.[1] ?? none);
  if (want.architecture === have.architecture) {
    if ((want.variant ?? '') === (have.variant ?? '')) return 0;
    const base = want.architecture === 'amd64' ? 1 : want.architecture === 'arm64' ? 8 : 0;
    const distance = level(want, base) - level(have, base);
    return distance >= 0 ? distance : undefined;
  }
  if (want.architecture === 'amd64' && have.architecture === '386') return 100;
  if (want.architecture === 'arm64' && have.architecture === 'arm') return 100 + 8 - level(have, 7);
  return undefined;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
