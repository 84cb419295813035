// Parameters: POSIX 2.5 and 2.6.2.
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "parser.h"
#include "shell.h"
#include "variables.h"

static bool is_list(const char *name) { return (name[0] == '@' || name[0] == '*') && name[1] == '\0'; }

// A special parameter's value; NULL when it is none of those that are numbers or letters.
OWN_FRAME static const char *special_value(const char *name) {
  struct text text = {0};
  switch (name[0]) {
    case '#': text_number(&text, arguments_count()); break;
    case '?': text_number(&text, shell.status); break;
    case '$': text_number(&text, shell.pid); break;
    case '-': options_text(&text); break;
    case '!':
      if (shell.last_background == 0) return NULL;
      text_number(&text, shell.last_background);
      break;
    default: return NULL;
  }
  char *value = region_copy(&scratch, text.bytes, text.size);
  text_free(&text);
  return value;
}

static const char *value_of(const char *name) {
  if (is_name_start((unsigned char)name[0])) return variable_get(name);
  if (name[0] < '0' || name[0] > '9') return special_value(name);
  long number = strtol(name, NULL, 10);
  return number == 0 ? shell.name : number > arguments_count() ? NULL : argument((int)number);
}

static char separator(void) {
  const char *ifs = variable_get("IFS");
  return ifs == NULL ? ' ' : *ifs;
}

// All arguments in one.
static const char *joined_arguments(char between) {
  struct text text = {0};
  for (int number = 1; number <= arguments_count(); number++) {
    if (number > 1 && between != '\0') text_put(&text, between);
    text_string(&text, argument(number));
  }
  char *value = region_copy(&scratch, text.bytes, text.size);
  text_free(&text);
  return value;
}

OWN_FRAME static void emit_list(struct expansion *expansion, const struct part *part) {
  bool is_star = part->text[0] == '*';
  if ((expansion->flags & expand_fields) == 0 || (is_star && part->quoted)) {
    const char *value = joined_arguments(is_star ? separator() : ' ');
    emit(expansion, value, strlen(value), part->quoted);
    return;
  }
  for (int number = 1; number <= arguments_count(); number++) {
    if (number > 1 && (expansion->is_open || part->quoted)) end_field(expansion);
    const char *value = argument(number);
    emit_value(expansion, value, strlen(value), part->quoted);
  }
}

static void emit_plain_value(struct expansion *expansion, const struct part *part, const char *value) {
  if (is_list(part->text)) emit_list(expansion, part);
  else emit_value(expansion, value, strlen(value), part->quoted);
}

static void emit_word(struct expansion *expansion, const struct part *part) {
  bool outer = expansion->splits_plain;
  if (part->word == NULL && part->quoted) emit(expansion, "", 0, true);
  expansion->splits_plain = !part->quoted;
  expand_parts(expansion, part->word);
  expansion->splits_plain = outer;
}

static void assign_default(struct expansion *expansion, const struct part *part) {
  if (!is_name_start((unsigned char)part->text[0])) {
    fail("%s: bad variable name", part->text);
    return;
  }
  char *value = expand_string(part->word, 0);
  if (value == NULL) return;
  if (!variable_set(part->text, value)) shell.unwind = unwind_error;
  else emit_value(expansion, value, strlen(value), part->quoted);
}

OWN_FRAME static void fail_unset(const struct part *part, bool has_word) {
  char *message = part->word == NULL || !has_word ? NULL : expand_string(part->word, 0);
  if (shell.unwind != unwind_none) return;
  fail("%s: %s", part->text, message != NULL ? message : part->colon ? "parameter not set or null" : "parameter not set");
}

// Where what is left begins and ends when a prefix or a suffix that matches is taken off.
OWN_FRAME static void trim(struct expansion *expansion, const struct part *part, const char *value) {
  struct marked marked;
  size_t size = strlen(value), start = 0, end = size;
  if (expand_marked(part->word, &marked)) {
    struct pattern pattern = {marked.bytes.bytes, marked.marks.bytes, marked.bytes.size};
    bool is_longest = part->operation == operation_prefixes || part->operation == operation_suffixes;
    bool is_prefix = part->operation == operation_prefix || part->operation == operation_prefixes;
    for (size_t step = 0; step <= size; step++) {
      size_t taken = is_longest ? size - step : step;
      if (!matches(pattern, is_prefix ? value : value + size - taken, taken)) continue;
      if (is_prefix) start = taken;
      else end = size - taken;
      break;
    }
    emit_value(expansion, value + start, end - start, part->quoted);
  }
  marked_free(&marked);
}

static size_t count_characters(const char *value) {
  size_t count = 0;
  for (size_t left = strlen(value), size; left > 0; left -= size, value += size, count++) size = character_size(value, left);
  return count;
}

static const char *skip_characters(const char *value, int64_t count) {
  for (; count > 0 && *value != '\0'; count--) value += character_size(value, strlen(value));
  return value;
}

static bool number_of(const struct part *word, int64_t *number) {
  char *expression = expand_string(word, 0);
  return expression != NULL && evaluate(expression, number);
}

OWN_FRAME static void slice(struct expansion *expansion, const struct part *part, const char *value) {
  int64_t size = (int64_t)count_characters(value), from = 0, count = size;
  if (!number_of(part->word, &from) || (part->more != NULL && !number_of(part->more, &count))) return;
  if (from < 0) from = from + size < 0 ? size : from + size;
  if (from > size) from = size;
  int64_t to = part->more == NULL ? size : count < 0 ? size + count : count > size - from ? size : from + count;
  if (to < from) to = from;
  const char *start = skip_characters(value, from);
  emit_value(expansion, start, (size_t)(skip_characters(start, to - from) - start), part->quoted);
}

// The longest match at a place, or no bytes.
static size_t match_at(struct pattern pattern, const char *value) {
  for (size_t size = strlen(value); size > 0; size--) {
    if (matches(pattern, value, size)) return size;
  }
  return 0;
}

OWN_FRAME static void replace(struct expansion *expansion, const struct part *part, const char *value) {
  struct marked marked;
  struct text text = {0};
  char *with = part->more == NULL ? "" : expand_string(part->more, 0);
  if (expand_marked(part->word, &marked) && with != NULL) {
    struct pattern pattern = {marked.bytes.bytes, marked.marks.bytes, marked.bytes.size};
    bool is_done = false;
    while (*value != '\0') {
      size_t size = is_done || pattern.size == 0 ? 0 : match_at(pattern, value);
      if (size > 0) text_string(&text, with);
      else text_put(&text, *value);
      is_done |= size > 0 && part->operation == operation_replace;
      value += size > 0 ? size : 1;
    }
    emit_value(expansion, text.bytes, text.size, part->quoted);
  }
  text_free(&text);
  marked_free(&marked);
}

OWN_FRAME static void emit_length(struct expansion *expansion, const struct part *part, const char *value) {
  struct text text = {0};
  text_number(&text, is_list(part->text) ? arguments_count() : (long long)count_characters(value));
  emit_value(expansion, text.bytes, text.size, part->quoted);
  text_free(&text);
}

static bool is_default_operation(enum operation operation) {
  return operation >= operation_default && operation <= operation_instead;
}

static void emit_default(struct expansion *expansion, const struct part *part, const char *value) {
  bool is_there = value != NULL && (!part->colon || *value != '\0');
  if (part->operation == operation_instead) {
    if (is_there) emit_word(expansion, part);
    else if (part->quoted) emit(expansion, "", 0, true);
  } else if (is_there) {
    emit_plain_value(expansion, part, value);
  } else if (part->operation == operation_default) {
    emit_word(expansion, part);
  } else if (part->operation == operation_assign) {
    assign_default(expansion, part);
  } else {
    fail_unset(part, true);
  }
}

void expand_parameter(struct expansion *expansion, const struct part *part) {
  if (part->operation == operation_bad || part->text == NULL) {
    fail("Bad substitution");
    return;
  }
  bool is_all = is_list(part->text);
  const char *value = is_all ? (arguments_count() == 0 ? NULL : joined_arguments(' ')) : value_of(part->text);
  if (is_default_operation(part->operation)) {
    emit_default(expansion, part, value);
    return;
  }
  if (value == NULL && !is_all && shell.options[option_nounset]) {
    fail_unset(part, false);
    return;
  }
  if (value == NULL) value = "";
  switch (part->operation) {
    case operation_none: emit_plain_value(expansion, part, value); break;
    case operation_length: emit_length(expansion, part, value); break;
    case operation_slice: slice(expansion, part, value); break;
    case operation_replace:
    case operation_replace_all: replace(expansion, part, value); break;
    default: trim(expansion, part, value);
  }
}
