// Builtins for options, arguments, variables and aliases.
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "files.h"
#include "parser.h"
#include "run.h"
#include "variables.h"

static void print_variables(void) {
  struct entry **all = entries_sorted(table_variables);
  for (struct entry **entry = all; *entry != NULL; entry++) {
    if ((*entry)->value == NULL || name_size((*entry)->name) != strlen((*entry)->name)) continue;
    out_format("%s=", (*entry)->name);
    out_quoted((*entry)->value);
    out_char('\n');
  }
  free(all);
}

static void print_options(bool as_commands) {
  if (!as_commands) out("Current option settings\n");
  for (int option = 0; option < option_count; option++) {
    const char *name = option_name((enum option)option);
    if (as_commands) out_format("set %co %s\n", shell.options[option] ? '-' : '+', name);
    else out_format("%-16s%s\n", name, shell.options[option] ? "on" : "off");
  }
}

static int bad_option(const char *word) {
  complain("set: Illegal option %s", word);
  shell.status = 2;
  shell.unwind = unwind_error;
  return 2;
}

// The letters of one word, and names after -o; -1 after a message.
static int set_letters(char **argv, int at, int argc) {
  bool value = argv[at][0] == '-';
  for (const char *letter = argv[at] + 1; *letter != '\0'; letter++) {
    int option = option_of_letter(*letter);
    if (*letter == 'o') {
      if (at + 1 >= argc) {
        print_options(!value);
        return at;
      }
      option = option_of_name(argv[++at]);
    }
    if (option < 0 || option == option_interactive || option == option_stdin) {
      bad_option(argv[at]);
      return -1;
    }
    option_set((enum option)option, value);
  }
  return at;
}

static void set_arguments(int count, char **values) {
  arguments_release(shell.arguments);
  shell.arguments = arguments_make(count, values);
  shell.shifted = 0;
}

int builtin_set(int argc, char **argv) {
  if (argc == 1) print_variables();
  for (int at = 1; at < argc; at++) {
    if (strcmp(argv[at], "--") == 0 || (argv[at][0] != '-' && argv[at][0] != '+')) {
      bool skips = strcmp(argv[at], "--") == 0;
      set_arguments(argc - at - skips, argv + at + skips);
      return 0;
    }
    if (argv[at][1] == '\0') {
      if (argv[at][0] == '-') shell.options[option_xtrace] = shell.options[option_verbose] = false;
      if (at + 1 < argc) set_arguments(argc - at - 1, argv + at + 1);
      return 0;
    }
    at = set_letters(argv, at, argc);
    if (at < 0) return 2;
  }
  return 0;
}

int builtin_shift(int argc, char **argv) {
  int count = 1;
  bool is_number = argc < 2 || number_argument(argv[1], &count);
  if (!is_number || count > arguments_count()) {
    if (is_number) complain("shift: can't shift that many");
    shell.status = 2;
    shell.unwind = unwind_error;
    return 2;
  }
  shell.shifted += count;
  return 0;
}

static void print_flagged(const char *command, uint8_t flag) {
  struct entry **all = entries_sorted(table_variables);
  for (struct entry **entry = all; *entry != NULL; entry++) {
    if (((*entry)->flags & flag) == 0) continue;
    out_format("%s %s", command, (*entry)->name);
    if ((*entry)->value != NULL) {
      out_char('=');
      out_quoted((*entry)->value);
    }
    out_char('\n');
  }
  free(all);
}

static bool check_name(const char *command, const char *word, size_t *size) {
  *size = name_size(word);
  if (*size > 0 && (word[*size] == '=' || word[*size] == '\0')) return true;
  complain("%s: %s: bad variable name", command, word);
  shell.status = 2;
  shell.unwind = unwind_error;
  return false;
}

// Sets, or only marks.
static bool declare(const char *word, size_t size, uint8_t flag) {
  if (word[size] == '=') {
    if (variable_assign(word, flag)) return true;
    shell.status = 2;
    shell.unwind = unwind_error;
    return false;
  }
  struct entry *entry = entry_make(table_variables, word, size);
  entry_touch(entry);
  entry->flags |= flag;
  shell.environment_is_old = true;
  return true;
}

int builtin_export(int argc, char **argv) {
  uint8_t flag = argv[0][0] == 'e' ? flag_export : flag_read_only;
  struct letters letters = {.at = 1};
  int letter;
  bool prints = false;
  while ((letter = next_letter(&letters, argc, argv, "pn")) != 0) {
    if (letter == '?') return 2;
    prints = letter == 'p';
    if (letter == 'n') flag = 0;
  }
  if (letters.at == argc || prints) print_flagged(argv[0], flag);
  for (int index = letters.at; index < argc && !prints; index++) {
    size_t size;
    if (!check_name(argv[0], argv[index], &size)) return 2;
    if (flag == 0) {
      struct entry *entry = entry_make(table_variables, argv[index], size);
      entry_touch(entry);
      entry->flags &= (uint8_t)~flag_export;
      shell.environment_is_old = true;
    } else if (!declare(argv[index], size, flag)) {
      return 2;
    }
  }
  return 0;
}

int builtin_local(int argc, char **argv) {
  if (shell.calls == 0) {
    complain("local: not in a function");
    shell.unwind = unwind_error;
    return shell.status = 2;
  }
  for (int index = 1; index < argc; index++) {
    size_t size;
    if (strcmp(argv[index], "-") == 0) continue;
    if (!check_name("local", argv[index], &size)) return 2;
    local_keep(argv[index], size);
    if (!declare(argv[index], size, 0)) return 2;
  }
  return 0;
}

int builtin_unset(int argc, char **argv) {
  struct letters letters = {.at = 1};
  int letter, status = 0;
  bool of_functions = false;
  while ((letter = next_letter(&letters, argc, argv, "fv")) != 0) {
    if (letter == '?') return 2;
    of_functions = letter == 'f';
  }
  for (int index = letters.at; index < argc; index++) {
    struct entry *function = of_functions ? function_find(argv[index]) : NULL;
    size_t size;
    if (function != NULL) {
      entry_touch(function);
      function_release(function->function);
      function->function = NULL;
    } else if (!of_functions) {
      if (!check_name("unset", argv[index], &size)) return 2;
      if (variable_unset(argv[index])) continue;
      shell.unwind = unwind_error;
      return shell.status = 2;
    }
  }
  return status;
}

static void print_alias(const struct entry *alias) {
  out_format("%s=", alias->name);
  out_quoted(alias->value);
  out_char('\n');
}

static void alias_change(struct entry *alias, char *value) {
  entry_touch(alias);
  free(alias->value);
  alias->value = value;
}

int builtin_alias(int argc, char **argv) {
  int status = 0;
  struct entry **all = argc == 1 ? entries_sorted(table_aliases) : NULL;
  for (struct entry **entry = all; entry != NULL && *entry != NULL; entry++) {
    if ((*entry)->value != NULL) print_alias(*entry);
  }
  free(all);
  for (int index = 1; index < argc; index++) {
    const char *equals = argv[index][0] == '\0' ? NULL : strchr(argv[index] + 1, '=');
    struct entry *alias = alias_find(argv[index]);
    if (equals != NULL) {
      alias_change(entry_make(table_aliases, argv[index], (size_t)(equals - argv[index])), memory_copy(equals + 1));
    } else if (alias != NULL) {
      print_alias(alias);
    } else {
      complain("alias: %s not found", argv[index]);
      status = 1;
    }
  }
  return status;
}

int builtin_unalias(int argc, char **argv) {
  int status = 0;
  if (argc == 2 && strcmp(argv[1], "-a") == 0) {
    struct entry **all = entries_sorted(table_aliases);
    for (struct entry **entry = all; *entry != NULL; entry++) alias_change(*entry, NULL);
    free(all);
    return 0;
  }
  for (int index = 1; index < argc; index++) {
    struct entry *alias = alias_find(argv[index]);
    if (alias != NULL) {
      alias_change(alias, NULL);
    } else {
      complain("unalias: %s not found", argv[index]);
      status = 1;
    }
  }
  return status;
}

// One option, of the arguments or of the words given.
static int take_option(const char *known, const char *name, int count, char *const *words) {
  bool is_silent = *known == ':';
  int at = shell.getopts_index < 1 ? 1 : shell.getopts_index, offset = shell.getopts_offset;
  const char *word = at <= count ? words[at - 1] : NULL;
  if (offset == 0) {
    bool is_end = word != NULL && strcmp(word, "--") == 0;
    if (word == NULL || word[0] != '-' || word[1] == '\0' || is_end) {
      shell.getopts_index = at + is_end;
      return 0;
    }
    offset = 1;
  }
  if (word == NULL || offset >= (int)strlen(word)) return 0;
  char letter = word[offset++];
  const char *found = letter == ':' ? NULL : strchr(known + is_silent, letter);
  bool is_last = word[offset] == '\0';
  char shown[2] = {letter, '\0'}, given = letter;
  variable_unset("OPTARG");
  if (found == NULL) {
    given = '?';
    if (is_silent) variable_set("OPTARG", shown);
    else complain("Illegal option -%c", letter);
  } else if (found[1] == ':') {
    const char *value = !is_last ? word + offset : at < count ? words[at] : NULL;
    if (is_last && value != NULL) at++;
    is_last = true;
    if (value != NULL) {
      variable_set("OPTARG", value);
    } else {
      given = is_silent ? ':' : '?';
      if (is_silent) variable_set("OPTARG", shown);
      else complain("No arg for -%c option", letter);
    }
  }
  shell.getopts_index = is_last ? at + 1 : at;
  shell.getopts_offset = is_last ? 0 : offset;
  return variable_set(name, (const char[]){given, '\0'}) ? given : -1;
}

int builtin_getopts(int argc, char **argv) {
  if (argc < 3) {
    complain("getopts: usage: getopts options name [words]");
    return 2;
  }
  char *const *words = argc > 3 ? argv + 3 : shell.arguments->values + shell.shifted;
  int taken = take_option(argv[1], argv[2], argc > 3 ? argc - 3 : arguments_count(), words);
  int index = shell.getopts_index, offset = shell.getopts_offset;
  struct text text = {0};
  text_number(&text, index);
  variable_set("OPTIND", text_end(&text));
  text_free(&text);
  shell.getopts_index = index;
  shell.getopts_offset = offset;
  if (taken > 0) return 0;
  variable_set(argv[2], "?");
  return 1;
}
