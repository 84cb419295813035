// The resident helper: makes the system calls that Node cannot. Requests come on descriptor 3 (length, id, strings), and
// the replies go there in any order. It keeps nothing, neither in files nor in memory that matters: when descriptor 3
// ends, so does it; the shims and proxies that it forked live on.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duties.h"

static const struct {
  const char *name;
  void (*run)(struct request *request);
} duties[] = {
    {"mount", do_mount},
    {"unmount", do_unmount},
    {"removeTree", do_remove_tree},
    {"spread", do_spread},
    {"syncFiles", do_sync_files},
    {"createNetns", do_create_netns},
    {"deleteNetns", do_delete_netns},
    {"sysctl", do_sysctl},
    {"createBridge", do_create_bridge},
    {"deleteLink", do_delete_link},
    {"attachVeth", do_attach_veth},
    {"setRoutes", do_set_routes},
    {"nft", do_nft},
    {"endFlows", do_end_flows},
    {"seal", do_seal},
    {"openTree", do_open_tree},
    {"startShim", do_start_shim},
    {"startProxy", do_start_proxy},
    {"stopProxy", do_stop_proxy},
};

// Requests above this are a fault of the caller; an environment or an nft script stays far below.
static const uint32_t request_limit = 8 << 20;

bool refuse_malformed(struct request *request) {
  if (request->bad) reply(request->id, EINVAL, "malformed request");
  return request->bad;
}

bool fork_duty(struct request *request, const char *name) {
  pid_t pid = fork();
  if (pid < 0) reply(request->id, errno, "fork");
  if (pid == 0) prctl(PR_SET_NAME, name);
  return pid == 0;
}

static void serve(char *data, uint32_t length) {
  struct request request = {.at = data + 4, .end = data + length};
  memcpy(&request.id, data, 4);
  const char *name = next_string(&request);
  for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
    if (strcmp(duties[i].name, name) != 0) continue;
    duties[i].run(&request);
    return;
  }
  reply(request.id, ENOSYS, "%s", name);
}

int main(void) {
  struct stat info;
  control_fd = 3;
  if (fstat(control_fd, &info) != 0 || !S_ISSOCK(info.st_mode)) {
    fprintf(stderr, "coracle-helper is started by coracle and takes its orders on descriptor 3\n");
    return 2;
  }
  fcntl(control_fd, F_SETFD, FD_CLOEXEC);
  fcntl(control_fd, F_SETFL, fcntl(control_fd, F_GETFL) & ~O_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN); // children are reaped by the kernel
  signal(SIGINT, SIG_IGN);  // a terminal's ^C is for the daemon to judge
  umask(0022);
  for (;;) {
    uint32_t length;
    if (read_full(control_fd, &length, sizeof length) <= 0) return 0;
    if (length < 5 || length > request_limit) return 3;
    char *data = malloc(length);
    if (data == NULL) return 3;
    if (read_full(control_fd, data, length) <= 0) return 0;
    serve(data, length);
    free(data);
  }
}
