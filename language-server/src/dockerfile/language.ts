// The Dockerfile as a language of the server: how it is parsed, and which function answers what.

import { editDockerfile, parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Language } from '../language/language.ts';
import { codeActions } from './actions.ts';
import { complete } from './completion/complete.ts';
import { definition, highlights, references } from './definition.ts';
import { diagnostics, diagnosticTexts } from './diagnostics.ts';
import { folding } from './folding.ts';
import { formatting, onTypeFormatting, rangeFormatting } from './formatting.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay.ts';
import { codeLenses } from './lenses.ts';
import { links } from './links.ts';
import { neighboursOf } from './linting.ts';
import { prepareRename, rename } from './rename.ts';
import { selection } from './selection.ts';
import { signatureHelp } from './signature.ts';
import { symbols, symbolsText } from './symbols.ts';
import { tokens } from './tokens.ts';
import { DockerfileView } from './view.ts';

export const dockerfile: Language<DockerfileView> = {
  name: 'dockerfile',
  open: (document) => new DockerfileView(document, parseDockerfile(document.text)),
  edit: (view, document, changes) =>
    new DockerfileView(document, editDockerfile(view.file, changes, document.text), view),
  neighbours: neighboursOf,
  features: {
    codeActions,
    codeLenses,
    completion: complete,
    formatting,
    hover,
    inlayHints,
    onTypeFormatting,
    rangeFormatting,
    signatureHelp,
    definition,
    diagnostics,
    diagnosticTexts,
    folding,
    highlights,
    links,
    prepareRename,
    references,
    rename,
    selection,
    symbols,
    symbolsText,
    tokens,
  },
};
