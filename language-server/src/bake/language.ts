// Bake as a language of the server: how it is parsed, and which function answers what.

import type { Context } from '../language/context.ts';
import { applySettings, toActions, toDiagnostic } from '../language/diagnostics.ts';
import type { Language } from '../language/language.ts';
import { findingsOf } from './checks.ts';
import { completion } from './completion/complete.ts';
import { formatting } from './features/format.ts';
import { hover } from './features/hover.ts';
import { codeLenses } from './features/lens.ts';
import { inlayHints } from './features/inlay.ts';
import { folding, links, selection, symbols } from './features/outline.ts';
import { definition, highlights, prepareRename, references, rename } from './features/references.ts';
import { signatureHelp } from './features/signature.ts';
import { tokens } from './features/tokens.ts';
import { openBake, type BakeView } from './view.ts';

export const bake: Language<BakeView> = {
  name: 'bake',
  open: openBake,
  features: {
    diagnostics: (view, context) => findings(view, context).map((finding) => toDiagnostic(view, finding, context)),
    codeActions: (view, span, asked, context) => toActions(view, findings(view, context), span, asked, context),
    completion: (view, offset, _trigger, context) => completion(view, offset, context),
    hover,
    signatureHelp,
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
  },
};

function findings(view: BakeView, context: Context) {
  return applySettings(findingsOf(view, context), context);
}
