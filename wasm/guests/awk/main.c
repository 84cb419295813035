/* awk: its options, and what is set before a program runs. */

#include "awk.h"
#include "input.h"
#include "sys.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

void awk_assign(const char *name, const char *text) {
  struct string *string = awk_unescape(text, strlen(text));
  int number = awk_variable(name);
  value_free(&awk.variables[number].value);
  awk.variables[number].value = input_value(string->bytes, string->length);
  string_free(string);
}

static void set_entry(enum special which, const char *key, size_t length, const char *value) {
  struct variable *variable = awk.variables + which;
  if (variable->array == NULL) variable->array = take(sizeof *variable->array);
  struct string *name = string_make(key, length);
  array_find(variable->array, name, true)->value = input_value(value, strlen(value));
  string_free(name);
}

/* In the order of `enum special`, so that their numbers are known. */
static void make_specials(void) {
  static const char *const names[] = {"NF", "NR", "FNR", "FS", "OFS", "ORS", "RS", "FILENAME", "SUBSEP", "RSTART", "RLENGTH", "CONVFMT", "OFMT", "ENVIRON", "ARGC", "ARGV"};
  for (int index = 0; index < V_SPECIALS; index++) awk_variable(names[index]);
  static const struct {
    enum special which;
    const char *text;
  } texts[] = {{V_FS, " "}, {V_OFS, " "}, {V_ORS, "\n"}, {V_RS, "\n"}, {V_SUBSEP, "\034"}, {V_CONVFMT, "%.6g"}, {V_OFMT, "%.6g"}, {V_FILENAME, ""}};
  for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) set_special(texts[index].which, string_value(string_make(texts[index].text, strlen(texts[index].text))));
  static const enum special numbers[] = {V_NF, V_NR, V_FNR, V_RSTART};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) set_special(numbers[index], number_value(0));
  set_special(V_RLENGTH, number_value(-1));
  for (char **each = environ; each != NULL && *each != NULL; each++) {
    const char *equals = strchr(*each, '=');
    if (equals != NULL) set_entry(V_ENVIRON, *each, (size_t)(equals - *each), equals + 1);
  }
}

static void set_separator(const char *text) {
  if (strcmp(text, "t") == 0) text = "\t";
  struct string *separator = awk_unescape(text, strlen(text));
  set_special(V_FS, string_value(separator));
}

int main(int argc, char **argv) {
  static char buffer[65536];
  struct text program = {0};
  tool_name = "awk";
  setvbuf(stdout, buffer, isatty(1) ? _IOLBF : _IOFBF, sizeof buffer);
  make_specials();
  for (int option; (option = getopt(argc, argv, "+F:v:f:")) != -1;) {
    char *equals;
    int file;
    switch (option) {
    case 'F': set_separator(optarg); break;
    case 'v':
      equals = strchr(optarg, '=');
      if (equals == NULL) die(2, "an assignment is wanted behind -v: '%s'", optarg);
      *equals = 0;
      awk_assign(optarg, equals + 1);
      break;
    case 'f':
      file = open_input(optarg);
      if (file < 0 || !read_whole(file, &program)) return 2;
      close_input(file);
      text_char(&program, '\n');
      break;
    default: return 2;
    }
  }
  if (program.length == 0) {
    if (optind >= argc) die(2, "no program; usage: awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM [FILE]...");
    text_string(&program, argv[optind++]);
  }
  text_reserve(&program, 0);
  set_entry(V_ARGV, "0", 1, "awk");
  for (int index = optind; index < argc; index++) {
    char key[12];
    snprintf(key, sizeof key, "%d", index - optind + 1);
    set_entry(V_ARGV, key, strlen(key), argv[index]);
  }
  set_special(V_ARGC, number_value(argc - optind + 1));
  awk_parse(program.bytes);
  return finish(awk_run());
}
