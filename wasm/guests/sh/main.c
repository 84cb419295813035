// A POSIX shell without fork. Text becomes trees (parser), which are run here; programs, and what has to run beside the shell, are processes of
// their own (child.c). There is no longjmp: whoever sees `shell.unwind` comes back.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "directory.h"
#include "expand.h"
#include "files.h"
#include "history.h"
#include "jobs.h"
#include "prompt.h"
#include "reader.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

extern char **environ;

struct invocation {
  const char *command; // -c
  bool is_login, reads_input;
  int operands; // index of the first
};

static int leave(void) {
  if (shell.unwind == unwind_error && shell.status == 0) shell.status = 2;
  trap_exit();
  output_flush();
  _exit(shell.status & 255);
}

OWN_FRAME int run_file(const char *path) {
  struct text text = {0};
  struct parser parser;
  int opened = system_open(path, O_RDONLY, 0);
  if (opened < 0) return opened;
  int error = read_all(opened, &text);
  close(opened);
  if (error != 0) {
    text_free(&text);
    return -error;
  }
  uint32_t line = shell.line;
  parser_open(&parser, text.bytes, text.size, NULL);
  int status = run_parser(&parser, 0);
  parser_close(&parser);
  text_free(&text);
  shell.line = line;
  return status;
}

static void usage(const char *word) {
  complain("unknown option %s\nusage: sh [-abCefhimnuvxl] [-o option] [-c command | file | -s] [argument ...]", word);
  _exit(2);
}

// One word of options; the index of the last word that belongs to it.
static int parse_letters(struct invocation *invocation, int at, int argc, char **argv) {
  bool value = argv[at][0] == '-';
  int last = at;
  for (const char *letter = argv[at] + 1; *letter != '\0'; letter++) {
    int option = option_of_letter(*letter);
    if (*letter == 'c') {
      invocation->command = "";
    } else if (*letter == 'l') {
      invocation->is_login = true;
    } else if (*letter == 's') {
      invocation->reads_input = true;
    } else if (*letter == 'o') {
      option = last + 1 < argc ? option_of_name(argv[last + 1]) : -1;
      if (option < 0) usage(argv[last]);
      shell.options[option] = value;
      last++;
    } else if (option < 0) {
      usage(argv[at]);
    } else {
      shell.options[option] = value;
    }
  }
  return last;
}

static struct invocation parse_invocation(int argc, char **argv) {
  struct invocation invocation = {.is_login = argv[0][0] == '-'};
  int at = 1;
  for (; at < argc && (argv[at][0] == '-' || argv[at][0] == '+') && argv[at][1] != '\0'; at++) {
    if (strcmp(argv[at], "--") == 0) {
      at++;
      break;
    }
    if (strcmp(argv[at], "--login") == 0) invocation.is_login = true;
    else if (strncmp(argv[at], "--", 2) == 0) usage(argv[at]);
    else at = parse_letters(&invocation, at, argc, argv);
  }
  if (at < argc && strcmp(argv[at], "-") == 0) at++;
  if (invocation.command != NULL) {
    if (at >= argc) {
      complain("-c needs a command");
      _exit(2);
    }
    invocation.command = argv[at++];
  }
  invocation.operands = at;
  return invocation;
}

// Sets what a variable has when it came without a value.
static void set_default(const char *name, const char *value) {
  if (variable_get(name) == NULL) variable_set(name, value);
}

static void begin(char **argv) {
  shell.name = shell.self = argv[0] == NULL ? "sh" : argv[0];
  shell.arguments = arguments_make(0, NULL);
  shell.terminal = -1;
  shell.getopts_index = 1;
  shell.pid = system_pid();
  shell.mask = system_umask(-1);
  files_begin();
  variables_import(environ);
  // Where fields end is not inherited.
  variable_set("IFS", " \t\n");
  locale_changed();
  struct text parent = {0};
  text_number(&parent, system_parent());
  variable_set("PPID", text_end(&parent));
  text_free(&parent);
  variable_set("OPTIND", "1");
  set_default("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  set_default("PS2", "> ");
  set_default("PS4", "+ ");
  directory_begin();
}

static bool is_terminal(int descriptor) {
  struct coracle_tty tty;
  return system_tty_get(descriptor, &tty) == 0;
}

// In a group of its own, which has the terminal.
static void begin_job_control(void) {
  struct coracle_tty tty;
  if (!shell.options[option_monitor] && !shell.options[option_interactive]) return;
  if (system_tty_get(0, &tty) < 0) {
    shell.options[option_monitor] = false;
    return;
  }
  shell.terminal = 0;
  shell.options[option_monitor] = true;
}

static void take_terminal(void) {
  struct coracle_tty tty;
  if (shell.terminal < 0) return;
  if (system_group() != shell.pid) system_set_group(0, shell.pid);
  if (system_tty_get(shell.terminal, &tty) < 0) return;
  tty.foreground = system_group();
  system_tty_set(shell.terminal, &tty);
}

static void run_if_there(const char *path) {
  // Most have none.
  run_file(path);
  if (shell.unwind == unwind_error) shell.unwind = unwind_none;
}

static void run_profiles(bool is_login) {
  if (is_login) {
    struct text path = {0};
    run_if_there("/etc/profile");
    text_string(&path, variable_or("HOME", ""));
    text_string(&path, "/.profile");
    run_if_there(text_end(&path));
    text_free(&path);
  }
  const char *environment_file = shell.options[option_interactive] ? variable_get("ENV") : NULL;
  if (environment_file == NULL || *environment_file == '\0') return;
  struct part *parts = parse_text(environment_file, &scratch);
  char *path = expand_string(parts, 0);
  if (path != NULL) run_if_there(path);
}

static bool has_stopped_jobs(void) {
  for (const struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (job->is_background && job_state(job) == process_stopped) return true;
  }
  return false;
}

// One command line; false at the end.
static bool run_line(struct reader *reader, struct region *region, bool *is_warned) {
  struct parser parser;
  struct text piece = reader->piece;
  struct mark mark = region_mark(&scratch);
  reader_open(reader, &parser, reader->descriptor, reader->is_terminal, region);
  reader->piece = piece;
  struct node *node = parse_line(&parser);
  bool is_end = parser.at_end && shell.unwind == unwind_none;
  parser_close(&parser);
  reader_leave(reader, &parser);
  if (parser.has_failed) shell.status = 2;
  if (node != NULL) run(node, 0);
  region_empty(region);
  region_release(&scratch, mark);
  if (!is_end) {
    *is_warned = false;
    return shell.unwind != unwind_exit;
  }
  if (shell.options[option_ignoreeof] && reader->is_terminal) {
    complain_plainly("Use \"exit\" to leave the shell.\n");
    return true;
  }
  if (!has_stopped_jobs() || *is_warned) return false;
  complain_plainly("You have stopped jobs.\n");
  return *is_warned = true;
}

static void run_interactive(bool has_terminal) {
  struct region region = {0};
  struct reader reader = {.is_terminal = has_terminal};
  bool is_warned = false;
  history_load();
  do {
    shell.unwind = unwind_none;
    shell.loops = shell.calls = 0;
    traps_run();
    jobs_report();
  } while (run_line(&reader, &region, &is_warned));
}

static void run_input(void) {
  struct region region = {0};
  struct parser parser;
  struct reader reader;
  reader_open(&reader, &parser, 0, false, &region);
  while (shell.unwind == unwind_none) {
    struct mark mark = region_mark(&scratch);
    struct node *node = parse_line(&parser);
    if (parser.at_end) break;
    if (parser.has_failed) {
      shell.status = 2;
      break;
    }
    reader_leave(&reader, &parser);
    if (node != NULL) run(node, 0);
    region_empty(&region);
    region_release(&scratch, mark);
  }
}

static void set_operands(const struct invocation *invocation, int argc, char **argv) {
  int at = invocation->operands;
  bool takes_name = at < argc && !invocation->reads_input;
  if (takes_name) shell.name = argv[at++];
  arguments_release(shell.arguments);
  shell.arguments = arguments_make(argc - at, argv + at);
}

static int run_subshell_process(void) {
  struct region region = {0};
  struct node *node = subshell_begin(&region);
  signals_begin();
  if (node == NULL) {
    complain("this is no subshell of a shell");
    return 2;
  }
  run(node, run_last);
  return leave();
}

int main(int argc, char **argv) {
  begin(argv);
  if (argc == 2 && strcmp(argv[1], "--subshell") == 0) return run_subshell_process();
  struct invocation invocation = parse_invocation(argc, argv);
  bool is_file = invocation.command == NULL && !invocation.reads_input && invocation.operands < argc;
  bool has_terminal = is_terminal(0);
  if (invocation.command == NULL && !is_file) {
    shell.options[option_stdin] = true;
    if (has_terminal && is_terminal(2)) shell.options[option_interactive] = true;
  }
  begin_job_control();
  signals_begin();
  take_terminal();
  const char *file = is_file ? argv[invocation.operands] : NULL;
  set_operands(&invocation, argc, argv);
  if (shell.options[option_interactive]) set_default("PS1", "\\u@\\h:\\w\\$ ");
  run_profiles(invocation.is_login);
  if (shell.unwind != unwind_none) return leave();
  if (invocation.command != NULL) {
    run_string(invocation.command, run_last);
  } else if (file != NULL) {
    shell.is_script = true;
    int status = run_file(file);
    if (status < 0) {
      shell.is_script = false;
      complain("cannot open %s: %s", file, error_text(status));
      shell.status = status == -EACCES || status == -EISDIR ? 126 : 127;
    }
  } else if (shell.options[option_interactive]) {
    run_interactive(has_terminal);
  } else {
    run_input();
  }
  return leave();
}
