// After the end: leftovers killed, the out-of-memory counter read, control groups and runtime state removed, and then the
// exit told on disk and to everyone who watches.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "shim.h"
#include "wire.h"

static const size_t runtime_text_limit = 16 * 1024;

static void write_file(int directory, const char *name, const char *text) {
  int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)write_full(fd, text, strlen(text));
  close(fd);
}

// Kills every process of one control group and those below it. Gives how many it saw.
static size_t kill_group(int directory, int depth) {
  char text[64 * 1024];
  size_t seen = 0;
  if (read_small(directory, "cgroup.procs", text, sizeof text) > 0) {
    for (char *at = text, *end; *at != 0; at = end) {
      long pid = strtol(at, &end, 10);
      if (end == at) break;
      if (pid > 1) kill((pid_t)pid, SIGKILL); // 0 and 1 are no process of a container's
      seen++;
    }
  }
  if (seen > 0) {
    write_file(directory, "cgroup.kill", "1");
    write_file(directory, "freezer.state", "THAWED"); // a frozen process dies when it thaws
    write_file(directory, "cgroup.freeze", "0");
  }
  DIR *list = depth > 16 ? NULL : open_list(directory);
  for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
    if (entry->d_type != DT_DIR || is_dot(entry->d_name)) continue;
    int below = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0) continue;
    seen += kill_group(below, depth + 1);
    close(below);
  }
  if (list != NULL) closedir(list);
  return seen;
}

static size_t kill_path(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  // The root of a hierarchy holds the whole machine; a group of ours has a group above it.
  size_t seen = faccessat(fd, "../cgroup.procs", F_OK, 0) == 0 ? kill_group(fd, 0) : 0;
  close(fd);
  return seen;
}

// Without a pid namespace of its own a container's other processes outlive the first one: they go with it, as with Docker.
void kill_leftovers(struct shim *shim) {
  if (shim->options.is_container && shim->options.cgroups != NULL && shim->options.cgroups[0] != NULL) {
    kill_path(shim->options.cgroups[0]);
  }
}

// Reads `oom_kill N` in a file of a control group. False when there is no such file.
static bool read_oom_kills(const char *directory, const char *name, long *kills) {
  char path[4300], text[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  if (read_small(AT_FDCWD, path, text, sizeof text) <= 0) return false;
  const char *at = strstr(text, "oom_kill ");
  *kills = at != NULL && (at == text || at[-1] == '\n') ? strtol(at + strlen("oom_kill "), NULL, 10) : 0;
  return true;
}

// The group that counts memory tells it, in memory.events (version 2) or memory.oom_control (version 1); the others need no look.
static bool was_killed_by_oom(char **cgroups) {
  long kills = 0;
  for (char **path = cgroups; path != NULL && *path != NULL; path++) {
    if (read_oom_kills(*path, "memory.oom_control", &kills) || read_oom_kills(*path, "memory.events", &kills)) break;
  }
  return kills > 0;
}

static int remove_group(int directory, const char *name, int depth) {
  if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  int fd = depth > 16 ? -1 : openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  DIR *list = open_list(fd);
  for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
    if (entry->d_type == DT_DIR && !is_dot(entry->d_name)) remove_group(fd, entry->d_name, depth + 1);
  }
  if (list != NULL) closedir(list);
  close(fd);
  return unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

// The kernel takes a moment to forget the dead, so a busy group is tried again for a while.
static void remove_groups(struct shim *shim) {
  for (char **path = shim->options.cgroups; path != NULL && *path != NULL; path++) {
    for (int wait_us = 200, waited = 0; remove_group(AT_FDCWD, *path, 0) != 0 && errno == EBUSY && waited < 1000000;) {
      kill_path(*path);
      usleep((useconds_t)wait_us);
      waited += wait_us;
      if (wait_us < 20000) wait_us *= 2;
    }
  }
}

static void run_delete(struct shim *shim) {
  pid_t pid = fork();
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(shim->options.delete_argv[0], shim->options.delete_argv, shim->options.env);
    _exit(127);
  }
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

static void clear_away(struct shim *shim) {
  remove_groups(shim);
  char **paths = shim->options.remove_paths, **delete_argv = shim->options.delete_argv;
  for (char **path = paths; path != NULL && *path != NULL; path++) remove_at(AT_FDCWD, *path);
  if ((paths == NULL || paths[0] == NULL) && delete_argv != NULL && delete_argv[0] != NULL) run_delete(shim);
}

size_t exit_payload(const struct shim *shim, char *to, size_t size) {
  int length = snprintf(to, size, "%d%c%d%c%llu", shim->exit_code, 0, shim->killed_by_oom ? 1 : 0, 0,
                        (unsigned long long)shim->exit_ns);
  return length < 0 || (size_t)length >= size ? 0 : (size_t)length;
}

static void save_exit(const struct shim *shim, const char *payload, size_t size) {
  char path[4200], temporary[4200];
  snprintf(path, sizeof path, "%s/exit", shim->options.directory);
  snprintf(temporary, sizeof temporary, "%s/.exit.tmp", shim->options.directory);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  int failed = write_full(fd, payload, size);
  close(fd);
  if (failed == 0) rename(temporary, path);
}

static void end(struct shim *shim) {
  shim->phase = phase_ended;
  shim->end_deadline = now_ms() + linger_ms;
  for (int i = 0; i < 2; i++) {
    if (shim->outputs[i].fd >= 0) close(shim->outputs[i].fd);
    shim->outputs[i].fd = -1;
  }
  if (shim->input >= 0 && shim->input != shim->terminal) close(shim->input);
  shim->input = shim->terminal = -1;
  shim->input_size = shim->input_sent = 0;
  if (shim->console >= 0) close(shim->console);
  shim->console = -1;
}

// The last word. From before it on nobody can connect any more: who could not finds `exit`.
static void leave(struct shim *shim, char type, const char *payload, size_t size) {
  accept_clients(shim); // who came meanwhile shall hear of it as well
  unlink(shim->options.socket);
  close(shim->listener);
  shim->listener = -1;
  tell_watchers(shim, type, payload, size);
  end_clients(shim);
}

void finish_exit(struct shim *shim) {
  char payload[128];
  end(shim);
  log_finish(&shim->log);
  shim->killed_by_oom = was_killed_by_oom(shim->options.cgroups);
  clear_away(shim);
  size_t size = exit_payload(shim, payload, sizeof payload);
  save_exit(shim, payload, size);
  leave(shim, 'X', payload, size);
}

static size_t read_text(int fd, char *to, size_t size) {
  ssize_t got = fd < 0 ? -1 : read(fd, to, size);
  return got < 0 ? 0 : (size_t)got;
}

// What the runtime said: its log file, else its standard error.
static size_t runtime_text(struct shim *shim, char *to, size_t size) {
  char path[4200];
  snprintf(path, sizeof path, "%s/runtime.log", shim->options.directory);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t length = read_text(fd, to, size);
  if (fd >= 0) close(fd);
  if (length > 0) return length;
  if (shim->options.terminal) {
    if (shim->runtime_text >= 0) lseek(shim->runtime_text, 0, SEEK_SET);
    return read_text(shim->runtime_text, to, size);
  }
  return read_text(shim->outputs[1].fd, to, size);
}

void finish_failure(struct shim *shim, int status) {
  const char *reason = shim->failure;
  char *payload = calloc(1, runtime_text_limit + 64);
  if (payload == NULL) _exit(1);
  size_t size = (size_t)sprintf(payload, "%d", status) + 1;
  if (reason != NULL) size += (size_t)snprintf(payload + size, runtime_text_limit, "%s", reason);
  else size += runtime_text(shim, payload + size, runtime_text_limit);
  shim->failure = payload;
  shim->failure_size = size;
  end(shim);
  log_finish(&shim->log);
  kill_leftovers(shim);
  clear_away(shim);
  leave(shim, 'F', payload, size);
}
