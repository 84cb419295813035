// Holding a program at its first instruction until its terminal has a size. crun lets the process of an exec go before it sets
// the size, and a program that looks at once would see 0 by 0. So the runtime is traced as far as that process's execve, which
// the kernel stops behind; whoever is traced goes on by itself when the shim dies.
#include <linux/capability.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

// Without this right a program that is set-user-ID, and traced while it is executed, would not become that user.
static bool may_trace(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1u << CAP_SYS_PTRACE) != 0;
}

void be_traced(const struct shim *shim) {
  // Where it is forbidden the program is not held.
  if (shim->options.hold_program && shim->has_size && may_trace()) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

void release_program(struct shim *shim) {
  if (shim->held > 0) ptrace(PTRACE_DETACH, shim->held, NULL, NULL);
  shim->held = 0;
}

void trace_stopped(struct shim *shim, pid_t pid, int status) {
  int event = status >> 16, signal = WSTOPSIG(status);
  if (event == PTRACE_EVENT_EXEC && pid != shim->runtime) {
    shim->held = pid;
    if (shim->terminal >= 0 || shim->runtime == 0) release_program(shim);
    return;
  }
  if (pid == shim->runtime && !shim->traces) {
    shim->traces = true;
    long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    ptrace(PTRACE_SETOPTIONS, pid, NULL, options);
    signal = SIGTRAP;
  }
  // A stop is the trace's own doing; any other signal was meant for the process.
  bool own = event != 0 || signal == SIGTRAP || signal == SIGSTOP;
  ptrace(PTRACE_CONT, pid, NULL, (long)(own ? 0 : signal));
}
