// Places that stand for what a process has open already: /proc/self/fd, which /dev/stdin and its like lead to, and /dev/tty.

import { kind } from '../files/inode.ts';
import { device } from '../mounts/devices.ts';
import type { Place } from '../mounts/mount.ts';
import { statOf } from '../mounts/places.ts';
import { errno, fail } from '../wasi/errno.ts';
import { access } from './descriptions.ts';
import type { Process } from './process.ts';

/** Where a terminal is looked for: what a process begins with. */
const standard = [0, 1, 2];

/** @returns a description that is open already; undefined for any other place @throws Failure ENXIO for /dev/tty without a terminal */
export function sharedDescription({ space, descriptors, descriptions }: Process, place: Place): number | undefined {
  const descriptor = space.descriptorOf(place);
  if (descriptor !== undefined) return descriptors.get(descriptor) || fail(errno.ENXIO);
  if (space.kindOf(place) !== kind.character || statOf(space, place).special !== device.tty) return undefined;
  const open = standard.map((number) => descriptors.get(number));
  return open.find((each) => each !== 0 && descriptions.may(each, access.terminal)) ?? fail(errno.ENXIO);
}
