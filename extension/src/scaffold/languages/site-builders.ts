// Tools that build a site of files, and where they put it.

import { textOf } from '../values.ts';
import type { NodePackage } from './package-json.ts';

/** Package -> folder of what it builds. */
const builders: ReadonlyMap<string, string> = new Map([
  ['react-scripts', 'build'],
  ['astro', 'dist'],
  ['@11ty/eleventy', '_site'],
  ['@docusaurus/core', 'build'],
  ['vitepress', '.vitepress/dist'],
  ['parcel', 'dist'],
  ['vite', 'dist'],
]);

/** What serves pages itself, whatever builds them. */
const servers = [
  'next',
  'nuxt',
  '@sveltejs/adapter-node',
  '@astrojs/node',
  'express',
  'fastify',
  'koa',
  '@nestjs/core',
];

/** A package that is built and then served as files. */
export function isSite(own: NodePackage): boolean {
  return siteFolder(own) !== undefined;
}

/** Where its build puts the pages; undefined for what is no site. */
export function siteFolder(own: NodePackage): string | undefined {
  if (textOf(own.scripts, 'build') === '' || servers.some((name) => own.uses(name))) return undefined;
  // Most such packages have a `start` too, which serves while one writes.
  return [...builders].find(([name]) => own.uses(name))?.[1];
}
