// Here-documents: what follows the line that names them.
#include <string.h>

#include "parser.h"

// One line without its end; false at the end of the text.
static bool read_line(struct parser *parser, const struct here *here, struct text *line) {
  int byte = next_char(parser);
  line->size = 0;
  while (here->strips_tabs && byte == '\t') byte = next_char(parser);
  if (byte == end_of_text) return false;
  for (; byte != '\n' && byte != end_of_text; byte = next_char(parser)) {
    if (byte == '\\' && !here->is_quoted) {
      int escaped = next_char(parser);
      if (escaped == '\n') continue;
      text_put(line, '\\');
      if (escaped == end_of_text) break;
      byte = escaped;
    }
    text_put(line, (char)byte);
  }
  return true;
}

static void read_here(struct parser *parser, const struct here *here) {
  struct text body = {0}, line = {0};
  while (read_line(parser, here, &line) && strcmp(text_end(&line), here->delimiter) != 0) {
    text_add(&body, line.bytes, line.size);
    text_put(&body, '\n');
  }
  if (here->is_quoted) {
    struct part *part = new_part(parser, part_quoted, true);
    part->text = region_copy(parser->region, text_end(&body), body.size);
    here->redirection->word = part;
  } else {
    push_source(parser, text_end(&body), body.size, NULL, true);
    struct source *source = parser->source;
    struct here *others = parser->heres;
    parser->heres = NULL;
    here->redirection->word = read_word(parser, quoting_here, end_of_text);
    parser->heres = others;
    parser->pushed = -2;
    while (parser->source != source) drop_source(parser);
    drop_source(parser);
  }
  text_free(&body);
  text_free(&line);
}

void read_heres(struct parser *parser) {
  struct here *here = parser->heres;
  parser->heres = NULL;
  for (; here != NULL && !parser->has_failed; here = here->next) read_here(parser, here);
}
