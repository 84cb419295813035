#ifndef SH_PROMPT_H
#define SH_PROMPT_H

#include "memory.h"

// A prompt with everything in it expanded; also its escapes: \u \h \w \W \$ \n \t \e \[ \] and so on.
void prompt_text(const char *prompt, struct text *shown);

#endif
