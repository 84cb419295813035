// Signals and what is done about them: POSIX 2.11 and `trap`.
#ifndef SH_TRAPS_H
#define SH_TRAPS_H

#include <stdbool.h>

#include "shell.h"

// Marks the signals that came; ^C of who types unwinds.
void signals_take(void);
// Runs the traps of signals that came.
void traps_run(void);
bool traps_wait(void); // whether one is to be run
void trap_exit(void);
// NULL is the default, "" ignores. False when the signal was ignored from the beginning.
bool trap_set(int signal, const char *action);
// All but what is ignored becomes the default: a subshell's.
void traps_reset(void);
void traps_leave(const struct traps *before);
int signal_number(const char *name); // -1 for none; 0 is EXIT
const char *signal_name(int signal);
const char *signal_words(int signal); // "Terminated"
void signals_begin(void);
// After an option changed that they depend on.
void signals_update(const int *signals, size_t count);
uint32_t ignored_signals(void); // what new processes ignore

#endif
