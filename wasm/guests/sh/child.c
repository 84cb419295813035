// Processes that the shell starts. There is no fork in WASI: a subshell that has to be a process is a new shell, which gets the state and the
// tree of what it runs through a descriptor.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "files.h"
#include "jobs.h"
#include "traps.h"
#include "variables.h"

static uint32_t ignored_by(const struct job *job) {
  uint32_t ignored = ignored_signals();
  // POSIX 2.11: so that ^C reaches who is in the foreground only.
  if (job->is_background && !shell.options[option_monitor]) ignored |= 1u << (signal_int - 1) | 1u << (signal_quit - 1);
  return ignored;
}

static struct program program_of(const struct job *job, const char *path, char *const *argv, const int *passed) {
  return (struct program){
      .path = path,
      .argv = argv,
      .environment = variables_environment(),
      .descriptors = passed,
      .directory = shell.directory,
      .group = !shell.options[option_monitor] ? -1 : job->group,
      .ignored = ignored_by(job),
  };
}

OWN_FRAME int job_spawn(struct job *job, const char *path, char *const *argv) {
  int passed[passed_descriptors];
  passed_to_process(passed);
  struct program program = program_of(job, path, argv, passed);
  int pid = system_spawn(&program);
  if (pid > 0) job_add(job, pid);
  return pid;
}

static void pack_arguments(struct pack *pack) {
  int64_t count = arguments_count();
  pack_number(pack, &count);
  if (!pack->is_loading) {
    for (int number = 1; number <= count; number++) {
      char *value = (char *)argument(number);
      pack_string(pack, &value);
    }
    return;
  }
  // A value takes a byte at least.
  if (count < 0 || (uint64_t)count > pack->bytes.size) return;
  char **values = memory_get((size_t)(count + 1) * sizeof *values);
  for (int64_t index = 0; index < count; index++) {
    pack_string(pack, &values[index]);
    if (values[index] == NULL) values[index] = "";
  }
  arguments_release(shell.arguments);
  shell.arguments = arguments_make((int)count, values);
  shell.shifted = 0;
  free(values);
}

static void pack_files(struct pack *pack) {
  int64_t open = 0;
  for (int user = 0; user < user_descriptors; user++) open |= (int64_t)(shell.files.of[user] >= 0) << user;
  pack_number(pack, &open);
  for (int user = 0; pack->is_loading && user < user_descriptors; user++) {
    if ((open >> user & 1) == 0) files_put(user, -1);
  }
}

static void pack_options(struct pack *pack) {
  int64_t options = 0;
  for (int option = 0; option < option_count; option++) options |= (int64_t)shell.options[option] << option;
  pack_number(pack, &options);
  if (!pack->is_loading) return;
  for (int option = 0; option < option_count; option++) shell.options[option] = (options >> option & 1) != 0;
  shell.options[option_interactive] = shell.options[option_monitor] = false;
}

static void pack_traps(struct pack *pack) {
  int64_t ignored = ignored_signals();
  pack_number(pack, &ignored);
  for (int signal = 1; pack->is_loading && signal < signal_limit; signal++) {
    if ((ignored >> (signal - 1) & 1) != 0) trap_set(signal, "");
  }
}

static void pack_numbers(struct pack *pack) {
  int *const numbers[] = {&shell.status, &shell.pid, &shell.last_background, &shell.calls, &shell.loops, &shell.getopts_index, &shell.getopts_offset};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    int64_t number = *numbers[index];
    pack_number(pack, &number);
    *numbers[index] = (int)number;
  }
}

static void pack_state(struct pack *pack, struct node **node) {
  char *name = (char *)shell.name, *directory = shell.directory;
  pack_options(pack);
  pack_numbers(pack);
  pack_string(pack, &name);
  pack_string(pack, &directory);
  pack_files(pack);
  pack_traps(pack);
  pack_arguments(pack);
  entries_pack(pack);
  pack_node(pack, node);
  if (!pack->is_loading || directory == NULL || name == NULL) return;
  shell.name = name;
  free(shell.directory);
  shell.directory = memory_copy(directory);
}

// One that is gone already does not end the shell that writes to it.
static void write_state(int descriptor, const struct text *state) {
  int mode = system_signal_mode(signal_pipe, CORACLE_SIGNAL_IGNORE);
  for (size_t done = 0; done < state->size;) {
    ssize_t written = write(descriptor, state->bytes + done, state->size - done);
    if (written < 0 && errno != EINTR) break;
    if (written > 0) done += (size_t)written;
  }
  if (mode >= 0) system_signal_mode(signal_pipe, mode);
}

static int spawn_shell(struct job *job, struct node *node, int passed[passed_descriptors]) {
  char *const argv[] = {(char *)shell.name, "--subshell", NULL};
  struct node alone = *node, *packed = &alone;
  struct pack pack = {0};
  int ends[2];
  alone.next = NULL;
  int failure = system_pipe(ends);
  if (failure < 0) return failure;
  passed[state_descriptor] = ends[0];
  struct program program = program_of(job, system_self(shell.self), argv, passed);
  int pid = system_spawn(&program);
  close(ends[0]);
  if (pid > 0) {
    pack_state(&pack, &packed);
    write_state(ends[1], &pack.bytes);
    text_free(&pack.bytes);
  }
  close(ends[1]);
  return pid;
}

OWN_FRAME int job_spawn_shell(struct job *job, struct node *node) {
  int passed[passed_descriptors];
  passed_to_process(passed);
  int pid = spawn_shell(job, node, passed);
  if (pid > 0) job_add(job, pid);
  else complain("cannot make a subshell: %s", error_text(pid));
  return pid;
}

int writer_start(const char *bytes, size_t size, int descriptor) {
  struct part written = {.kind = part_quoted, .quoted = true, .text = region_copy(&scratch, bytes, size)};
  struct part format = {.kind = part_quoted, .quoted = true, .text = "%s"};
  struct part command = {.kind = part_plain, .text = "printf"};
  struct word last = {.parts = &written}, second = {.next = &last, .parts = &format}, first = {.next = &second, .parts = &command};
  struct node node = {.kind = node_simple, .words = &first};
  struct job none = {.is_background = true};
  int passed[passed_descriptors];
  for (int user = 0; user < passed_descriptors; user++) passed[user] = -1;
  passed[1] = descriptor;
  int pid = spawn_shell(&none, &node, passed);
  return pid < 0 ? pid : 0;
}

struct node *subshell_begin(struct region *region) {
  char buffer[4096];
  struct pack pack = {.is_loading = true, .region = region};
  struct node *node = NULL;
  int descriptor = system_place(state_descriptor);
  for (;;) {
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text_add(&pack.bytes, buffer, (size_t)size);
  }
  close(descriptor);
  pack_state(&pack, &node);
  text_free(&pack.bytes);
  shell.is_subshell = true;
  return pack.has_failed ? NULL : node;
}
