// One Dockerfile of the comparison: what it is tried with, who does not know it, and where a rival differs and why that is right.

import { base, type Rival } from './builders.ts';

/** Subject of a difference, in which `*` is any part of a path -> why ours is as it is. */
export type Defended = Readonly<Record<string, string>>;

export interface RivalCase {
  readonly title: string;
  readonly dockerfile: string;
  /** A script that makes the context, in its folder. What it makes gets one old time. */
  readonly files?: string;
  /** `{}` stands for the context. */
  readonly args?: readonly string[];
  /** Who does not know what the case is about, each with what is missing. */
  readonly unknown?: Partial<Readonly<Record<Rival, string>>>;
  /** Where a rival's image is another. */
  readonly differs?: Partial<Readonly<Record<Rival, Defended>>>;
  /** Where it is another at times. */
  readonly varies?: Partial<Readonly<Record<Rival, Defended>>>;
  /** What each must say, all of them, when none is to build it. */
  readonly refused?: RegExp;
}

export const from = `FROM ${base}`;

export const noMounts = { classic: 'mounts' };

/** What a rival leaves in an image wherever a command ran, which nobody asked it for. */
export const leftBehind: Readonly<Record<Rival, readonly string[]>> = {
  classic: [],
  BuildKit: [],
  buildah: ['/etc/hostname type', '/etc/hosts type', '/etc/resolv.conf type', '/run type'],
};
