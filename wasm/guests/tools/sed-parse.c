/* sed: from its script to commands. */

#include "sed.h"
#include "sys.h"
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char *at;
static struct script *into;

_Noreturn static void fault(const char *what) { die(1, "-e expression #1: %s", what); }

static void skip_space(void) {
  while (*at == ' ' || *at == '\t') at++;
}

static void skip_separators(void) {
  while (isspace((unsigned char)*at) || *at == ';') at++;
}

/* Up to `stop`, which is skipped. Escaped stops lose their backslash, newlines may be written \n; inside brackets nothing is special. */
static struct text read_delimited(char stop, bool regex) {
  struct text out = {0};
  text_clear(&out);
  for (; *at != stop; at++) {
    if (*at == 0 || (*at == '\n' && regex)) fault(regex ? "unterminated address regex" : "unterminated `s' command");
    if (*at == '\\' && at[1] != 0) {
      at++;
      if (*at == stop) {
        /* An escaped delimiter is that character, special or not as it would be by itself. */
        if (regex && strchr("|+?(){}", stop) != NULL && !into->extended) text_char(&out, stop);
        else if (!regex && stop == '&') text_string(&out, "\\&");
        else text_char(&out, stop);
      } else if (*at == 'n' && regex) text_string(&out, "\n");
      else if (*at == '\n' && !regex) text_string(&out, "\\\n");
      else {
        text_char(&out, '\\');
        text_char(&out, *at);
      }
      continue;
    }
    if (regex && *at == '[') {
      const char *begin = at++;
      if (*at == '^') at++;
      if (*at == ']') at++;
      for (; *at != 0 && *at != ']'; at++) {
        if (*at != '[' || at[1] == 0 || strchr(":.=", at[1]) == NULL) continue;
        char kind = at[1];
        for (at += 2; *at != 0 && !(at[0] == kind && at[1] == ']'); at++) continue;
        at += *at != 0;
      }
      if (*at == 0) fault("unterminated address regex");
      for (; begin < at; begin++) {
        if (*begin == '\\' && begin[1] == 'n') text_char(&out, '\n'), begin++;
        else if (*begin == '\\' && begin[1] == 't') text_char(&out, '\t'), begin++;
        else if (*begin == '\\' && begin[1] == ']' && begin + 1 == at) text_char(&out, '\\');
        else text_char(&out, *begin);
      }
    }
    text_char(&out, *at);
  }
  at++;
  return out;
}

static struct regex *compile(const struct text *pattern, int flags) {
  if (pattern->length == 0) return NULL;
  const char *error;
  struct regex *regex = regex_compile(pattern->bytes, pattern->length, flags | (into->extended ? REGEX_EXTENDED : 0), &error);
  if (regex == NULL) fault(error);
  return regex;
}

static uint64_t read_number(void) {
  uint64_t value = 0;
  for (; isdigit((unsigned char)*at); at++) value = value * 10 + (uint64_t)(*at - '0');
  return value;
}

static struct address read_address(bool second) {
  struct address address = {0};
  if (isdigit((unsigned char)*at)) {
    address.type = LINE_NUMBER;
    address.first = read_number();
    skip_space();
    if (*at == '~' && !second) {
      at++;
      address.type = STEP;
      address.step = read_number();
    }
  } else if (*at == '$') {
    at++;
    address.type = LAST_LINE;
  } else if (second && (*at == '+' || *at == '~')) {
    address.type = *at++ == '+' ? OFFSET : MULTIPLE;
    address.first = read_number();
  } else if (*at == '/' || *at == '\\') {
    if (*at == '\\') at++;
    char stop = *at++;
    int flags = 0;
    struct text pattern = read_delimited(stop, true);
    for (; *at == 'I' || *at == 'M'; at++) flags |= *at == 'I' ? REGEX_FOLD : REGEX_MULTILINE;
    address.type = EXPRESSION;
    address.regex = compile(&pattern, flags);
    free(pattern.bytes);
  }
  skip_space();
  return address;
}

/* The text of a, i and c: the rest of the line, or the lines after `\`. */
static void read_text(struct command *command) {
  skip_space();
  if (*at == '\\') {
    at++;
    const char *rest = at;
    while (*rest == ' ' || *rest == '\t') rest++;
    if (*rest == '\n') at = rest + 1;
    else at = rest;
  } else if (*at == 0 || *at == '\n') fault("expected \\ after `a', `c' or `i'");
  text_clear(&command->text);
  for (; *at != 0 && *at != '\n'; at++) {
    if (*at == '\\' && at[1] != 0) at++;
    text_char(&command->text, *at);
  }
  text_char(&command->text, '\n');
}

static void read_name(struct command *command, bool file) {
  skip_space();
  text_clear(&command->text);
  while (*at != 0 && *at != '\n' && (file || (*at != ';' && *at != '}' && !isspace((unsigned char)*at)))) text_char(&command->text, *at++);
  if (file && command->text.length == 0) fault("missing filename in r/R/w/W commands");
}

static struct sed_output *open_output(const char *path) {
  static struct sed_output *outputs[64];
  static size_t count;
  for (size_t index = 0; index < count; index++) {
    if (strcmp(outputs[index]->path, path) == 0) return outputs[index];
  }
  if (count == 64) fault("too many files to write to");
  struct sed_output *output = take(sizeof *output);
  output->path = take_copy(path);
  if (strcmp(path, "/dev/stdout") == 0) output->file = 1;
  else if (strcmp(path, "/dev/stderr") == 0) output->file = 2;
  else output->file = create_file(path, 0666, false);
  if (output->file < 0) die_errno(4, "couldn't open file %s", path);
  return outputs[count++] = output;
}

static void read_substitution(struct command *command) {
  char stop = *at++;
  if (stop == 0 || stop == '\n' || stop == '\\') fault("unterminated `s' command");
  struct text pattern = read_delimited(stop, true);
  command->text = read_delimited(stop, false);
  int flags = 0;
  for (;; at++) {
    if (*at == 'g') command->global = true;
    else if (*at == 'p') command->print = true;
    else if (*at == 'i' || *at == 'I') flags |= REGEX_FOLD;
    else if (*at == 'm' || *at == 'M') flags |= REGEX_MULTILINE;
    else if (isdigit((unsigned char)*at)) {
      command->which = read_number();
      if (command->which == 0) fault("number option to `s' command may not be zero");
      at--;
    } else break;
  }
  if (*at == 'e') fault("the flag e of the command s is not supported");
  if (*at == 'w') {
    at++;
    struct command name = {0};
    read_name(&name, true);
    command->output = open_output(name.text.bytes);
  }
  command->regex = compile(&pattern, flags);
  for (const char *each = command->text.bytes; *each != 0; each++) {
    if (*each == '\\' && each[1] != 0) each++;
    else continue;
    if (command->regex != NULL && *each >= '1' && *each <= '9' && (size_t)(*each - '0') > regex_groups(command->regex)) {
      die(1, "-e expression #1: invalid reference \\%c on `s' command's RHS", *each);
    }
  }
  free(pattern.bytes);
}

static size_t y_character(const struct text *from, size_t place, char *out) {
  int character;
  if (from->bytes[place] == '\\' && from->bytes[place + 1] != 0) {
    char next = from->bytes[place + 1];
    out[0] = next == 'n' ? '\n' : next;
    out[1] = 0;
    if (next != 'n' && next != '\\') fault("`y' command strings have different lengths");
    return 2;
  }
  size_t length = utf8_decode(from->bytes + place, from->length - place, &character);
  memcpy(out, from->bytes + place, length);
  out[length] = 0;
  return length;
}

static void read_map(struct command *command) {
  char stop = *at++;
  struct text from = read_delimited(stop, false), to = read_delimited(stop, false);
  command->map = take(256);
  command->characters = take(sizeof *command->characters);
  text_clear(command->characters);
  for (int byte = 0; byte < 256; byte++) command->map[byte] = (unsigned char)byte;
  size_t a = 0, b = 0;
  while (a < from.length && b < to.length) {
    char first[8], second[8];
    a += y_character(&from, a, first);
    b += y_character(&to, b, second);
    if (first[1] == 0 && second[1] == 0) command->map[(unsigned char)first[0]] = (unsigned char)second[0];
    else text_format(command->characters, "%s\n%s\n", first, second);
  }
  if (a < from.length || b < to.length) fault("strings for `y' command are different lengths");
  free(from.bytes);
  free(to.bytes);
}

static void end_of_command(void) {
  skip_space();
  if (*at == '#') return;
  if (*at == '}') return;
  if (*at != 0 && *at != ';' && *at != '\n') fault("extra characters after command");
}

static void read_arguments(struct command *command) {
  switch (command->name) {
  case '{': break;
  case '}': end_of_command(); break;
  case '=': case 'd': case 'D': case 'g': case 'G': case 'h': case 'H': case 'n': case 'N': case 'p': case 'P': case 'x': case 'z': case 'F':
    end_of_command();
    break;
  case 'a': case 'i': case 'c': read_text(command); break;
  case ':':
    read_name(command, false);
    if (command->text.length == 0) fault("\":\" lacks a label");
    break;
  case 'b': case 't': case 'T': read_name(command, false); end_of_command(); break;
  case 'r': case 'R': read_name(command, true); break;
  case 'w': case 'W': read_name(command, true); command->output = open_output(command->text.bytes); break;
  case 's': read_substitution(command); end_of_command(); break;
  case 'y': read_map(command); end_of_command(); break;
  case 'q': case 'Q': case 'l': case 'L':
    skip_space();
    command->code = isdigit((unsigned char)*at) ? (int)read_number() : command->name == 'l' ? 70 : 0;
    end_of_command();
    break;
  default: die(1, "-e expression #1: unknown command: `%c'", command->name);
  }
}

void sed_parse(struct script *script, const char *text) {
  at = text;
  into = script;
  for (;;) {
    skip_separators();
    if (*at == '#') {
      while (*at != 0 && *at != '\n') at++;
      continue;
    }
    if (*at == 0) return;
    struct command command = {0};
    command.from = read_address(false);
    if (*at == ',') {
      if (command.from.type == NO_ADDRESS) fault("unexpected `,'");
      at++;
      skip_space();
      command.to = read_address(true);
      if (command.to.type == NO_ADDRESS) fault("unexpected `,'");
    }
    while (*at == '!') {
      command.inverted = true;
      at++;
      skip_space();
    }
    if (*at == 0 || *at == '\n' || *at == ';') fault("missing command");
    command.name = *at++;
    if ((command.name == ':' || command.name == '}') && command.from.type != NO_ADDRESS) fault("this command doesn't want any addresses");
    read_arguments(&command);
    script->commands = take_more(script->commands, (script->count + 1) * sizeof *script->commands);
    script->commands[script->count++] = command;
  }
}

static size_t label_place(const struct script *script, const char *label) {
  if (*label == 0) return script->count;
  for (size_t index = 0; index < script->count; index++) {
    const struct command *command = script->commands + index;
    if (command->name == ':' && strcmp(command->text.bytes, label) == 0) return index;
  }
  die(1, "-e expression #1: can't find label for jump to `%s'", label);
}

void sed_link(struct script *script) {
  size_t open[256], depth = 0;
  for (size_t index = 0; index < script->count; index++) {
    struct command *command = script->commands + index;
    if (command->name == '{') {
      if (depth == 256) fault("too many nested {");
      open[depth++] = index;
    } else if (command->name == '}') {
      if (depth == 0) fault("unexpected `}'");
      script->commands[open[--depth]].target = index;
    } else if (strchr("btT", command->name) != NULL) command->target = label_place(script, command->text.bytes);
  }
  if (depth > 0) fault("unmatched `{'");
}
