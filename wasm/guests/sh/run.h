// Running trees.
#ifndef SH_RUN_H
#define SH_RUN_H

#include "expand.h"
#include "parser.h"
#include "shell.h"
#include "tree.h"

struct job;

enum {
  run_last = 1, // nothing comes after: a program may take the shell's place
};

// Runs it, unless `unwind` is set; sets and returns the status.
int run(struct node *node, int flags);
int run_string(const char *text, int flags);
// Everything that a parser gives. Interactive ones go on after errors.
int run_parser(struct parser *parser, int flags);
int run_file(const char *path); // -1 when it cannot be opened, with errno
void check_errexit(void);
void tested_begin(void); // failures do not count for `set -e` meanwhile
void tested_end(void);
int tested_suspend(void);
void tested_resume(int suspended);

struct builtin {
  const char *name;
  int (*run)(int argc, char **argv);
  uint8_t flags;
};
enum {
  builtin_special = 1,
  builtin_declares = 2, // its arguments are assignments
  builtin_runs = 4,     // other commands, or it waits: not to be run between others of a pipeline
};
const struct builtin *builtin_find(const char *name);
extern const struct builtin builtins[];
extern const int builtin_count;

enum command_kind { command_special, command_function, command_builtin, command_external, command_missing };
struct command {
  enum command_kind kind;
  const struct builtin *builtin;
  struct entry *function;
  const char *path;
  int error; // why there is none
};
enum { find_no_functions = 1, find_standard_path = 2 };
struct command command_find(const char *name, int flags);
// Where it is in PATH, in scratch; NULL with an errno.
const char *path_find(const char *name, const char *path, int *error);
void path_forget(void);

int run_simple(struct node *node, int flags);
// With words that are expanded already.
int run_words(struct node *node, struct fields *words, const struct command *command, int flags);
void expand_command_words(const struct node *node, struct fields *words);
bool set_assignments(const struct word *assignments, uint8_t flags, bool is_local);
int run_function(struct entry *function, int argc, char **argv);
int run_builtin(const struct builtin *builtin, int argc, char **argv);
int run_external(const char *path, int argc, char **argv, int flags);
// After system_spawn failed: says why, or runs it as a script. Its pid, or the negative status.
int start_external(struct job *job, const char *path, char **argv);
int exec_external(const char *path, char **argv);
void trace_words(const struct word *assignments, char *const *argv);

int run_pipeline(struct node *node);
int run_background(struct node *node);

// A subshell within this process: what it changes is as before when it is left.
struct subshell {
  struct shell before;
  char *directory;
  size_t entries, locals;
};
void subshell_enter(struct subshell *subshell);
void subshell_leave(struct subshell *subshell);
int run_subshell(struct node *node, int flags);

#endif
