// Compose as a language of the server: how it is parsed, and which function answers what.

import type { Context } from '../language/context.ts';
import type { Language } from '../language/language.ts';
import { findingsOf } from './checks/checks.ts';
import { completion } from './completion/complete.ts';
import { applySettings, toActions, toDiagnostic } from '../language/diagnostics.ts';
import { folding } from './features/folding.ts';
import { hover } from './features/hover.ts';
import { inlayHints } from './features/inlay.ts';
import { codeLenses } from './features/lens.ts';
import { links } from './features/links.ts';
import { definition, highlights, prepareRename, references, rename } from './features/references.ts';
import { selection } from './features/selection.ts';
import { symbols } from './features/symbols.ts';
import { tokens } from './features/tokens.ts';
import { formatting, rangeFormatting } from './format/format.ts';
import { neighboursOf } from './model/project.ts';
import { editCompose, openCompose, type ComposeView } from './view.ts';

export const compose: Language<ComposeView> = {
  name: 'compose',
  open: openCompose,
  edit: editCompose,
  neighbours: neighboursOf,
  features: {
    diagnostics: (view, context) => findings(view, context).map((finding) => toDiagnostic(view, finding, context)),
    codeActions: (view, span, asked, context) => toActions(view, findings(view, context), span, asked, context),
    completion: (view, offset, _trigger, context) => completion(view, offset, context),
    hover,
    definition,
    references,
    highlights,
    prepareRename,
    rename,
    symbols,
    folding,
    selection,
    links,
    tokens,
    inlayHints,
    codeLenses,
    formatting,
    rangeFormatting,
  },
};

function findings(view: ComposeView, context: Context) {
  return applySettings(findingsOf(view, context), context);
}
