// hadolint's rules, all of them.

import type { Rule } from '../../rule.ts';
import { apkRules } from './apk.ts';
import { aptRules } from './apt.ts';
import { commandRules } from './commands.ts';
import { copyRules } from './copy.ts';
import { fromRules } from './from.ts';
import { labelRules } from './labels.ts';
import { onceRules } from './once.ts';
import { packageRules } from './packages.ts';
import { pipRules } from './pip.ts';
import { rpmRules } from './rpm.ts';
import { shellRules } from './shell.ts';
import { userRules } from './user.ts';
import { valueRules } from './values.ts';
import { zypperRules } from './zypper.ts';

export const hadolintRules: readonly Rule[] = [
  ...aptRules,
  ...rpmRules,
  ...zypperRules,
  ...apkRules,
  ...pipRules,
  ...packageRules,
  ...commandRules,
  ...shellRules,
  ...copyRules,
  ...fromRules,
  ...onceRules,
  ...userRules,
  ...valueRules,
  ...labelRules,
].toSorted((a, b) => a.id.localeCompare(b.id));
