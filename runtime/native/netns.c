// Network namespaces: made, pinned to a file, entered for a moment, and their sysctls.
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duties.h"

// A forked duty closes what it inherits: the descriptor is good for the process that opened it only.
static int home = -1;
static pid_t home_of = 0;

int engine_network = -1;

int enter_engine_network(void) {
  return engine_network < 0 ? 0 : setns(engine_network, CLONE_NEWNET);
}

static int remember_home(void) {
  if (home < 0 || home_of != getpid()) home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  home_of = getpid();
  return home;
}

int enter_netns(const char *path) {
  if (*path == 0) return 0;
  if (remember_home() < 0) return -1;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int failed = setns(fd, CLONE_NEWNET);
  int error = errno;
  close(fd);
  errno = error;
  return failed;
}

void leave_netns(void) {
  int error = errno;
  if (home >= 0 && home_of == getpid() && setns(home, CLONE_NEWNET) != 0) _exit(4);
  errno = error;
}

int set_loopback_up(void) {
  struct ifreq link = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int failed = ioctl(fd, SIOCSIFFLAGS, &link);
  int error = errno;
  close(fd);
  errno = error;
  return failed;
}

void do_create_netns(struct request *request) {
  const char *path = next_string(request);
  if (refuse_malformed(request)) return;
  int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
  if (file < 0 || remember_home() < 0) {
    reply(request->id, errno, "create %s", path);
    if (file >= 0) close(file);
    return;
  }
  close(file);
  int error = 0;
  if (unshare(CLONE_NEWNET) != 0) {
    error = errno;
  } else {
    if (set_loopback_up() != 0 || mount("/proc/self/ns/net", path, "", MS_BIND, NULL) != 0) error = errno;
    leave_netns();
  }
  if (error != 0) unlink(path);
  reply(request->id, error, "create network namespace %s", path);
}

static bool is_sysctl_name(const char *name) {
  return *name != 0 && *name != '/' && strstr(name, "..") == NULL && strlen(name) < 200;
}

static int write_sysctl(const char *name, const char *value) {
  char path[256];
  snprintf(path, sizeof path, "/proc/sys/%s", name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int failed = write_full(fd, value, strlen(value));
  int error = errno;
  close(fd);
  errno = error;
  return failed;
}

void do_sysctl(struct request *request) {
  const char *netns = next_string(request);
  size_t count;
  char **pairs = next_list(request, &count);
  if (pairs == NULL || count % 2 != 0) request->bad = true;
  for (size_t i = 0; !request->bad && i < count; i += 2) request->bad = !is_sysctl_name(pairs[i]);
  if (refuse_malformed(request)) {
    free(pairs);
    return;
  }
  if (enter_netns(netns) != 0) {
    reply(request->id, errno, "enter network namespace %s", netns);
    free(pairs);
    return;
  }
  size_t at = 0;
  while (at < count && write_sysctl(pairs[at], pairs[at + 1]) == 0) at += 2;
  int error = at < count ? errno : 0;
  if (*netns != 0) leave_netns();
  reply(request->id, error, "write sysctl %s", at < count ? pairs[at] : "");
  free(pairs);
}
