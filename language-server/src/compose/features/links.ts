// Places that lead out of the file: images to the pages of their registries, paths to files.

import type { DocumentLink } from 'vscode-languageserver';
import { registryPage } from '../../../../runtime/src/text/registry-page.ts';
import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { fillScalar } from '../model/interpolation.ts';
import { definitionsOf } from '../model/model.ts';
import { projectOf } from '../model/project.ts';
import type { ComposeView } from '../view.ts';
import { innerSpan, valueOf, type Scalar } from '../yaml/tree.ts';
import { isPlainPath } from './symbol.ts';

export function links(view: ComposeView, context: Context): DocumentLink[] {
  const project = projectOf(view, context);
  const built = buildLinks(view, context);
  const taken = new Set(built.map(({ scalar }) => scalar));
  const others = view.model.values.flatMap(({ role, scalar }): readonly Target[] => {
    if (taken.has(scalar) || scalar.text === '') return [];
    if (role.kind === 'image') {
      const image = fillScalar(view.document.text, scalar, (name) => project.variables.get(name)?.value);
      return [{ scalar, target: image === undefined ? undefined : registryPage(image) }];
    }
    if (role.kind === 'use') return mountedFile(view, scalar, context);
    if (role.kind === 'language-model') return [{ scalar, target: modelPage(scalar.text) }];
    if (role.kind !== 'path' || role.of !== 'file' || !isPlainPath(scalar)) return [];
    return [{ scalar, target: resolveUri(view.document.uri, scalar.text) }];
  });
  // What aliases stand for is found at each of them.
  const placed = new Map([...built, ...others].map((link) => [link.scalar.span.start, link]));
  return [...placed.values()].flatMap(({ scalar, target, length }) => {
    const { start, end: whole } = innerSpan(scalar);
    const end = length === undefined ? whole : start + length;
    // What is quoted and empty is nowhere to click.
    return target === undefined || start >= end ? [] : [{ range: view.document.range(start, end), target }];
  });
}

/** The page of a language model: they are pulled from Hugging Face, or from registries as images are. */
function modelPage(text: string): string | undefined {
  const name = /^(?:hf|huggingface)\.co\/([\w.-]+\/[\w.-]+)(?::.*)?$/.exec(text)?.[1];
  return name === undefined ? registryPage(text.replace(/:$/, '')) : `https://hf.co/${name}`;
}

interface Target {
  readonly scalar: Scalar;
  readonly target: string | undefined;
  /** Of the part that leads there, where that is not all. */
  readonly length?: number;
}

/** The file of the host that a service mounts; of a folder there is nothing to open. */
function mountedFile(view: ComposeView, scalar: Scalar, context: Context): Target[] {
  const path = /^\.{0,2}\/[^:$]+/.exec(scalar.text)?.[0];
  const target = path === undefined ? undefined : resolveUri(view.document.uri, path);
  if (path === undefined || target === undefined || !isPlainPath(scalar)) return [];
  const slash = target.lastIndexOf('/');
  const beside = context.files.list(target.slice(0, slash));
  const name = decodeURIComponent(target.slice(slash + 1));
  const isFile = beside.kind === 'known' && beside.value.some((each) => each.name === name && each.kind === 'file');
  return isFile ? [{ scalar, target, length: path.length }] : [];
}

/** The Dockerfile of each service, whose path counts from the build's context. */
function buildLinks(view: ComposeView, context: Context): Target[] {
  return definitionsOf(view.model, 'service').flatMap(({ value }) => {
    const build = view.model.resolver.get(value, 'build');
    const named = valueOf(build, 'dockerfile') ?? valueOf(build, 'context') ?? build;
    if (named?.kind !== 'scalar' || !isPlainPath(named)) return [];
    const reading = buildFileOf(view.document.uri, view.model, value, context);
    // A file that is not there yet can be made from its link.
    const target = reading.kind === 'known' ? reading.file.uri : reading.kind === 'absent' ? reading.uri : undefined;
    return [{ scalar: named, target }];
  });
}
