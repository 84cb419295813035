// Tokens.
#include <string.h>

#include "parser.h"
#include "variables.h"

static const char *const reserved_words[] = {
    "!",  "{",  "}",   "case", "do", "done", "elif",  "else",
    "esac", "fi", "for", "if",   "in", "then", "until", "while",
};
enum { reserved_count = sizeof reserved_words / sizeof *reserved_words };

static enum token reserved_token(const char *word) {
  for (int index = 0; word != NULL && index < reserved_count; index++) {
    if (strcmp(word, reserved_words[index]) == 0) return (enum token)(token_not + index);
  }
  return token_word;
}

bool is_reserved(const char *word) { return reserved_token(word) != token_word; }

const char *plain_word(const struct part *part) {
  return part != NULL && part->kind == part_plain && part->next == NULL ? part->text : NULL;
}

static int next_start(struct parser *parser) {
  for (;;) {
    int byte = next_char(parser);
    if (byte == ' ' || byte == '\t') continue;
    if (byte == '\\' && peek_char(parser) == '\n') {
      next_char(parser);
      continue;
    }
    if (byte == '#') {
      while (byte != '\n' && byte != end_of_text) byte = next_char(parser);
    }
    return byte;
  }
}

// Whether the next character is this one, which is taken then.
static bool follows(struct parser *parser, int byte) {
  if (peek_char(parser) != byte) return false;
  next_char(parser);
  return true;
}

static enum token redirection(struct parser *parser, int byte, int descriptor) {
  parser->descriptor = descriptor >= 0 ? descriptor : byte == '<' ? 0 : 1;
  parser->strips_tabs = false;
  if (byte == '>') {
    parser->kind = follows(parser, '>')   ? redirection_append
                   : follows(parser, '|') ? redirection_clobber
                   : follows(parser, '&') ? redirection_same
                                          : redirection_write;
    return token_redirection;
  }
  if (follows(parser, '<')) {
    parser->kind = redirection_here;
    parser->strips_tabs = follows(parser, '-');
    return token_redirection;
  }
  parser->kind = follows(parser, '&') ? redirection_same : follows(parser, '>') ? redirection_both : redirection_read;
  return token_redirection;
}

static enum token word_token(struct parser *parser, int byte) {
  push_char(parser, byte);
  parser->word = read_word(parser, quoting_none, end_of_text);
  if (parser->has_failed) return token_end;
  int after = peek_char(parser);
  const char *plain = plain_word(parser->word);
  if ((after == '<' || after == '>') && plain != NULL && plain[0] >= '0' && plain[0] <= '9' && plain[1] == '\0') {
    next_char(parser);
    return redirection(parser, after, plain[0] - '0');
  }
  return token_word;
}

static enum token read_token(struct parser *parser) {
  int byte = next_start(parser);
  switch (byte) {
    case end_of_text: return token_end;
    case '\n': read_heres(parser); return token_newline;
    case ';': return follows(parser, ';') ? token_semi_semi : follows(parser, '&') ? token_semi_and : token_semi;
    case '&': return follows(parser, '&') ? token_and : token_and_background;
    case '|': return follows(parser, '|') ? token_or : token_pipe;
    case '(': return token_open;
    case ')': return token_close;
    case '<':
    case '>': return redirection(parser, byte, -1);
    default: return word_token(parser, byte);
  }
}

static bool is_in_use(const struct parser *parser, const struct entry *alias) {
  for (const struct source *source = parser->source; source != NULL; source = source->below) {
    if (source->alias == alias) return true;
  }
  return false;
}

static bool expand_alias(struct parser *parser) {
  const char *word = plain_word(parser->word);
  struct entry *alias = word == NULL ? NULL : alias_find(word);
  if (alias == NULL || is_in_use(parser, alias)) return false;
  // What was read too far comes after the alias.
  int after = next_char(parser);
  if (after != end_of_text) push_source(parser, (const char[]){(char)after}, 1, NULL, false);
  if (*alias->value != '\0') push_source(parser, alias->value, strlen(alias->value), alias, false);
  return true;
}

enum token look(struct parser *parser, int flags) {
  for (;;) {
    if (parser->has_failed) return token_end;
    if (parser->token == token_none) {
      parser->is_alias_tried = false;
      bool after_alias = parser->tries_alias;
      parser->tries_alias = false;
      parser->token = read_token(parser);
      // The alias before may have come to its end while blanks were skipped.
      if (after_alias || parser->tries_alias) flags |= look_alias;
      parser->tries_alias = false;
    }
    if (parser->token == token_newline && (flags & look_lines) != 0) {
      take(parser);
      continue;
    }
    if (parser->token != token_word) return parser->token;
    enum token reserved = (flags & look_reserved) != 0 ? reserved_token(plain_word(parser->word)) : token_word;
    if (reserved != token_word) return reserved;
    if ((flags & look_alias) == 0 || parser->is_alias_tried) return token_word;
    parser->is_alias_tried = true;
    if (!expand_alias(parser)) return token_word;
    parser->token = token_none;
  }
}

void take(struct parser *parser) { parser->token = token_none; }
