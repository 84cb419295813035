// What is run within the shell. Each gets its words and gives its status; what it writes goes through `out`.
#ifndef SH_BUILTINS_H
#define SH_BUILTINS_H

#include <stdbool.h>

int builtin_alias(int argc, char **argv);
int builtin_bg(int argc, char **argv);
int builtin_break(int argc, char **argv);
int builtin_cd(int argc, char **argv);
int builtin_command(int argc, char **argv);
int builtin_dot(int argc, char **argv);
int builtin_echo(int argc, char **argv);
int builtin_eval(int argc, char **argv);
int builtin_exec(int argc, char **argv);
int builtin_exit(int argc, char **argv);
int builtin_export(int argc, char **argv);
int builtin_false(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_getopts(int argc, char **argv);
int builtin_hash(int argc, char **argv);
int builtin_history(int argc, char **argv);
int builtin_jobs(int argc, char **argv);
int builtin_kill(int argc, char **argv);
int builtin_local(int argc, char **argv);
int builtin_printf(int argc, char **argv);
int builtin_pwd(int argc, char **argv);
int builtin_read(int argc, char **argv);
int builtin_return(int argc, char **argv);
int builtin_set(int argc, char **argv);
int builtin_shift(int argc, char **argv);
int builtin_test(int argc, char **argv);
int builtin_times(int argc, char **argv);
int builtin_trap(int argc, char **argv);
int builtin_true(int argc, char **argv);
int builtin_type(int argc, char **argv);
int builtin_ulimit(int argc, char **argv);
int builtin_umask(int argc, char **argv);
int builtin_unalias(int argc, char **argv);
int builtin_unset(int argc, char **argv);
int builtin_wait(int argc, char **argv);

// Options of one letter each: the next one, with its value in *value when the letter in `letters` is followed by ':'. 0 when there are no
// more, '?' after a message. *at begins at 1 and is the first operand at the end.
struct letters {
  int at, offset;
  const char *value;
};
int next_letter(struct letters *letters, int argc, char **argv, const char *known);
// A number of decimal digits; false after a message.
bool number_argument(const char *word, int *number);
// A new working directory; false after a message.
bool change_directory(const char *path, bool is_physical);

#endif
