#include "shell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "files.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

struct shell shell;

OWN_FRAME void complain_plainly(const char *text) { file_write(2, text, strlen(text)); }

static void complain_with(const char *format, va_list arguments) {
  char message[1024];
  struct text line = {0};
  int size = vsnprintf(message, sizeof message, format, arguments);
  text_string(&line, shell.name);
  text_string(&line, ": ");
  if (shell.is_script) {
    text_string(&line, "line ");
    text_number(&line, shell.line);
    text_string(&line, ": ");
  }
  text_add(&line, message, size < (int)sizeof message ? (size_t)size : sizeof message - 1);
  text_put(&line, '\n');
  output_flush();
  file_write(2, line.bytes, line.size);
  text_free(&line);
}

OWN_FRAME void complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  complain_with(format, arguments);
  va_end(arguments);
}

OWN_FRAME void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  complain_with(format, arguments);
  va_end(arguments);
  shell.status = 2;
  if (shell.unwind != unwind_interrupt) shell.unwind = unwind_error;
}

const char *error_text(int error) {
  error = error < 0 ? -error : error;
  switch (error) {
    case ENOENT: return "No such file or directory";
    case EACCES: return "Permission denied";
    case ENOEXEC: return "Exec format error";
    default: return strerror(error);
  }
}

void variable_changed(const char *name) {
  switch (name[0]) {
    case 'I':
      if (strcmp(name, "IFS") == 0) ifs_changed();
      return;
    case 'P':
      if (strcmp(name, "PATH") == 0) path_forget();
      return;
    case 'L':
      if (strcmp(name, "LANG") == 0 || strncmp(name, "LC_", 3) == 0) locale_changed();
      return;
    case 'O':
      if (strcmp(name, "OPTIND") == 0) {
        shell.getopts_index = atoi(variable_or(name, "1"));
        shell.getopts_offset = 0;
      }
      return;
    default: return;
  }
}

struct arguments *arguments_make(int count, char *const *values) {
  struct arguments *arguments = memory_get(sizeof *arguments + ((size_t)count + 1) * sizeof *arguments->values);
  arguments->references = 1;
  arguments->count = count;
  for (int index = 0; index < count; index++) arguments->values[index] = memory_copy(values[index]);
  return arguments;
}

void arguments_release(struct arguments *arguments) {
  if (arguments == NULL || --arguments->references > 0) return;
  for (int index = 0; index < arguments->count; index++) free(arguments->values[index]);
  free(arguments);
}

int arguments_count(void) { return shell.arguments->count - shell.shifted; }

const char *argument(int number) {
  return number > arguments_count() ? NULL : shell.arguments->values[shell.shifted + number - 1];
}

static const struct {
  char letter;
  const char *name;
} options[option_count] = {
    [option_allexport] = {'a', "allexport"},     [option_notify] = {'b', "notify"},     [option_noclobber] = {'C', "noclobber"},
    [option_errexit] = {'e', "errexit"},         [option_noglob] = {'f', "noglob"},     [option_hashall] = {'h', "hashall"},
    [option_interactive] = {'i', "interactive"}, [option_monitor] = {'m', "monitor"},   [option_noexec] = {'n', "noexec"},
    [option_stdin] = {'s', "stdin"},             [option_nounset] = {'u', "nounset"},   [option_verbose] = {'v', "verbose"},
    [option_xtrace] = {'x', "xtrace"},           [option_emacs] = {'E', "emacs"},       [option_vi] = {'V', "vi"},
    [option_ignoreeof] = {'I', "ignoreeof"},     [option_nolog] = {0, "nolog"},         [option_pipefail] = {0, "pipefail"},
};

const char *option_name(enum option option) { return options[option].name; }

int option_of_letter(int letter) {
  for (int option = 0; option < option_count; option++) {
    if (options[option].letter == letter && letter != 0) return option;
  }
  return -1;
}

int option_of_name(const char *name) {
  for (int option = 0; option < option_count; option++) {
    if (strcmp(options[option].name, name) == 0) return option;
  }
  return -1;
}

void options_text(struct text *text) {
  for (int option = 0; option < option_count; option++) {
    if (shell.options[option] && options[option].letter != 0) text_put(text, options[option].letter);
  }
}

void option_set(enum option option, bool value) {
  static const int of_jobs[] = {signal_int, signal_quit, signal_term, signal_tstp, signal_ttin, signal_ttou};
  bool changes = shell.options[option] != value;
  shell.options[option] = value;
  if (changes && option == option_monitor) signals_update(of_jobs, sizeof of_jobs / sizeof *of_jobs);
}
