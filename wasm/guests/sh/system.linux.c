// Linux's side of the seam, for comparing with other shells: without fork, as WASI's.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "system.h"

enum { own_descriptors = 32 }; // the shell's own begin here

static volatile sig_atomic_t caught[65];
static int modes[65];

bool system_has_stack(void) {
  static char *first;
  char here;
  if (first == NULL) first = &here;
  return first - &here < 4 << 20;
}

static int result(int value) { return value < 0 ? -errno : value; }

// Places may be sources of others: all are moved out of the way first, and only then put in place.
static void place_descriptors(posix_spawn_file_actions_t *actions, const int *descriptors, int *moved) {
  for (int user = 0; user < passed_descriptors; user++) {
    moved[user] = descriptors[user] < 0 ? -1 : fcntl(descriptors[user], F_DUPFD_CLOEXEC, own_descriptors);
  }
  for (int user = 0; user < passed_descriptors; user++) {
    if (moved[user] >= 0) posix_spawn_file_actions_adddup2(actions, moved[user], user);
    else if (fcntl(user, F_GETFD) >= 0) posix_spawn_file_actions_addclose(actions, user);
  }
}

static short prepare(posix_spawnattr_t *attributes, const struct program *program) {
  sigset_t defaults;
  sigemptyset(&defaults);
  for (int signal = 1; signal < signal_limit; signal++) {
    if ((program->ignored >> (signal - 1) & 1) == 0) sigaddset(&defaults, signal);
  }
  posix_spawnattr_setsigdefault(attributes, &defaults);
  if (program->group < 0) return POSIX_SPAWN_SETSIGDEF;
  posix_spawnattr_setpgroup(attributes, program->group);
  return POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
}

static int no_executable(const char *path) {
  struct stat stat_of;
  if (stat(path, &stat_of) == 0 && (S_ISDIR(stat_of.st_mode) || access(path, X_OK) != 0)) return -EACCES;
  return 0;
}

int system_spawn(const struct program *program) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int moved[passed_descriptors];
  pid_t pid;
  int failure = no_executable(program->path);
  if (failure < 0) return failure;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  place_descriptors(&actions, program->descriptors, moved);
  posix_spawnattr_setflags(&attributes, prepare(&attributes, program));
  // Ignored ones are inherited.
  int error = posix_spawn(&pid, program->path, &actions, &attributes, program->argv, (char **)program->environment);
  for (int user = 0; user < passed_descriptors; user++) {
    if (moved[user] >= 0) close(moved[user]);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -error;
}

int system_exec(const struct program *program) {
  int failure = no_executable(program->path);
  if (failure < 0) return failure;
  int moved[passed_descriptors];
  for (int user = 0; user < passed_descriptors; user++) {
    moved[user] = program->descriptors[user] < 0 ? -1 : fcntl(program->descriptors[user], F_DUPFD_CLOEXEC, own_descriptors);
  }
  for (int user = 0; user < passed_descriptors; user++) {
    if (moved[user] >= 0) dup2(moved[user], user);
    else close(user);
  }
  for (int number = 1; number < signal_limit; number++) {
    if ((program->ignored >> (number - 1) & 1) == 0) signal(number, SIG_DFL);
  }
  execve(program->path, program->argv, (char **)program->environment);
  return -errno;
}

int system_wait(int which, uint32_t options, int *status) {
  int flags = (options & CORACLE_WAIT_NOHANG ? WNOHANG : 0) | (options & CORACLE_WAIT_STOPPED ? WUNTRACED : 0) |
              (options & CORACLE_WAIT_CONTINUED ? WCONTINUED : 0);
  return result(waitpid(which, status, flags));
}

int system_kill(int pid, int signal) { return result(kill(pid, signal)); }
int system_pid(void) { return getpid(); }
int system_parent(void) { return getppid(); }
int system_group(void) { return getpgrp(); }
int system_user(void) { return (int)geteuid(); }
int system_set_group(int pid, int group) { return result(setpgid(pid, group)); }

static void on_signal(int signal) { caught[signal] = 1; }

int system_signal_mode(int signal, int mode) {
  struct sigaction action = {.sa_handler = mode == CORACLE_SIGNAL_CATCH ? on_signal : mode == CORACLE_SIGNAL_IGNORE ? SIG_IGN : SIG_DFL};
  struct sigaction former;
  if (sigaction(signal, &action, &former) < 0) return -errno;
  modes[signal] = mode;
  return former.sa_handler == SIG_IGN ? CORACLE_SIGNAL_IGNORE : former.sa_handler == SIG_DFL ? CORACLE_SIGNAL_DEFAULT : CORACLE_SIGNAL_CATCH;
}

int system_signal_take(void) {
  for (int signal = 1; signal < 65; signal++) {
    if (caught[signal] == 0) continue;
    caught[signal] = 0;
    return signal;
  }
  return 0;
}

int system_tty_get(int descriptor, struct coracle_tty *tty) {
  struct termios state;
  struct winsize size = {0};
  if (tcgetattr(descriptor, &state) < 0) return -errno;
  ioctl(descriptor, TIOCGWINSZ, &size);
  *tty = (struct coracle_tty){
      .modes = (state.c_lflag & ICANON ? CORACLE_TTY_CANONICAL : 0) | (state.c_lflag & ECHO ? CORACLE_TTY_ECHO : 0) |
               (state.c_lflag & ISIG ? CORACLE_TTY_SIGNALS : 0) | (state.c_iflag & ICRNL ? CORACLE_TTY_NEWLINES : 0) |
               (state.c_oflag & OPOST ? CORACLE_TTY_OUTPUT : 0),
      .rows = size.ws_row,
      .columns = size.ws_col,
      .foreground = tcgetpgrp(descriptor),
  };
  return 0;
}

static tcflag_t with(tcflag_t flags, tcflag_t flag, bool is_set) { return is_set ? flags | flag : flags & ~flag; }

int system_tty_set(int descriptor, const struct coracle_tty *tty) {
  struct termios state;
  if (tcgetattr(descriptor, &state) < 0) return -errno;
  state.c_lflag = with(state.c_lflag, ICANON, tty->modes & CORACLE_TTY_CANONICAL);
  state.c_lflag = with(state.c_lflag, ECHO, tty->modes & CORACLE_TTY_ECHO);
  state.c_lflag = with(state.c_lflag, ISIG, tty->modes & CORACLE_TTY_SIGNALS);
  state.c_iflag = with(state.c_iflag, ICRNL, tty->modes & CORACLE_TTY_NEWLINES);
  state.c_oflag = with(state.c_oflag, OPOST, tty->modes & CORACLE_TTY_OUTPUT);
  state.c_cc[VMIN] = 1;
  state.c_cc[VTIME] = 0;
  if (tcsetattr(descriptor, TCSADRAIN, &state) < 0) return -errno;
  return result(tcsetpgrp(descriptor, tty->foreground));
}

int system_open(const char *path, int flags, unsigned mode) {
  // Out of the way of scripts' descriptors: a subshell finds by their numbers which it was given.
  int opened = open(path, flags | O_CLOEXEC, mode);
  if (opened < 0 || opened >= own_descriptors) return result(opened);
  int moved = fcntl(opened, F_DUPFD_CLOEXEC, own_descriptors);
  int failure = -errno;
  close(opened);
  return moved < 0 ? failure : moved;
}

int system_pipe(int ends[2]) {
  int low[2];
  if (pipe2(low, O_CLOEXEC) < 0) return -errno;
  for (int end = 0; end < 2; end++) {
    ends[end] = fcntl(low[end], F_DUPFD_CLOEXEC, own_descriptors);
    close(low[end]);
  }
  return ends[0] < 0 || ends[1] < 0 ? -EMFILE : 0;
}

int system_change_directory(const char *path) { return result(chdir(path)); }

static int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

static int convert(int failed, const struct stat *from, struct coracle_stat *to) {
  if (failed < 0) return -errno;
  *to = (struct coracle_stat){
      .device = from->st_dev,
      .inode = from->st_ino,
      .mode = from->st_mode,
      .uid = from->st_uid,
      .gid = from->st_gid,
      .size = (uint64_t)from->st_size,
      .modified_ns = nanoseconds(from->st_mtim),
  };
  return 0;
}

int system_stat(const char *path, bool follow, struct coracle_stat *to) {
  struct stat from;
  int failed = follow ? stat(path, &from) : lstat(path, &from);
  return convert(failed, &from, to);
}

int system_stat_of(int descriptor, struct coracle_stat *to) {
  struct stat from;
  int failed = fstat(descriptor, &from);
  return convert(failed, &from, to);
}

bool system_may(const struct coracle_stat *stat, unsigned access) {
  if (geteuid() == 0) return access != 1 || (stat->mode & 0111) != 0 || S_ISDIR(stat->mode);
  unsigned shift = stat->uid == geteuid() ? 6 : stat->gid == getegid() ? 3 : 0;
  return (stat->mode >> shift & access) == access;
}

int system_umask(int mask) {
  mode_t former = umask(mask < 0 ? 0 : (mode_t)mask);
  if (mask < 0) umask(former);
  return (int)former;
}

int system_place(int user) { return user; }

size_t system_hostname(char *buffer, size_t room) {
  if (gethostname(buffer, room) < 0) return 0;
  return strnlen(buffer, room);
}

void system_times(int64_t milliseconds[4]) {
  struct tms used;
  long ticks = sysconf(_SC_CLK_TCK);
  times(&used);
  const clock_t all[] = {used.tms_utime, used.tms_stime, used.tms_cutime, used.tms_cstime};
  for (int index = 0; index < 4; index++) milliseconds[index] = (int64_t)all[index] * 1000 / ticks;
}

const char *system_self(const char *argv0) {
  (void)argv0;
  return "/proc/self/exe";
}
