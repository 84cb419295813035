// The Dockerfile that a service is built from.

import { readBuildFile, unreadable, type BuildFileReading } from '../../language/build-file.ts';
import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import type { Node } from '../yaml/tree.ts';
import type { ComposeModel } from './model.ts';

/** The Dockerfile of a service of the file `uri`. */
export function buildFileOf(
  uri: string,
  model: ComposeModel,
  service: Node | undefined,
  context: Context,
): BuildFileReading {
  const build = model.resolver.get(service, 'build');
  if (build === undefined || model.resolver.get(build, 'dockerfile_inline') !== undefined) return unreadable;
  const contextPath = build.kind === 'scalar' ? build.text : (textOf(model, build, 'context') ?? '.');
  const dockerfile = textOf(model, build, 'dockerfile') ?? 'Dockerfile';
  if (`${contextPath}${dockerfile}`.includes('$') || /^[\w.-]+@|^git:|^https?:|\.git(?:#|$)/.test(contextPath))
    return unreadable;
  const target = resolveUri(
    uri,
    dockerfile.startsWith('/') ? dockerfile : `${contextPath === '' ? '.' : contextPath}/${dockerfile}`,
  );
  return target === undefined ? unreadable : readBuildFile(target, context);
}

function textOf(model: ComposeModel, node: Node, key: string): string | undefined {
  const value = model.resolver.get(node, key);
  return value?.kind === 'scalar' && value.text !== '' ? value.text : undefined;
}
