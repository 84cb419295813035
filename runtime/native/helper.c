// The resident helper: makes the system calls that Node cannot. Requests come on descriptor 3 (length, id, strings), and
// the replies go there in any order. It keeps nothing, neither in files nor in memory that matters: when descriptor 3
// ends, so does it; the shims and proxies that it forked live on.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doorman.h"
#include "duties.h"
#include "netns.h"
#include "rootless.h"

static const struct {
  const char *name;
  void (*run)(struct request *request);
} duties[] = {
    {"mount", do_mount},
    {"unmount", do_unmount},
    {"removeTree", do_remove_tree},
    {"clearFolder", do_clear_folder},
    {"copyLayers", do_copy_layers},
    {"spread", do_spread},
    {"syncFiles", do_sync_files},
    {"createNetns", do_create_netns},
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

struct errand {
  uint32_t id;
  const char *told;
  int (*act)(const char *subject, const char *detail);
  char *detail;
  char subject[];
};

static void *do_errand(void *argument) {
  struct errand *errand = argument;
  // What it opens is its own: a removal may want hundreds of descriptors, and no process that is forked meanwhile has them. Of what is
  // open here it keeps the way for its reply alone: ports and namespaces that are given up meanwhile are not to wait for it. Should that
  // not be granted, it shares what there are.
  if (unshare(CLONE_FILES) == 0) close_except(3, &control_fd, 1);
  int error = errand->act(errand->subject, errand->detail);
  reply(errand->id, error, "%s %s", errand->told, errand->subject);
  free(errand);
  return NULL;
}

void run_aside(const struct request *request, const char *told, int (*act)(const char *subject, const char *detail),
               const char *subject, const char *detail) {
  size_t size = strlen(subject) + 1, rest = strlen(detail) + 1;
  struct errand *errand = malloc(sizeof *errand + size + rest);
  if (errand == NULL) {
    reply(request->id, ENOMEM, "%s %s", told, subject);
    return;
  }
  *errand = (struct errand){.id = request->id, .told = told, .act = act, .detail = errand->subject + size};
  memcpy(errand->subject, subject, size);
  memcpy(errand->detail, detail, rest);
  pthread_t thread;
  int error = pthread_create(&thread, NULL, do_errand, errand);
  if (error == 0) {
    pthread_detach(thread);
    return;
  }
  reply(request->id, error, "%s %s", told, subject);
  free(errand);
}

// Where the engine's network is not the host's: a child that stayed in the host's, to which requests for ports there go on.
static int outside = -1;

static void pass_on(const char *data, uint32_t length) {
  // Without it no port is ever held again: whoever started us starts us anew.
  if (write_full(outside, &length, sizeof length) != 0 || write_full(outside, data, length) != 0) _exit(5);
}

static void serve(char *data, uint32_t length) {
  struct request request = {.at = data + 4, .end = data + length};
  memcpy(&request.id, data, 4);
  const char *name = next_string(&request);
  if (outside >= 0 && strcmp(name, "startProxy") == 0) {
    pass_on(data, length);
    return;
  }
  for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
    if (strcmp(duties[i].name, name) != 0) continue;
    duties[i].run(&request);
    return;
  }
  reply(request.id, ENOSYS, "%s", name);
}

static int serve_all(int source) {
  for (;;) {
    uint32_t length;
    if (read_full(source, &length, sizeof length) <= 0) return 0;
    if (length < 5 || length > request_limit) return 3;
    char *data = malloc(length);
    if (data == NULL) return 3;
    if (read_full(source, data, length) <= 0) return 0;
    serve(data, length);
    free(data);
  }
}

// 0 or an errno.
static int move_to_network(const char *path) {
  int pair[2];
  engine_network = open(path, O_RDONLY | O_CLOEXEC);
  if (engine_network < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) {
    prctl(PR_SET_NAME, "coracle-outside");
    close(pair[0]);
    _exit(serve_all(pair[1]));
  }
  close(pair[1]);
  outside = pair[0];
  return enter_engine_network() == 0 ? 0 : errno;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
  } lives[] = {{"hold", hold_main}, {"enter", enter_main}, {"follow", follow_main}, {"doorman", doorman_main}};
  for (size_t i = 0; argc > 1 && i < sizeof lives / sizeof *lives; i++) {
    if (strcmp(argv[1], lives[i].name) == 0) return lives[i].run(argc - 2, argv + 2);
  }
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
  mallopt(M_ARENA_MAX, 1); // one for each thread would cost more memory than they save time
  int error = argc > 1 ? move_to_network(argv[1]) : 0;
  if (error != 0) {
    fprintf(stderr, "coracle-helper: cannot enter the network namespace %s: %s\n", argv[1], strerror(error));
    return 4;
  }
  int status = serve_all(control_fd);
  // What goes on aside is finished first, also for an engine that has died.
  if (status == 0) pthread_exit(NULL);
  return status;
}
