// The state of the shell.
#ifndef SH_SHELL_H
#define SH_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "system.h"
#include "tree.h"

enum option {
  option_allexport,
  option_notify,
  option_noclobber,
  option_errexit,
  option_noglob,
  option_hashall,
  option_interactive,
  option_monitor,
  option_noexec,
  option_stdin,
  option_nounset,
  option_verbose,
  option_xtrace,
  option_emacs,
  option_vi,
  option_ignoreeof,
  option_nolog,
  option_pipefail,
  option_count,
};

// Why commands are not run on; there is no longjmp, so each function comes back when it sees one.
enum unwind {
  unwind_none,
  unwind_break,
  unwind_continue,
  unwind_return,
  unwind_exit,
  unwind_error,     // ends a script, and only the command of who types
  unwind_interrupt, // ^C of who types
};

struct arguments {
  int references, count;
  char *values[];
};

struct files {
  int of[user_descriptors]; // the system's descriptor, one of a capture, or -1
};

struct traps {
  char *actions[signal_limit]; // 0 is the exit; "" ignores
};

struct shell {
  bool options[option_count];
  int status;
  enum unwind unwind;
  int unwind_count; // loops to leave
  int loops, calls; // that the command at hand is in
  uint32_t level;   // of subshells within this process
  uint32_t line;
  const char *name;
  const char *self; // argv[0]
  struct arguments *arguments;
  int shifted;
  struct files files;
  struct traps traps;
  char *directory;
  int getopts_index, getopts_offset;
  int pid, last_background;
  bool environment_is_old;
  bool is_script;      // messages tell lines
  bool is_subshell;    // a process made to be one
  bool is_signalled;   // perhaps: some signal is caught
  uint32_t ignored;    // signals that were ignored from the beginning
  int substituted;     // status of the last command substitution, -1 for none
  int captures;        // that are under way
  int mask;            // of modes of new files
  int terminal;        // where jobs are controlled, or -1
};
extern struct shell shell;

// `sh: message` on standard error.
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain_plainly(const char *text);
// That, and the script ends.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *error_text(int error); // of a positive or negative errno

// Variables that the shell itself stands on.
void variable_changed(const char *name);

struct arguments *arguments_make(int count, char *const *values);
void arguments_release(struct arguments *arguments);
int arguments_count(void);
const char *argument(int number); // from 1; NULL

const char *option_name(enum option option);
// The letters that are set, for $-.
void options_text(struct text *text);
void option_set(enum option option, bool value);
int option_of_letter(int letter); // -1 for none
int option_of_name(const char *name);

#endif
