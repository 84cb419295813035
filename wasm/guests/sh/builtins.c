#include "builtins.h"

#include <stdlib.h>
#include <string.h>

#include "run.h"

// In order, for the search.
const struct builtin builtins[] = {
    {".", builtin_dot, builtin_special | builtin_runs},
    {":", builtin_true, builtin_special},
    {"[", builtin_test, 0},
    {"alias", builtin_alias, 0},
    {"bg", builtin_bg, builtin_runs},
    {"break", builtin_break, builtin_special},
    {"cd", builtin_cd, 0},
    {"command", builtin_command, builtin_runs},
    {"continue", builtin_break, builtin_special},
    {"echo", builtin_echo, 0},
    {"eval", builtin_eval, builtin_special | builtin_runs},
    {"exec", builtin_exec, builtin_special | builtin_runs},
    {"exit", builtin_exit, builtin_special},
    {"export", builtin_export, builtin_special | builtin_declares},
    {"false", builtin_false, 0},
    {"fg", builtin_fg, builtin_runs},
    {"getopts", builtin_getopts, 0},
    {"hash", builtin_hash, 0},
    {"history", builtin_history, 0},
    {"jobs", builtin_jobs, 0},
    {"kill", builtin_kill, 0},
    {"local", builtin_local, builtin_special | builtin_declares},
    {"printf", builtin_printf, 0},
    {"pwd", builtin_pwd, 0},
    {"read", builtin_read, builtin_runs},
    {"readonly", builtin_export, builtin_special | builtin_declares},
    {"return", builtin_return, builtin_special},
    {"set", builtin_set, builtin_special},
    {"shift", builtin_shift, builtin_special},
    {"source", builtin_dot, builtin_runs},
    {"test", builtin_test, 0},
    {"times", builtin_times, builtin_special},
    {"trap", builtin_trap, builtin_special},
    {"true", builtin_true, 0},
    {"type", builtin_type, 0},
    {"ulimit", builtin_ulimit, 0},
    {"umask", builtin_umask, 0},
    {"unalias", builtin_unalias, 0},
    {"unset", builtin_unset, builtin_special},
    {"wait", builtin_wait, builtin_runs},
};
const int builtin_count = sizeof builtins / sizeof *builtins;

static int by_name(const void *name, const void *builtin) { return strcmp(name, ((const struct builtin *)builtin)->name); }

const struct builtin *builtin_find(const char *name) {
  return bsearch(name, builtins, (size_t)builtin_count, sizeof *builtins, by_name);
}

int builtin_true(int argc, char **argv) {
  (void)argc, (void)argv;
  return 0;
}

int builtin_false(int argc, char **argv) {
  (void)argc, (void)argv;
  return 1;
}

int next_letter(struct letters *letters, int argc, char **argv, const char *known) {
  const char *word = letters->at < argc ? argv[letters->at] : NULL;
  if (letters->offset == 0) {
    if (word == NULL || word[0] != '-' || word[1] == '\0') return 0;
    if (strcmp(word, "--") == 0) {
      letters->at++;
      return 0;
    }
    letters->offset = 1;
  }
  char letter = word[letters->offset++];
  const char *found = letter == ':' ? NULL : strchr(known, letter);
  if (found == NULL) {
    complain("%s: Illegal option -%c", argv[0], letter);
    return '?';
  }
  bool is_last = word[letters->offset] == '\0';
  if (found[1] == ':') {
    letters->value = is_last ? (letters->at + 1 < argc ? argv[letters->at + 1] : NULL) : word + letters->offset;
    letters->at += is_last ? 2 : 1;
    letters->offset = 0;
    if (letters->value != NULL) return letter;
    complain("%s: No arg for -%c option", argv[0], letter);
    return '?';
  }
  if (is_last) {
    letters->at++;
    letters->offset = 0;
  }
  return letter;
}

bool number_argument(const char *word, int *number) {
  char *end;
  long value = strtol(word, &end, 10);
  if (word[0] < '0' || word[0] > '9' || *end != '\0' || value > INT32_MAX) {
    complain("Illegal number: %s", word);
    return false;
  }
  *number = (int)value;
  return true;
}
