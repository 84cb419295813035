// Coracle's side of the seam.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "memory.h"
#include "system.h"

enum { root = 3, working_directory = 4, first_free = 5 };

// The stack is below all data (see the linker's flags in .ci/guests.mjs): an address in it says how much is left.
enum { stack_reserve = 64 * 1024 };

bool system_has_stack(void) { return (uintptr_t)__builtin_frame_address(0) > stack_reserve; }

static uint32_t size_of(const char *text) { return (uint32_t)strlen(text); }

// Strings one after another, each ended by a zero.
static struct text joined(const char *const *strings) {
  struct text text = {0};
  for (; *strings != NULL; strings++) text_add(&text, *strings, strlen(*strings) + 1);
  text_end(&text);
  return text;
}

static int start(const struct program *program, bool replace) {
  struct text argv = joined((const char *const *)program->argv);
  struct text environment = joined(program->environment);
  int32_t descriptors[first_free + passed_descriptors];
  uint32_t count = 3;
  for (int index = 0; index < first_free + passed_descriptors; index++) descriptors[index] = -1;
  for (int user = 0; user < passed_descriptors; user++) {
    int place = system_place(user);
    descriptors[place] = program->descriptors[user];
    if (program->descriptors[user] >= 0 && place >= 3) count = (uint32_t)place + 1;
  }
  const struct coracle_spawn spawn = {
      .path = program->path,
      .path_length = size_of(program->path),
      .argv = argv.bytes,
      .argv_length = (uint32_t)argv.size,
      .env = environment.bytes,
      .env_length = (uint32_t)environment.size,
      .directory = program->directory,
      .directory_length = size_of(program->directory),
      .descriptors = descriptors,
      .descriptor_count = count,
      .group = program->group,
      .ignored = program->ignored,
  };
  int32_t pid = 0;
  int32_t error = replace ? coracle_exec(&spawn) : coracle_spawn(&spawn, &pid);
  text_free(&argv);
  text_free(&environment);
  return error == 0 ? pid : -error;
}

int system_spawn(const struct program *program) { return start(program, false); }
int system_exec(const struct program *program) { return start(program, true); }

int system_wait(int which, uint32_t options, int *status) {
  int32_t pid = 0;
  int32_t error = coracle_wait(which, options, &pid, status);
  return error == 0 ? pid : -error;
}

int system_kill(int pid, int signal) { return -coracle_kill(pid, signal); }

// pid, parent, group, user, group of the user
static int id(int which) {
  int32_t ids[5] = {0};
  coracle_ids(ids);
  return ids[which];
}
int system_pid(void) { return id(0); }
int system_parent(void) { return id(1); }
int system_group(void) { return id(2); }
int system_user(void) { return id(3); }
int system_set_group(int pid, int group) { return -coracle_set_group(pid, group); }

int system_signal_mode(int signal, int mode) {
  int32_t former = 0;
  int32_t error = coracle_signal_mode(signal, mode, &former);
  return error == 0 ? former : -error;
}

int system_signal_take(void) {
  int32_t signal = 0;
  return coracle_signal_take(&signal) == 0 ? signal : 0;
}

int system_tty_get(int descriptor, struct coracle_tty *tty) { return -coracle_tty_get(descriptor, tty); }
int system_tty_set(int descriptor, const struct coracle_tty *tty) { return -coracle_tty_set(descriptor, tty); }

int system_open(const char *path, int flags, unsigned mode) {
  int opened = open(path, flags, mode);
  return opened < 0 ? -errno : opened;
}

int system_pipe(int ends[2]) { return -coracle_pipe(ends); }

// Relative paths begin at one descriptor, for the shell's own calls and for what it spawns.
int system_change_directory(const char *path) {
  int opened = open(path, O_RDONLY | O_DIRECTORY);
  if (opened < 0) return -errno;
  __wasi_errno_t error = __wasi_fd_renumber(opened, working_directory);
  if (error == 0) return 0;
  close(opened);
  return -error;
}

static int base_of(const char *path) { return *path == '/' ? root : working_directory; }

int system_stat(const char *path, bool follow, struct coracle_stat *stat) {
  return -coracle_stat(base_of(path), path, size_of(path), follow, stat);
}

int system_stat_of(int descriptor, struct coracle_stat *stat) { return -coracle_fstat(descriptor, stat); }

bool system_may(const struct coracle_stat *stat, unsigned access) {
  int32_t ids[5] = {0};
  coracle_ids(ids);
  if (ids[3] == 0) return access != 1 || (stat->mode & 0111) != 0 || S_ISDIR(stat->mode);
  unsigned shift = stat->uid == (uint32_t)ids[3] ? 6 : stat->gid == (uint32_t)ids[4] ? 3 : 0;
  return (stat->mode >> shift & access) == access;
}

int system_umask(int mask) {
  uint32_t former = 0;
  coracle_umask(mask < 0 ? 022 : (uint32_t)mask, &former);
  if (mask < 0) coracle_umask(former, NULL);
  return (int)former;
}

// Root and working directory have 3 and 4.
int system_place(int user) { return user < 3 ? user : user + first_free - 3; }

size_t system_hostname(char *buffer, size_t room) {
  uint32_t used = 0;
  if (coracle_hostname(buffer, (uint32_t)room, &used) != 0) return 0;
  return used < room ? used : room;
}

// WASI tells no processor time of others, and nothing of a kernel's.
void system_times(int64_t milliseconds[4]) {
  __wasi_timestamp_t used = 0;
  if (__wasi_clock_time_get(__WASI_CLOCKID_PROCESS_CPUTIME_ID, 1000, &used) != 0) used = 0;
  milliseconds[0] = (int64_t)(used / 1000000);
  milliseconds[1] = milliseconds[2] = milliseconds[3] = 0;
}

const char *system_self(const char *argv0) {
  struct coracle_stat stat;
  if (strchr(argv0, '/') != NULL && system_stat(argv0, true, &stat) == 0) return argv0;
  return "/bin/sh";
}
