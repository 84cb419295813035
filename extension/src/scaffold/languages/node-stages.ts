// The stages that programs and sites on Node have in common: packages, and what is built with them.

import { cacheMount, runWith } from '../dockerfile-text.ts';
import { textOf } from '../values.ts';
import type { NodePackage } from './package-json.ts';

type Stage = readonly (string | undefined)[];

export function baseStage({ node, manager }: NodePackage): Stage {
  return [`FROM node:${node}-slim AS base`, 'WORKDIR /app', manager.setUp(node)];
}

/** What runs with the program, without what only builds it. */
export function dependenciesStage(own: NodePackage): Stage {
  return ['FROM base AS dependencies', ...installed(own, own.manager.installProduction, true)];
}

/** @param isWhole whether all of it goes on from here, but for packages that only build it */
export function buildStage(own: NodePackage, isWhole = false): Stage {
  const copied = own.needsAll ? undefined : 'COPY . .';
  return [
    'FROM base AS build',
    ...installed(own, own.manager.install, false),
    copied,
    `RUN ${own.manager.run} build${isWhole ? ' && rm -rf node_modules' : ''}`,
  ];
}

function installed(own: NodePackage, command: string, isProduction: boolean): Stage {
  const { manager, installFiles, needsAll, scripts } = own;
  // Hooks of the repository, set up by packages that a production install leaves out.
  const isHooked = isProduction && manager.name === 'npm' && textOf(scripts, 'prepare') !== '';
  const copied = needsAll ? 'COPY . .' : `COPY ${installFiles.filter((name) => name !== '.npmrc').join(' ')} ./`;
  // It may hold a token: it is there while packages are installed, and in no layer.
  const settings = needsAll || !installFiles.includes('.npmrc') ? [] : ['type=bind,source=.npmrc,target=.npmrc'];
  const prepared = isHooked ? `npm pkg delete scripts.prepare && ${command}` : command;
  return [copied, runWith([cacheMount(manager.cache), ...settings], prepared)];
}
