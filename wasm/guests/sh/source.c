// Where a parser's characters come from.
#include <stdlib.h>
#include <string.h>

#include "parser.h"

enum { none_pushed = -2 };

void parser_open(struct parser *parser, const char *text, size_t size, struct region *region) {
  *parser = (struct parser){.region = region, .line = 1, .pushed = none_pushed};
  parser->base = (struct source){.at = text, .end = text + size};
  parser->source = &parser->base;
}

void parser_close(struct parser *parser) {
  while (parser->source != &parser->base) drop_source(parser);
}

void push_source(struct parser *parser, const char *text, size_t size, struct entry *alias, bool is_closed) {
  struct source *source = memory_get(sizeof *source + size);
  char *copy = memcpy(source + 1, text, size);
  *source = (struct source){.below = parser->source, .at = copy, .end = copy + size, .alias = alias, .is_closed = is_closed};
  parser->source = source;
}

void drop_source(struct parser *parser) {
  struct source *source = parser->source;
  parser->source = source->below;
  free(source);
}

static int read_char(struct parser *parser) {
  for (;;) {
    struct source *source = parser->source;
    if (source->at < source->end) {
      unsigned char byte = (unsigned char)*source->at++;
      if (byte == '\0') continue;
      return byte;
    }
    if (source->is_closed) return end_of_text;
    if (source->below == NULL) {
      if (parser->refill == NULL || !parser->refill(parser)) return end_of_text;
      continue;
    }
    // An alias that ends with a blank has the next word looked up as well.
    if (source->alias != NULL && source->end[-1] == ' ') parser->tries_alias = true;
    drop_source(parser);
  }
}

int next_char(struct parser *parser) {
  if (parser->has_failed) return end_of_text;
  int byte = parser->pushed;
  if (byte == none_pushed) byte = read_char(parser);
  else parser->pushed = none_pushed;
  if (byte == '\n' && parser->source->below == NULL) parser->line++;
  return byte;
}

void push_char(struct parser *parser, int byte) {
  if (byte == '\n' && parser->source->below == NULL) parser->line--;
  if (parser->pushed >= 0) {
    // The second one too far.
    const char both[] = {(char)byte, (char)parser->pushed};
    push_source(parser, both, sizeof both, NULL, false);
    parser->pushed = none_pushed;
    return;
  }
  parser->pushed = byte;
}

int peek_char(struct parser *parser) {
  int byte = next_char(parser);
  push_char(parser, byte);
  return byte;
}

bool is_name_start(int byte) { return byte == '_' || ((byte | 32) >= 'a' && (byte | 32) <= 'z'); }

bool is_name_byte(int byte) { return is_name_start(byte) || (byte >= '0' && byte <= '9'); }

size_t name_size(const char *text) {
  size_t size = 0;
  if (!is_name_start((unsigned char)*text)) return 0;
  while (is_name_byte((unsigned char)text[size])) size++;
  return size;
}
