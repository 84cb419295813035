// What a dollar begins, and backquotes.
#include <string.h>

#include "parser.h"

static bool is_special(int byte) { return byte > 0 && strchr("@*#?-$!", byte) != NULL; }

static char *read_name(struct parser *parser, bool is_braced) {
  struct text name = {0};
  int byte = next_char(parser);
  text_put(&name, (char)byte);
  if (is_name_start(byte)) {
    while (is_name_byte(peek_char(parser))) text_put(&name, (char)next_char(parser));
  } else if (is_braced && byte >= '0' && byte <= '9') {
    while (peek_char(parser) >= '0' && peek_char(parser) <= '9') text_put(&name, (char)next_char(parser));
  }
  char *copy = region_copy(parser->region, name.bytes, name.size);
  text_free(&name);
  return copy;
}

static bool begins_name(int byte) { return is_name_start(byte) || is_special(byte) || (byte >= '0' && byte <= '9'); }

// One that is doubled, as ## is.
static enum operation doubled(struct parser *parser, int byte, enum operation one, enum operation two) {
  if (peek_char(parser) != byte) return one;
  next_char(parser);
  return two;
}

static enum operation read_operation(struct parser *parser, struct part *part) {
  int byte = next_char(parser);
  if (byte == ':') {
    int after = peek_char(parser);
    if (after < 0 || strchr("-=?+", after) == NULL) return operation_slice;
    part->colon = true;
    byte = next_char(parser);
  }
  switch (byte) {
    case '-': return operation_default;
    case '=': return operation_assign;
    case '?': return operation_error;
    case '+': return operation_instead;
    case '#': return doubled(parser, '#', operation_prefix, operation_prefixes);
    case '%': return doubled(parser, '%', operation_suffix, operation_suffixes);
    case '/': return doubled(parser, '/', operation_replace, operation_replace_all);
    default: return operation_bad;
  }
}

static bool is_pattern(enum operation operation) {
  return (operation >= operation_prefix && operation <= operation_suffixes) || operation >= operation_replace;
}

// Splits what was read at the first plain separator: ${name:from:count}, ${name/pattern/text}.
static void split_more(struct parser *parser, struct part *part, char separator) {
  for (struct part **at = &part->word; *at != NULL; at = &(*at)->next) {
    char *found = (*at)->kind == part_plain || ((*at)->kind == part_quoted && part->quoted) ? strchr((*at)->text, separator) : NULL;
    if (found == NULL) continue;
    struct part *rest = new_part(parser, (*at)->kind, (*at)->quoted);
    rest->text = region_copy(parser->region, found + 1, strlen(found + 1));
    rest->next = (*at)->next;
    part->more = rest;
    *found = '\0';
    (*at)->next = NULL;
    return;
  }
}

// After ${# comes the name of what is measured, or # is the parameter itself: ${#}, ${#-word}, ${##pattern}.
static bool measures(struct parser *parser) {
  int after = peek_char(parser);
  if (after != '-' && after != '?' && after != '#') return begins_name(after);
  next_char(parser);
  bool does = peek_char(parser) == '}';
  push_char(parser, after);
  return does;
}

static struct part *read_braces(struct parser *parser, bool is_quoted) {
  struct part *part = new_part(parser, part_parameter, is_quoted);
  bool has_length = false;
  next_char(parser);
  if (peek_char(parser) == '#') {
    next_char(parser);
    has_length = measures(parser);
    if (!has_length) part->text = region_copy(parser->region, "#", 1);
  }
  if (part->text == NULL) {
    if (!begins_name(peek_char(parser))) part->operation = operation_bad;
    else part->text = read_name(parser, true);
  }
  if (peek_char(parser) == '}') {
    next_char(parser);
    if (has_length) part->operation = operation_length;
    return part;
  }
  if (part->operation != operation_bad) part->operation = has_length ? operation_bad : read_operation(parser, part);
  bool is_plain = !is_quoted || is_pattern(part->operation);
  part->word = read_word(parser, is_plain ? quoting_brace : quoting_brace_double, '}');
  if (part->operation == operation_slice) split_more(parser, part, ':');
  if (part->operation >= operation_replace && part->operation <= operation_replace_all) split_more(parser, part, '/');
  return part;
}

static struct part *read_arithmetic(struct parser *parser, bool is_quoted) {
  struct part *part = new_part(parser, part_arithmetic, is_quoted);
  part->word = read_word(parser, quoting_arithmetic, ')');
  if (next_char(parser) != ')') return syntax_error(parser, "Missing '))'");
  return part;
}

// The parser's state of the word at hand is kept from what is inside.
static struct node *parse_inside(struct parser *parser, bool to_close) {
  struct parser outer = *parser;
  parser->token = token_none;
  parser->heres = NULL;
  parser->tries_alias = false;
  bool was_continued = parser->is_continued;
  parser->is_continued = true;
  struct node *node = parse_list(parser, false);
  if (!parser->has_failed && to_close) expect(parser, token_close, 0);
  else if (!parser->has_failed && look(parser, 0) != token_end) unexpected(parser, token_none);
  parser->token = outer.token;
  parser->word = outer.word;
  parser->kind = outer.kind;
  parser->descriptor = outer.descriptor;
  parser->is_alias_tried = outer.is_alias_tried;
  parser->strips_tabs = outer.strips_tabs;
  // Those of the inside that are not read yet come with the next line.
  struct here **end = &outer.heres;
  while (*end != NULL) end = &(*end)->next;
  *end = parser->heres;
  parser->heres = outer.heres;
  parser->is_continued = was_continued;
  return node;
}

static struct part *read_command(struct parser *parser, bool is_quoted) {
  struct part *part = new_part(parser, part_command, is_quoted);
  part->command = parse_inside(parser, true);
  return part;
}

static struct part *read_dollar_inside(struct parser *parser, bool is_quoted) {
  int byte = peek_char(parser);
  if (byte == '(') {
    next_char(parser);
    if (peek_char(parser) != '(') return read_command(parser, is_quoted);
    next_char(parser);
    return read_arithmetic(parser, is_quoted);
  }
  if (byte == '{') return read_braces(parser, is_quoted);
  if (!begins_name(byte)) return NULL;
  struct part *part = new_part(parser, part_parameter, is_quoted);
  part->text = read_name(parser, false);
  return part;
}

struct part *read_dollar(struct parser *parser, bool is_quoted) {
  if (!go_deeper(parser)) return NULL;
  struct part *part = read_dollar_inside(parser, is_quoted);
  parser->depth--;
  return part;
}

struct part *read_backquotes(struct parser *parser, bool is_quoted) {
  struct text inside = {0};
  for (;;) {
    int byte = next_char(parser);
    if (byte == '`') break;
    if (byte == end_of_text) {
      text_free(&inside);
      return syntax_error(parser, "EOF in backquote substitution");
    }
    if (byte == '\\') {
      int escaped = next_char(parser);
      bool drops = escaped == '$' || escaped == '`' || escaped == '\\' || (escaped == '"' && is_quoted);
      if (escaped == '\n') continue;
      if (!drops) text_put(&inside, '\\');
      byte = escaped;
    }
    if (byte != end_of_text) text_put(&inside, (char)byte);
  }
  push_source(parser, text_end(&inside), inside.size, NULL, true);
  struct source *source = parser->source;
  struct part *part = new_part(parser, part_command, is_quoted);
  int pushed = parser->pushed;
  part->command = parse_inside(parser, false);
  parser->pushed = pushed;
  while (parser->source != source) drop_source(parser);
  drop_source(parser);
  text_free(&inside);
  return part;
}
