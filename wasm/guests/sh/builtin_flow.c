// Builtins that decide what is run next.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "builtins.h"
#include "files.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

// A special builtin's misuse ends a script.
static int misuse(void) {
  shell.status = 2;
  shell.unwind = unwind_error;
  return 2;
}

int builtin_break(int argc, char **argv) {
  int count = 1;
  if (argc > 1 && (!number_argument(argv[1], &count) || count == 0)) {
    if (count == 0) complain("Illegal number: %s", argv[1]);
    return misuse();
  }
  if (shell.loops == 0) return 0;
  shell.unwind_count = count < shell.loops ? count : shell.loops;
  shell.unwind = argv[0][0] == 'b' ? unwind_break : unwind_continue;
  return 0;
}

static int leave(int argc, char **argv, enum unwind unwind) {
  int status = shell.status;
  if (argc > 1 && !number_argument(argv[1], &status)) return misuse();
  shell.status = status;
  shell.unwind = unwind;
  return status;
}

int builtin_exit(int argc, char **argv) { return leave(argc, argv, unwind_exit); }

int builtin_return(int argc, char **argv) { return leave(argc, argv, shell.calls > 0 ? unwind_return : unwind_exit); }

OWN_FRAME int builtin_eval(int argc, char **argv) {
  struct text text = {0};
  for (int index = 1; index < argc; index++) {
    if (index > 1) text_put(&text, ' ');
    text_string(&text, argv[index]);
  }
  int status = run_string(text_end(&text), 0);
  text_free(&text);
  return status;
}

// A file without a slash is looked for in PATH, and need not be executable.
static const char *find_file(const char *name) {
  if (strchr(name, '/') != NULL) return name;
  for (const char *at = variable_or("PATH", "");; at++) {
    size_t size = strcspn(at, ":");
    char *full = region_get(&scratch, size + strlen(name) + 3);
    struct coracle_stat stat;
    memcpy(full, size == 0 ? "." : at, size == 0 ? 1 : size);
    strcat(strcat(full, "/"), name);
    if (system_stat(full, true, &stat) == 0 && (stat.mode & 0170000) == 0100000) return full;
    at += size;
    if (*at == '\0') return NULL;
  }
}

OWN_FRAME int builtin_dot(int argc, char **argv) {
  if (argc < 2) {
    complain("%s: a file is needed", argv[0]);
    return misuse();
  }
  const char *path = find_file(argv[1]);
  struct arguments *outer = shell.arguments;
  int shifted = shell.shifted;
  if (argc > 2) {
    shell.arguments = arguments_make(argc - 2, argv + 2);
    shell.shifted = 0;
  }
  shell.calls++; // `return` ends it
  int status = path == NULL ? -ENOENT : run_file(path);
  shell.calls--;
  if (argc > 2) {
    arguments_release(shell.arguments);
    shell.arguments = outer;
    shell.shifted = shifted;
  }
  if (status < 0) {
    complain("%s: cannot open %s: %s", argv[0], argv[1], path == NULL ? "not found" : error_text(status));
    return misuse();
  }
  if (shell.unwind != unwind_return) return status;
  shell.unwind = unwind_none;
  return shell.status;
}

OWN_FRAME int builtin_exec(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--") == 0) {
    argc--;
    argv++;
  }
  if (argc < 2) return 0;
  int error;
  const char *path = path_find(argv[1], variable_or("PATH", ""), &error);
  int status;
  if (path == NULL) {
    complain("exec: %s: %s", argv[1], error == ENOENT ? "not found" : error_text(error));
    status = error == ENOENT ? 127 : 126;
  } else if (shell.level > 0) {
    // A subshell within this process ends with what takes its place.
    status = run_external(path, argc - 1, argv + 1, 0);
  } else {
    status = exec_external(path, argv + 1);
  }
  shell.status = status;
  shell.unwind = shell.options[option_interactive] ? unwind_error : unwind_exit;
  return status;
}

static int describe(const char *name, bool is_long) {
  struct command command = command_find(name, 0);
  struct entry *alias = alias_find(name);
  if (is_reserved(name)) {
    out_format(is_long ? "%s is a shell keyword\n" : "%s\n", name);
  } else if (alias != NULL) {
    if (is_long) {
      out_format("%s is an alias for %s\n", name, alias->value);
    } else {
      out_format("alias %s=", name);
      out_quoted(alias->value);
      out_char('\n');
    }
  } else if (command.kind == command_missing) {
    if (is_long) complain("%s: not found", name);
    return 127;
  } else if (!is_long) {
    out_format("%s\n", command.kind == command_external ? command.path : name);
  } else {
    static const char *const kinds[] = {" is a special shell builtin", " is a shell function", " is a shell builtin"};
    out(name);
    if (command.kind == command_external) out_format(" is %s\n", command.path);
    else out_format("%s\n", kinds[command.kind]);
  }
  return 0;
}

int builtin_type(int argc, char **argv) {
  int status = 0;
  for (int index = 1; index < argc; index++) {
    int one = describe(argv[index], true);
    if (one != 0) status = one;
  }
  return status;
}

OWN_FRAME int builtin_command(int argc, char **argv) {
  struct letters letters = {.at = 1};
  int flags = find_no_functions, letter;
  char describes = 0;
  while ((letter = next_letter(&letters, argc, argv, "pvV")) != 0) {
    if (letter == '?') return 2;
    if (letter == 'p') flags |= find_standard_path;
    else describes = (char)letter;
  }
  argc -= letters.at;
  argv += letters.at;
  if (argc == 0) return 0;
  if (describes != 0) return describe(argv[0], describes == 'V');
  struct command command = command_find(argv[0], flags);
  if (command.kind == command_external) return run_external(command.path, argc, argv, 0);
  if (command.kind == command_missing) {
    complain("%s: %s", argv[0], command.error == ENOENT ? "not found" : error_text(command.error));
    return command.error == ENOENT ? 127 : 126;
  }
  int status = run_builtin(command.builtin, argc, argv);
  // A special builtin is none here: its errors end nothing.
  if (shell.unwind == unwind_error) shell.unwind = unwind_none;
  return status;
}
