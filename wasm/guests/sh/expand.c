#include "expand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "shell.h"
#include "variables.h"

static uint8_t classes[256];

void ifs_changed(void) {
  memset(classes, 0, sizeof classes);
  const char *ifs = variable_or("IFS", " \t\n");
  for (; *ifs != '\0'; ifs++) classes[(unsigned char)*ifs] = strchr(" \t\n", *ifs) != NULL ? 1 : 2;
}

int ifs_class(unsigned char byte) { return classes[byte]; }

void fields_add(struct fields *fields, char *value) {
  if (fields->count + 1 >= fields->room) {
    int room = fields->room == 0 ? 16 : fields->room * 2;
    char **values = region_get(&scratch, (size_t)room * sizeof *values);
    if (fields->count > 0) memcpy(values, fields->values, (size_t)fields->count * sizeof *values);
    fields->values = values;
    fields->room = room;
  }
  fields->values[fields->count++] = value;
  fields->values[fields->count] = NULL;
}

void marked_free(struct marked *marked) {
  text_free(&marked->bytes);
  text_free(&marked->marks);
}

void emit(struct expansion *expansion, const char *bytes, size_t size, bool is_quoted) {
  struct marked *field = &expansion->field;
  expansion->is_open = true;
  text_add(&field->bytes, bytes, size);
  if ((expansion->flags & (expand_fields | expand_pattern)) == 0) return;
  while (field->marks.size < field->bytes.size) text_put(&field->marks, is_quoted);
  if (!is_quoted && !expansion->has_pattern) {
    for (size_t index = 0; index < size; index++) expansion->has_pattern |= strchr("*?[", bytes[index]) != NULL;
  }
}

void end_field(struct expansion *expansion) {
  struct marked *field = &expansion->field;
  struct pattern pattern = {field->bytes.bytes, field->marks.bytes, field->bytes.size};
  if (!expansion->has_pattern || shell.options[option_noglob] || !has_wildcard(pattern) ||
      !expand_path(pattern, expansion->fields)) {
    fields_add(expansion->fields, region_copy(&scratch, field->bytes.bytes, field->bytes.size));
  }
  field->bytes.size = field->marks.size = 0;
  expansion->is_open = expansion->has_pattern = expansion->is_after_blank = false;
}

static void split(struct expansion *expansion, const char *value, size_t size) {
  for (size_t index = 0; index < size;) {
    int class = classes[(unsigned char)value[index]];
    if (class == 0) {
      size_t start = index;
      while (index < size && classes[(unsigned char)value[index]] == 0) index++;
      emit(expansion, value + start, index - start, false);
      continue;
    }
    index++;
    if (expansion->is_open) {
      end_field(expansion);
      expansion->is_after_blank = class == 1;
    } else if (class == 2) {
      // What ended with white space is not ended once more by what follows that.
      if (!expansion->is_after_blank) end_field(expansion);
      expansion->is_after_blank = false;
    }
  }
}

void emit_value(struct expansion *expansion, const char *value, size_t size, bool is_quoted) {
  if (is_quoted || (expansion->flags & expand_fields) == 0) {
    if (is_quoted || size > 0) emit(expansion, value, size, is_quoted);
  } else {
    split(expansion, value, size);
  }
}

char *home_of(const char *user) {
  char line[512];
  size_t size = strlen(user);
  FILE *file = fopen("/etc/passwd", "re");
  if (file == NULL) return NULL;
  char *home = NULL;
  while (home == NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, user, size) != 0 || line[size] != ':') continue;
    char *at = line;
    for (int field = 0; field < 5 && at != NULL; field++) at = strchr(at + (field > 0), ':');
    if (at != NULL) home = region_copy(&scratch, at + 1, strcspn(at + 1, ":\n"));
  }
  fclose(file);
  return home;
}

// A tilde and the name that follows it; how many bytes that was.
OWN_FRAME static size_t emit_tilde(struct expansion *expansion, const char *text, bool is_last) {
  size_t size = strcspn(text, (expansion->flags & expand_value) != 0 ? "/:" : "/");
  if (text[size] == '\0' && !is_last) return 0;
  char *user = region_copy(&scratch, text + 1, size - 1);
  const char *home = size == 1 ? variable_get("HOME") : home_of(user);
  if (home == NULL) return 0;
  emit(expansion, home, strlen(home), true);
  return size;
}

OWN_FRAME static void emit_plain(struct expansion *expansion, const struct part *part, bool is_first) {
  const char *text = part->text;
  bool in_value = (expansion->flags & expand_value) != 0;
  bool may_begin = is_first;
  size_t name = in_value && is_first ? name_size(text) : 0;
  if (name > 0 && text[name] == '=') {
    emit(expansion, text, name + 1, false);
    text += name + 1;
  }
  while (*text != '\0') {
    if (may_begin && *text == '~') text += emit_tilde(expansion, text, part->next == NULL);
    size_t size = in_value ? strcspn(text, ":") : strlen(text);
    if (text[size] == ':') size++;
    if (expansion->splits_plain) emit_value(expansion, text, size, false);
    else emit(expansion, text, size, false);
    may_begin = size > 0 && text[size - 1] == ':';
    text += size;
  }
}

OWN_FRAME static void emit_command(struct expansion *expansion, const struct part *part) {
  struct text output = {0};
  substitute(part->command, &output);
  while (output.size > 0 && output.bytes[output.size - 1] == '\n') output.size--;
  emit_value(expansion, output.bytes, output.size, part->quoted);
  text_free(&output);
}

OWN_FRAME static void emit_arithmetic(struct expansion *expansion, const struct part *part) {
  int64_t number = 0;
  char *expression = expand_string(part->word, 0);
  if (expression == NULL || !evaluate(expression, &number)) return;
  struct text text = {0};
  text_number(&text, number);
  emit_value(expansion, text.bytes, text.size, part->quoted);
  text_free(&text);
}

void expand_parts(struct expansion *expansion, const struct part *part) {
  for (bool is_first = true; part != NULL && shell.unwind == unwind_none; part = part->next, is_first = false) {
    switch (part->kind) {
      case part_plain: emit_plain(expansion, part, is_first); break;
      case part_quoted: emit(expansion, part->text, strlen(part->text), true); break;
      case part_parameter: expand_parameter(expansion, part); break;
      case part_command: emit_command(expansion, part); break;
      default: emit_arithmetic(expansion, part);
    }
  }
}

void expand_words(const struct word *word, struct fields *fields) {
  struct expansion expansion = {.flags = expand_fields, .fields = fields};
  for (; word != NULL && shell.unwind == unwind_none; word = word->next) {
    const char *plain = plain_word(word->parts);
    if (plain != NULL && plain[strcspn(plain, "~*?[\\")] == '\0') {
      fields_add(fields, (char *)plain);
      continue;
    }
    expand_parts(&expansion, word->parts);
    if (expansion.is_open) end_field(&expansion);
    expansion.is_after_blank = false;
  }
  marked_free(&expansion.field);
}

char *expand_string(const struct part *parts, int flags) {
  struct expansion expansion = {.flags = flags};
  expand_parts(&expansion, parts);
  struct text *text = &expansion.field.bytes;
  char *string = shell.unwind == unwind_none ? region_copy(&scratch, text_end(text), text->size) : NULL;
  marked_free(&expansion.field);
  return string;
}

bool expand_marked(const struct part *parts, struct marked *marked) {
  struct expansion expansion = {.flags = expand_pattern};
  expand_parts(&expansion, parts);
  *marked = expansion.field;
  return shell.unwind == unwind_none;
}
