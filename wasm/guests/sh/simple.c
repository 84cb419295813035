// Simple commands: POSIX 2.9.1.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "jobs.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

enum { deepest_call = 1000 };

static bool is_assignment(const struct part *part) {
  if (part == NULL || part->kind != part_plain) return false;
  size_t size = name_size(part->text);
  return size > 0 && part->text[size] == '=';
}

// What follows `export`, `local` and `readonly` is not split when it is an assignment.
void expand_command_words(const struct node *node, struct fields *words) {
  const char *name = node->words == NULL ? NULL : plain_word(node->words->parts);
  const struct builtin *builtin = name == NULL ? NULL : builtin_find(name);
  if (builtin == NULL || (builtin->flags & builtin_declares) == 0) {
    expand_words(node->words, words);
    return;
  }
  for (const struct word *word = node->words; word != NULL && shell.unwind == unwind_none; word = word->next) {
    struct word alone = {.parts = word->parts};
    if (!is_assignment(word->parts)) {
      expand_words(&alone, words);
      continue;
    }
    char *value = expand_string(word->parts, expand_value);
    if (value != NULL) fields_add(words, value);
  }
}

bool set_assignments(const struct word *assignment, uint8_t flags, bool is_local) {
  for (; assignment != NULL; assignment = assignment->next) {
    char *text = expand_string(assignment->parts, expand_value);
    if (text == NULL) return false;
    if (is_local) local_keep(text, name_size(text));
    if (!variable_assign(text, flags)) {
      shell.unwind = unwind_error;
      shell.status = 2;
      return false;
    }
  }
  return true;
}

static void trace_word(struct text *line, const char *word) {
  if (line->size > 0 && line->bytes[line->size - 1] != ' ') text_put(line, ' ');
  if (*word != '\0' && word[strcspn(word, " \t\n'\"\\$`*?[]<>|&;(){}~#!")] == '\0') text_string(line, word);
  else text_quoted(line, word);
}

OWN_FRAME void trace_words(const struct word *assignments, char *const *argv) {
  struct text line = {0};
  bool traces = shell.options[option_xtrace];
  if (!traces) return;
  shell.options[option_xtrace] = false; // what PS4 runs is not traced
  struct part *prompt = parse_text(variable_or("PS4", "+ "), &scratch);
  char *shown = expand_string(prompt, 0);
  text_string(&line, shown == NULL ? "+ " : shown);
  for (; assignments != NULL; assignments = assignments->next) {
    char *text = expand_string(assignments->parts, expand_value);
    if (text != NULL) trace_word(&line, text);
  }
  for (; argv != NULL && *argv != NULL; argv++) trace_word(&line, *argv);
  text_put(&line, '\n');
  file_write(2, line.bytes, line.size);
  text_free(&line);
  shell.options[option_xtrace] = true;
}

int run_builtin(const struct builtin *builtin, int argc, char **argv) {
  int status = builtin->run(argc, argv);
  if (!output_flush() && status == 0) status = 1;
  return status;
}

OWN_FRAME int run_function(struct entry *entry, int argc, char **argv) {
  if (shell.calls >= deepest_call) {
    fail("%s: functions call each other too deeply", entry->name);
    return shell.status;
  }
  struct function *function = function_hold(entry->function);
  struct arguments *arguments = shell.arguments;
  int shifted = shell.shifted, loops = shell.loops;
  size_t mark = locals_mark();
  shell.arguments = arguments_make(argc - 1, argv + 1);
  shell.shifted = shell.loops = 0;
  shell.calls++;
  int status = run(function->body, 0);
  if (shell.unwind == unwind_return) {
    shell.unwind = unwind_none;
    status = shell.status;
  }
  shell.calls--;
  arguments_release(shell.arguments);
  shell.arguments = arguments;
  shell.shifted = shifted;
  shell.loops = loops;
  locals_restore(mark);
  function_release(function);
  return status;
}

// Whether a program that the system cannot run is no script either.
OWN_FRAME static bool is_binary(const char *path) {
  char start[128];
  int opened = system_open(path, O_RDONLY, 0);
  ssize_t size = opened < 0 ? -1 : read(opened, start, sizeof start);
  if (opened >= 0) close(opened);
  return size > 0 && memchr(start, '\0', (size_t)size) != NULL;
}

static int cannot_run(const char *name, int error) {
  complain("%s: %s", name, error == ENOENT ? "not found" : error_text(error));
  return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

// A script without `#!` is run by a new shell.
static char **script_words(const char *path, char **argv) {
  int count = 0;
  while (argv[count] != NULL) count++;
  char **words = region_get(&scratch, ((size_t)count + 2) * sizeof *words);
  words[0] = (char *)shell.self;
  words[1] = (char *)path;
  memcpy(words + 2, argv + 1, (size_t)count * sizeof *words);
  return words;
}

OWN_FRAME int start_external(struct job *job, const char *path, char **argv) {
  int pid = job_spawn(job, path, argv);
  if (pid == -ENOEXEC && !is_binary(path)) pid = job_spawn(job, system_self(shell.self), script_words(path, argv));
  return pid > 0 ? pid : -cannot_run(argv[0], -pid);
}

OWN_FRAME int exec_external(const char *path, char **argv) {
  int passed[passed_descriptors];
  passed_to_process(passed);
  struct program program = {
      .path = path,
      .argv = argv,
      .environment = variables_environment(),
      .descriptors = passed,
      .directory = shell.directory,
      .group = -1,
      .ignored = ignored_signals(),
  };
  int failure = system_exec(&program);
  if (failure == -ENOEXEC && !is_binary(path)) {
    program.path = system_self(shell.self);
    program.argv = script_words(path, argv);
    failure = system_exec(&program);
  }
  return cannot_run(argv[0], -failure);
}

static bool has_traps(void) {
  for (int signal = 0; signal < signal_limit; signal++) {
    if (shell.traps.actions[signal] != NULL && *shell.traps.actions[signal] != '\0') return true;
  }
  return false;
}

OWN_FRAME int run_external(const char *path, int argc, char **argv, int flags) {
  (void)argc;
  bool replaces = (flags & run_last) != 0 && shell.level == 0 && !shell.options[option_interactive] &&
                  !shell.options[option_monitor] && !has_traps();
  if (replaces) return exec_external(path, argv);
  struct node node = {.kind = node_simple};
  struct job *job = job_make(&node);
  if (job->text.room > 0 || shell.options[option_monitor]) {
    for (char **word = argv; *word != NULL; word++) trace_word(&job->text, *word);
  }
  int pid = start_external(job, path, argv);
  if (pid > 0) return job_wait(job);
  captures_gather(false);
  job_forget(job);
  return -pid;
}

static bool assigns_path(const struct word *assignment) {
  for (; assignment != NULL; assignment = assignment->next) {
    if (strncmp(assignment->parts->text, "PATH=", 5) == 0) return true;
  }
  return false;
}

static int run_command(struct node *node, struct fields *words, const struct command *command, int flags) {
  bool is_special = command->kind == command_special;
  size_t mark = locals_mark();
  if (!set_assignments(node->assignments, is_special ? 0 : flag_export, !is_special)) {
    locals_restore(mark);
    return shell.status;
  }
  trace_words(NULL, words->values);
  struct command found = *command;
  if (found.kind >= command_external && assigns_path(node->assignments)) found = command_find(words->values[0], 0);
  command = &found;
  int status;
  switch (command->kind) {
    case command_special:
    case command_builtin: status = run_builtin(command->builtin, words->count, words->values); break;
    case command_function: status = run_function(command->function, words->count, words->values); break;
    case command_external: status = run_external(command->path, words->count, words->values, flags); break;
    default: status = cannot_run(words->values[0], command->error);
  }
  // What `local` keeps lasts as long as the function.
  if (!is_special && node->assignments != NULL) locals_restore(mark);
  return status;
}

// `exec` with redirections only: they stay.
static bool keeps_files(const struct fields *words, const struct command *command) {
  return command->kind == command_special && strcmp(command->builtin->name, "exec") == 0 && words->count == 1;
}

int run_words(struct node *node, struct fields *words, const struct command *command, int flags) {
  struct files before;
  if (node->redirections == NULL) return run_command(node, words, command, flags);
  int status = 2;
  files_save(&before);
  bool is_redirected = redirect(node->redirections);
  if (is_redirected) status = run_command(node, words, command, flags);
  else if (command->kind == command_special && shell.unwind == unwind_none) shell.unwind = unwind_error;
  if (is_redirected && keeps_files(words, command)) files_drop(&before);
  else files_restore(&before);
  if (!is_redirected) shell.status = status;
  return status;
}

OWN_FRAME static int run_assignments(struct node *node) {
  struct files before;
  int status = 2;
  files_save(&before);
  if (redirect(node->redirections)) {
    status = set_assignments(node->assignments, 0, false) ? 0 : shell.status;
    if (status == 0) {
      trace_words(node->assignments, NULL);
      if (shell.substituted >= 0) status = shell.substituted;
    }
  }
  files_restore(&before);
  return status;
}

int run_simple(struct node *node, int flags) {
  struct fields words = {0};
  shell.substituted = -1;
  shell.line = node->line;
  expand_command_words(node, &words);
  if (shell.unwind != unwind_none) return shell.status;
  if (words.count == 0) return run_assignments(node);
  struct command command = command_find(words.values[0], 0);
  return run_words(node, &words, &command, flags);
}
