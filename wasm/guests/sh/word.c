// Words: quoting and what is expanded later.
#include <string.h>

#include "parser.h"

struct part *new_part(struct parser *parser, enum part_kind kind, bool is_quoted) {
  struct part *part = region_get(parser->region, sizeof *part);
  part->kind = kind;
  part->quoted = is_quoted;
  return part;
}

static void append(struct parts *parts, struct part *part) {
  if (part == NULL) return;
  *parts->end = part;
  parts->end = &part->next;
}

static void flush(struct parser *parser, struct parts *parts) {
  if (parts->text.size == 0) return;
  struct part *part = new_part(parser, parts->kind, parts->kind == part_quoted);
  part->text = region_copy(parser->region, parts->text.bytes, parts->text.size);
  parts->text.size = 0;
  append(parts, part);
}

static void add(struct parser *parser, struct parts *parts, enum part_kind kind, int byte) {
  if (parts->kind != kind) flush(parser, parts);
  parts->kind = kind;
  text_put(&parts->text, (char)byte);
}

// Two quotes with nothing between them are a word all the same.
static void add_empty(struct parser *parser, struct parts *parts) {
  flush(parser, parts);
  struct part *part = new_part(parser, part_quoted, true);
  part->text = region_copy(parser->region, "", 0);
  append(parts, part);
}

static void read_single_quotes(struct parser *parser, struct parts *parts) {
  bool is_empty = true;
  for (;;) {
    int byte = next_char(parser);
    if (byte == end_of_text) {
      syntax_error(parser, "Unterminated quoted string");
      return;
    }
    if (byte == '\'') break;
    add(parser, parts, part_quoted, byte);
    is_empty = false;
  }
  if (is_empty) add_empty(parser, parts);
}

static bool is_double(enum quoting quoting) { return quoting != quoting_none && quoting != quoting_brace; }

static void read_backslash(struct parser *parser, struct parts *parts, enum quoting quoting, int closer) {
  int byte = next_char(parser);
  if (byte == '\n') return;
  if (byte == end_of_text) {
    add(parser, parts, part_quoted, '\\');
    return;
  }
  bool escapes = !is_double(quoting) || byte == '$' || byte == '`' || byte == '\\' ||
                 (byte == '"' && quoting != quoting_here && quoting != quoting_arithmetic) || (byte == closer && closer == '}');
  if (!escapes) add(parser, parts, part_quoted, '\\');
  add(parser, parts, part_quoted, byte);
}

static void read_double_quotes(struct parser *parser, struct parts *parts) {
  flush(parser, parts);
  struct part *inner = read_word(parser, quoting_double, '"');
  if (parser->has_failed) return;
  if (inner == NULL) add_empty(parser, parts);
  for (; inner != NULL; inner = inner->next) append(parts, inner);
}

static bool ends_word(int byte) { return byte == end_of_text || strchr(" \t\n;&|<>()", byte) != NULL; }

static bool is_at_end(struct parser *parser, enum quoting quoting, int closer, int byte) {
  if (quoting == quoting_none) return ends_word(byte);
  if (byte == end_of_text && quoting != quoting_here) syntax_error(parser, "Unterminated quoted string");
  return byte == end_of_text || byte == closer;
}

static int escape_code(struct parser *parser, int byte) {
  static const char names[] = "abefnrtv";
  static const char codes[] = "\a\b\033\f\n\r\t\v";
  const char *name = byte > 0 ? strchr(names, byte) : NULL;
  if (name != NULL) return codes[name - names];
  int base = byte == 'x' ? 16 : 8;
  if (base == 8 && (byte < '0' || byte > '7')) return byte;
  int code = base == 8 ? byte - '0' : 0;
  for (int count = base == 8 ? 1 : 0; count < (base == 8 ? 3 : 2); count++) {
    int digit = peek_char(parser);
    int value = digit >= '0' && digit <= '9' ? digit - '0' : (digit | 32) >= 'a' && (digit | 32) <= 'f' ? (digit | 32) - 'a' + 10 : 99;
    if (value >= base) break;
    next_char(parser);
    code = code * base + value;
  }
  return code & 255;
}

// $'...' of POSIX.1-2024.
static void read_dollar_quotes(struct parser *parser, struct parts *parts) {
  next_char(parser);
  add_empty(parser, parts);
  for (;;) {
    int byte = next_char(parser);
    if (byte == end_of_text) {
      syntax_error(parser, "Unterminated quoted string");
      return;
    }
    if (byte == '\'') return;
    if (byte == '\\') byte = escape_code(parser, next_char(parser));
    if (byte > 0) add(parser, parts, part_quoted, byte);
  }
}

static void read_expansion(struct parser *parser, struct parts *parts, enum quoting quoting, int byte) {
  if (byte == '$' && quoting == quoting_none && peek_char(parser) == '\'') {
    read_dollar_quotes(parser, parts);
    return;
  }
  struct part *part = byte == '$' ? read_dollar(parser, is_double(quoting)) : read_backquotes(parser, is_double(quoting));
  if (part == NULL) {
    if (!parser->has_failed) add(parser, parts, is_double(quoting) ? part_quoted : part_plain, byte);
    return;
  }
  flush(parser, parts);
  append(parts, part);
}

// To the closer, which is taken; without quoting to what ends a word, which is not.
struct part *read_word(struct parser *parser, enum quoting quoting, int closer) {
  struct parts parts = {.end = &parts.first};
  int parentheses = 0;
  for (;;) {
    int byte = next_char(parser);
    if (parentheses == 0 && is_at_end(parser, quoting, closer, byte)) {
      if (quoting == quoting_none) push_char(parser, byte);
      break;
    }
    if (byte == end_of_text) {
      syntax_error(parser, "Missing '))'");
      break;
    }
    if (quoting == quoting_arithmetic) parentheses += byte == '(' ? 1 : byte == ')' ? -1 : 0;
    if (byte == '\\') read_backslash(parser, &parts, quoting, closer);
    else if (byte == '\'' && !is_double(quoting)) read_single_quotes(parser, &parts);
    else if (byte == '"' && (!is_double(quoting) || quoting == quoting_brace_double)) read_double_quotes(parser, &parts);
    else if (byte == '$' || byte == '`') read_expansion(parser, &parts, quoting, byte);
    else add(parser, &parts, is_double(quoting) ? part_quoted : part_plain, byte);
  }
  flush(parser, &parts);
  text_free(&parts.text);
  return parts.first;
}

struct part *parse_text(const char *text, struct region *region) {
  struct parser parser;
  parser_open(&parser, text, strlen(text), region);
  struct part *parts = read_word(&parser, quoting_here, end_of_text);
  parser_close(&parser);
  return parser.has_failed ? NULL : parts;
}
