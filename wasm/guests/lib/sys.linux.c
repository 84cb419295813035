/* The calls of sys.h that are ours, on Linux, so that tests can compile the programs for the machine they run on. */

#include "sys.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <termios.h>

extern char **environ;

pid_t sys_spawn(const struct sys_command *command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int to = 0; to < 3; to++) {
    if (command->descriptors[to] != to) posix_spawn_file_actions_adddup2(&actions, command->descriptors[to], to);
  }
  pid_t pid;
  int error = posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  errno = error;
  return -1;
}

void sys_exec(char *const *argv) { execvp(argv[0], argv); }
pid_t sys_wait(pid_t which, int *status, bool hang) { return waitpid(which, status, hang ? 0 : WNOHANG); }

static volatile sig_atomic_t caught;
static void note(int signal) { caught = signal; }

int sys_ignore(int which) { return signal(which, SIG_IGN) == SIG_ERR ? -1 : 0; }

int sys_catch(int which) {
  struct sigaction action = {.sa_handler = note};
  return sigaction(which, &action, NULL);
}

int sys_caught(void) {
  int which = caught;
  caught = 0;
  return which;
}

int sys_space(const char *path, struct sys_space *space) {
  struct statvfs found;
  if (statvfs(path, &found) != 0) return -1;
  *space = (struct sys_space){(uint64_t)found.f_blocks * found.f_frsize, (uint64_t)found.f_bavail * found.f_frsize};
  return 0;
}

char *sys_processes(void) {
  char *text;
  if (asprintf(&text, "%d\t%d\t%d\t%d\tR\t0\t0\t0\tself\n", getpid(), getppid(), getpgrp(), getuid()) < 0) return NULL;
  return text;
}

char *sys_mounts(void) { return strdup("overlay\t/\toverlay\trw\n"); }

int sys_connect(const char *host, unsigned port) {
  char service[12];
  struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
  snprintf(service, sizeof service, "%u", port);
  if (getaddrinfo(host, service, &hints, &found) != 0) {
    errno = ENOENT;
    return -1;
  }
  int made = -1;
  for (struct addrinfo *each = found; each != NULL && made < 0; each = each->ai_next) {
    made = socket(each->ai_family, SOCK_STREAM, 0);
    if (connect(made, each->ai_addr, each->ai_addrlen) == 0) continue;
    close(made);
    made = -1;
  }
  freeaddrinfo(found);
  return made;
}

int sys_listen(unsigned port) {
  int made = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(made, (struct sockaddr *)&address, sizeof address) == 0 && listen(made, 128) == 0) return made;
  close(made);
  return -1;
}

int sys_accept(int listener) { return accept(listener, NULL, NULL); }
int sys_shutdown_write(int descriptor) { return shutdown(descriptor, SHUT_WR); }

char *sys_resolve(const char *host) {
  struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
  char address[64], *text = calloc(1, 4096);
  if (text == NULL || getaddrinfo(host, NULL, &hints, &found) != 0) {
    free(text);
    errno = ENOENT;
    return NULL;
  }
  for (struct addrinfo *each = found; each != NULL && strlen(text) < 4000; each = each->ai_next) {
    getnameinfo(each->ai_addr, each->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST);
    strcat(strcat(text, address), "\n");
  }
  freeaddrinfo(found);
  return text;
}

int sys_terminal(int descriptor, struct sys_terminal *terminal) {
  struct termios modes;
  struct winsize size = {0};
  if (tcgetattr(descriptor, &modes) != 0) return -1;
  ioctl(descriptor, TIOCGWINSZ, &size);
  *terminal = (struct sys_terminal){
      .rows = size.ws_row,
      .columns = size.ws_col,
      .canonical = modes.c_lflag & ICANON,
      .echo = modes.c_lflag & ECHO,
      .signals = modes.c_lflag & ISIG,
  };
  return 0;
}

int sys_set_terminal(int descriptor, const struct sys_terminal *terminal) {
  struct termios modes;
  if (tcgetattr(descriptor, &modes) != 0) return -1;
  modes.c_lflag &= ~(ICANON | ECHO | ISIG);
  modes.c_lflag |= (terminal->canonical ? ICANON : 0) | (terminal->echo ? ECHO : 0) | (terminal->signals ? ISIG : 0);
  if (terminal->canonical) modes.c_iflag |= ICRNL;
  else modes.c_iflag &= ~(ICRNL | IXON);
  return tcsetattr(descriptor, TCSAFLUSH, &modes);
}
