// What the shell asks of the system where POSIX is not enough: WASI has no processes. `system.wasi.c` asks Coracle;
// `system.linux.c` is there to compare the shell with others on Linux. Both have no fork. Calls give a negative errno when they fail.
#ifndef SH_SYSTEM_H
#define SH_SYSTEM_H

#include <coracle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  user_descriptors = 10, // 0 to 9 are the scripts'
  state_descriptor = 10, // where a subshell finds its state
  passed_descriptors = 11,
};

struct program {
  const char *path;
  char *const *argv;
  const char *const *environment;
  const int *descriptors; // passed_descriptors of them, -1 where it is closed
  const char *directory;
  int group;        // -1 the shell's, 0 a new one, else that one
  uint32_t ignored; // bit n-1 for signal n
};
int system_spawn(const struct program *program); // its pid
int system_exec(const struct program *program);  // returns by failing only
// As waitpid(2), with Linux's status.
int system_wait(int which, uint32_t options, int *status);
int system_kill(int pid, int signal);
int system_pid(void);
int system_parent(void);
int system_group(void);
int system_user(void);
int system_set_group(int pid, int group);

int system_signal_mode(int signal, int mode); // the former one
int system_signal_take(void);                 // 0 when there is none

int system_tty_get(int descriptor, struct coracle_tty *tty);
int system_tty_set(int descriptor, const struct coracle_tty *tty);

int system_open(const char *path, int flags, unsigned mode);
int system_pipe(int ends[2]);
int system_change_directory(const char *path);
int system_stat(const char *path, bool follow, struct coracle_stat *stat);
int system_stat_of(int descriptor, struct coracle_stat *stat);
bool system_may(const struct coracle_stat *stat, unsigned access); // 4 read, 2 write, 1 execute
int system_umask(int mask);                                        // the former one; -1 only asks
// Where descriptor `user` of a script is in a new process.
int system_place(int user);
size_t system_hostname(char *buffer, size_t room);
// Of the shell, and of what it waited for, in milliseconds: user, system, children's user, children's system.
void system_times(int64_t milliseconds[4]);
// Whether commands may go deeper into each other: the stack has an end, behind which there is nothing but a trap.
bool system_has_stack(void);
// The shell's own program.
const char *system_self(const char *argv0);

enum {
  signal_hup = 1,
  signal_int = 2,
  signal_quit = 3,
  signal_pipe = 13,
  signal_term = 15,
  signal_cont = 18,
  signal_tstp = 20,
  signal_ttin = 21,
  signal_ttou = 22,
  signal_limit = 32, // of those that have a name
};

#endif
