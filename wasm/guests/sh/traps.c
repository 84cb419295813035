#include "traps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static const char *const names[signal_limit] = {
    "EXIT", "HUP",  "INT",  "QUIT", "ILL",  "TRAP",   "ABRT", "BUS",  "FPE",  "KILL",   "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
};

static volatile bool came[signal_limit];

int signal_number(const char *name) {
  char *end;
  long number = strtol(name, &end, 10);
  if (end != name && *end == '\0') return number >= 0 && number < signal_limit ? (int)number : -1;
  if (strncmp(name, "SIG", 3) == 0) name += 3;
  for (int signal = 0; signal < signal_limit; signal++) {
    if (strcmp(name, names[signal]) == 0) return signal;
  }
  return -1;
}

const char *signal_name(int signal) { return names[signal]; }

const char *signal_words(int signal) {
  static const char *const words[signal_limit] = {
      [1] = "Hangup", [3] = "Quit", [4] = "Illegal instruction", [5] = "Trace trap", [6] = "Aborted", [7] = "Bus error",
      [8] = "Floating point exception", [9] = "Killed", [11] = "Segmentation fault", [14] = "Alarm clock", [15] = "Terminated",
      [19] = "Stopped (signal)", [20] = "Stopped", [21] = "Stopped (tty input)", [22] = "Stopped (tty output)",
  };
  return words[signal] == NULL ? names[signal] : words[signal];
}

void signals_take(void) {
  int signal;
  if (!shell.is_signalled) return;
  while ((signal = system_signal_take()) > 0) {
    if (signal >= signal_limit) continue;
    if (signal == signal_int && shell.options[option_interactive] && shell.traps.actions[signal] == NULL) {
      if (shell.unwind != unwind_interrupt) complain_plainly("\n");
      shell.unwind = unwind_interrupt;
      shell.status = 128 + signal;
    } else {
      came[signal] = true;
    }
  }
}

static bool has_action(int signal) { return shell.traps.actions[signal] != NULL && *shell.traps.actions[signal] != '\0'; }

bool traps_wait(void) {
  for (int signal = 1; signal < signal_limit; signal++) {
    if (came[signal] && has_action(signal)) return true;
  }
  return false;
}

static void run_action(const char *action) {
  char *copy = memory_copy(action); // it may set itself anew
  int status = shell.status;
  run_string(copy, 0);
  if (shell.unwind == unwind_none) shell.status = status;
  free(copy);
}

void traps_run(void) {
  signals_take();
  for (int signal = 1; signal < signal_limit && shell.unwind == unwind_none; signal++) {
    if (!came[signal] || !has_action(signal)) continue;
    came[signal] = false;
    run_action(shell.traps.actions[signal]);
  }
}

void trap_exit(void) {
  char *action = shell.traps.actions[0];
  shell.traps.actions[0] = NULL;
  if (action == NULL) return;
  int status = shell.status;
  shell.unwind = unwind_none;
  run_string(action, 0);
  if (shell.unwind != unwind_exit) shell.status = status;
  shell.unwind = unwind_exit;
  free(action);
}

// What becomes of a signal without a trap.
static int ordinary_mode(int signal) {
  if (shell.options[option_interactive]) {
    if (signal == signal_int) return CORACLE_SIGNAL_CATCH;
    if (signal == signal_quit || signal == signal_term) return CORACLE_SIGNAL_IGNORE;
  }
  bool is_of_jobs = signal == signal_tstp || signal == signal_ttin || signal == signal_ttou;
  return shell.options[option_monitor] && is_of_jobs ? CORACLE_SIGNAL_IGNORE : CORACLE_SIGNAL_DEFAULT;
}

static void set_mode(int signal) {
  const char *action = shell.traps.actions[signal];
  if (signal == 0 || (shell.ignored >> (signal - 1) & 1) != 0) return;
  int mode = action == NULL ? ordinary_mode(signal) : *action == '\0' ? CORACLE_SIGNAL_IGNORE : CORACLE_SIGNAL_CATCH;
  system_signal_mode(signal, mode);
  if (mode == CORACLE_SIGNAL_CATCH) shell.is_signalled = true;
}

bool trap_set(int signal, const char *action) {
  if (signal > 0 && (shell.ignored >> (signal - 1) & 1) != 0) return false;
  if (shell.traps.actions[signal] == NULL && action == NULL) return true;
  free(shell.traps.actions[signal]);
  shell.traps.actions[signal] = memory_copy(action);
  came[signal] = false;
  set_mode(signal);
  return true;
}

// Copies, since those of the shell around come back.
void traps_reset(void) {
  for (int signal = 0; signal < signal_limit; signal++) {
    const char *action = shell.traps.actions[signal];
    shell.traps.actions[signal] = action != NULL && *action == '\0' ? memory_copy("") : NULL;
  }
}

void traps_leave(const struct traps *before) {
  for (int signal = 0; signal < signal_limit; signal++) {
    char *action = shell.traps.actions[signal];
    shell.traps.actions[signal] = before->actions[signal];
    if (action == NULL && before->actions[signal] == NULL) continue;
    free(action);
    set_mode(signal);
  }
}

// What was ignored by whoever started the shell stays so.
static void find_ignored(void) {
  static const int asked[] = {signal_hup, signal_int, signal_quit, signal_pipe, signal_term};
  for (size_t index = 0; index < sizeof asked / sizeof *asked; index++) {
    if (system_signal_mode(asked[index], CORACLE_SIGNAL_DEFAULT) != CORACLE_SIGNAL_IGNORE) continue;
    system_signal_mode(asked[index], CORACLE_SIGNAL_IGNORE);
    if (!shell.options[option_interactive]) shell.ignored |= 1u << (asked[index] - 1);
  }
}

void signals_begin(void) {
  static const int own[] = {signal_int, signal_quit, signal_term, signal_tstp, signal_ttin, signal_ttou};
  find_ignored();
  signals_update(own, sizeof own / sizeof *own);
}

void signals_update(const int *signals, size_t count) {
  if (!shell.options[option_interactive] && !shell.options[option_monitor]) return;
  for (size_t index = 0; index < count; index++) set_mode(signals[index]);
}

uint32_t ignored_signals(void) {
  uint32_t ignored = shell.ignored;
  for (int signal = 1; signal < signal_limit; signal++) {
    const char *action = shell.traps.actions[signal];
    if (action != NULL && *action == '\0') ignored |= 1u << (signal - 1);
  }
  return ignored;
}
