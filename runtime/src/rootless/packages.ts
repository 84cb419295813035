// How a package is installed on this distribution.

import { readFileSync } from 'node:fs';
import * as packages from '../spec/packages.ts';

/** @param name Debian's */
export function installCommand(name: string): string {
  return packages.installCommand(name, readOsRelease());
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
