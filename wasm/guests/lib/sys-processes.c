/* Processes, signals, terminals and sockets over coracle.h. */

#ifdef __wasi__
#include "sys.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int done(int32_t error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int pipe(int ends[2]) {
  int32_t made[2];
  int32_t error = coracle_pipe(made);
  if (error != 0) return done(error);
  ends[0] = made[0];
  ends[1] = made[1];
  return 0;
}

int dup(int descriptor) {
  int32_t made;
  int32_t error = coracle_dup(descriptor, 0, &made);
  return error == 0 ? made : done(error);
}

int dup2(int from, int to) {
  int32_t error = coracle_dup2(from, to);
  return error == 0 ? to : done(error);
}

int kill(pid_t pid, int signal) { return done(coracle_kill(pid, signal)); }

static int id(int which) {
  int32_t ids[5];
  return done(coracle_ids(ids)) == 0 ? ids[which] : -1;
}

pid_t getpid(void) { return id(0); }
pid_t getppid(void) { return id(1); }
uid_t getuid(void) { return id(3); }
uid_t geteuid(void) { return id(3); }
gid_t getgid(void) { return id(4); }
gid_t getegid(void) { return id(4); }

int gethostname(char *name, size_t room) {
  uint32_t used = 0;
  int32_t error = coracle_hostname(name, room - 1, &used);
  if (error == 0) name[used < room ? used : room - 1] = 0;
  return done(error);
}

/* One after another with their zeros, as the host takes lists. */
static char *join(char *const *list, uint32_t *length) {
  size_t sum = 0;
  for (char *const *each = list; *each != NULL; each++) sum += strlen(*each) + 1;
  char *joined = malloc(sum + 1);
  *length = sum;
  if (joined == NULL) return NULL;
  char *to = joined;
  for (char *const *each = list; *each != NULL; each++) to = stpcpy(to, *each) + 1;
  return joined;
}

static int32_t start(struct coracle_spawn *what, const char *path, int32_t *pid) {
  what->path = path;
  what->path_length = strlen(path);
  return pid == NULL ? coracle_exec(what) : coracle_spawn(what, pid);
}

/* Tries the folders of PATH in turn; a file that may not be executed is told of only when no other is found. */
static int32_t search(struct coracle_spawn *what, const char *name, int32_t *pid) {
  if (strchr(name, '/') != NULL) return start(what, name, pid);
  const char *folders = getenv("PATH");
  if (folders == NULL) folders = "/usr/local/bin:/bin";
  int32_t worst = ENOENT;
  for (;;) {
    size_t length = strcspn(folders, ":");
    char path[4096];
    if (length + strlen(name) + 2 < sizeof path) {
      memcpy(path, folders, length);
      path[length] = '/';
      strcpy(path + length + (length > 0), name);
      int32_t error = start(what, path, pid);
      if (error == EACCES) worst = error;
      if (error != ENOENT && error != ENOTDIR && error != EACCES) return error;
    }
    if (folders[length] == 0) return worst;
    folders += length + 1;
  }
}

static int32_t launch(char *const *argv, const int32_t *descriptors, int32_t *pid) {
  struct coracle_spawn what = {
      .directory = ".", .directory_length = 1, .descriptors = descriptors, .descriptor_count = 3, .group = -1};
  static char *const empty[] = {NULL};
  char *words = join(argv, &what.argv_length);
  char *variables = join(environ == NULL ? empty : environ, &what.env_length);
  what.argv = words;
  what.env = variables;
  int32_t error = words == NULL || variables == NULL ? ENOMEM : search(&what, argv[0], pid);
  free(words);
  free(variables);
  return error;
}

pid_t sys_spawn(const struct sys_command *command) {
  int32_t descriptors[3] = {command->descriptors[0], command->descriptors[1], command->descriptors[2]};
  int32_t pid = -1;
  return done(launch(command->argv, descriptors, &pid)) == 0 ? pid : -1;
}

void sys_exec(char *const *argv) {
  static const int32_t same[] = {0, 1, 2};
  done(launch(argv, same, NULL));
}

pid_t sys_wait(pid_t which, int *status, bool hang) {
  int32_t pid = 0, found = 0;
  int32_t error = coracle_wait(which, hang ? 0 : CORACLE_WAIT_NOHANG, &pid, &found);
  *status = found;
  return error == 0 ? pid : done(error);
}

int sys_ignore(int signal) { return done(coracle_signal_mode(signal, CORACLE_SIGNAL_IGNORE, NULL)); }
int sys_catch(int signal) { return done(coracle_signal_mode(signal, CORACLE_SIGNAL_CATCH, NULL)); }

int sys_caught(void) {
  int32_t signal = 0;
  return done(coracle_signal_take(&signal)) == 0 ? signal : 0;
}

/* What a call that fills a buffer has to say, however long that is, with a zero at its end. */
static char *whole(int32_t (*ask)(char *, uint32_t, uint32_t *)) {
  for (uint32_t room = 4096;;) {
    uint32_t used = 0;
    char *text = malloc(room + 1);
    if (text == NULL) return NULL;
    int32_t error = ask(text, room, &used);
    if (error == 0 && used <= room) {
      text[used] = 0;
      return text;
    }
    free(text);
    if (used <= room) {
      done(error);
      return NULL;
    }
    room = used + 1024;
  }
}

char *sys_processes(void) { return whole(coracle_processes); }
char *sys_mounts(void) { return whole(coracle_mounts); }

int sys_connect(const char *host, unsigned port) {
  int32_t made;
  int32_t error = coracle_connect(host, strlen(host), port, &made);
  return error == 0 ? made : done(error);
}

int sys_listen(unsigned port) {
  int32_t made;
  int32_t error = coracle_listen(port, 128, &made);
  return error == 0 ? made : done(error);
}

int sys_accept(int listener) {
  int32_t made;
  int32_t error = coracle_accept(listener, &made);
  return error == 0 ? made : done(error);
}

int sys_shutdown_write(int descriptor) { return done(coracle_shutdown(descriptor, CORACLE_SHUT_WRITE)); }

static const char *asked;

static int32_t resolve(char *buffer, uint32_t room, uint32_t *used) {
  return coracle_resolve(asked, strlen(asked), buffer, room, used);
}

char *sys_resolve(const char *host) {
  asked = host;
  return whole(resolve);
}

int sys_terminal(int descriptor, struct sys_terminal *terminal) {
  struct coracle_tty tty;
  int32_t error = coracle_tty_get(descriptor, &tty);
  if (error != 0) return done(error);
  *terminal = (struct sys_terminal){
      .rows = tty.rows,
      .columns = tty.columns,
      .canonical = (tty.modes & CORACLE_TTY_CANONICAL) != 0,
      .echo = (tty.modes & CORACLE_TTY_ECHO) != 0,
      .signals = (tty.modes & CORACLE_TTY_SIGNALS) != 0,
  };
  return 0;
}

int sys_set_terminal(int descriptor, const struct sys_terminal *terminal) {
  struct coracle_tty tty;
  int32_t error = coracle_tty_get(descriptor, &tty);
  if (error != 0) return done(error);
  tty.modes &= CORACLE_TTY_OUTPUT;
  if (terminal->canonical) tty.modes |= CORACLE_TTY_CANONICAL | CORACLE_TTY_NEWLINES;
  if (terminal->echo) tty.modes |= CORACLE_TTY_ECHO;
  if (terminal->signals) tty.modes |= CORACLE_TTY_SIGNALS;
  return done(coracle_tty_set(descriptor, &tty));
}
#endif
