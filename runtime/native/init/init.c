// The init of containers that ask for one (`--init`): starts the command given after `--`, passes signals on to it, reaps
// whatever else ends, and exits as the command did. Mounted into foreign roots, so linked statically.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void run(char **argv, const sigset_t *mask) {
  sigprocmask(SIG_SETMASK, mask, NULL);
  signal(SIGTTIN, SIG_DFL);
  signal(SIGTTOU, SIG_DFL);
  execvp(argv[0], argv);
  int error = errno;
  fprintf(stderr, "exec: \"%s\": %s\n", argv[0], strerror(error));
  _exit(error == ENOENT ? 127 : error == EACCES || error == EISDIR || error == ENOEXEC ? 126 : 1);
}

// The command gets a process group of its own, in the foreground of the terminal if there is one.
static pid_t start(char **argv, const sigset_t *mask) {
  pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  if (isatty(STDIN_FILENO)) tcsetpgrp(STDIN_FILENO, getpid());
  run(argv, mask);
}

// Everything that has ended; true once the command is among it, with its exit code.
static int reap(pid_t command, int *code) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return 0;
    if (pid != command) continue;
    *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    // Whatever is left ends with process 1; collect what has ended already.
    while (waitpid(-1, &status, WNOHANG) > 0) continue;
    return 1;
  }
}

int main(int argc, char **argv) {
  char **command = argv + 1;
  if (argc > 1 && strcmp(argv[1], "--") == 0) command++;
  if (*command == NULL) {
    fprintf(stderr, "usage: %s -- command [argument...]\n", argv[0]);
    return 125;
  }
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all, before;
  sigfillset(&all);
  int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  sigprocmask(SIG_SETMASK, &all, &before);
  // Giving the terminal away must not stop us.
  signal(SIGTTIN, SIG_IGN);
  signal(SIGTTOU, SIG_IGN);
  pid_t child = start(command, &before);
  if (child < 0) {
    fprintf(stderr, "fork: %s\n", strerror(errno));
    return 125;
  }
  for (;;) {
    int code;
    if (reap(child, &code)) return code;
    int received = sigwaitinfo(&all, NULL);
    if (received > 0 && received != SIGCHLD) kill(child, received);
  }
}
