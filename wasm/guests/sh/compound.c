// Compound commands.
#include <string.h>

#include "parser.h"

// Commands, of which there must be one.
static struct node *parse_body(struct parser *parser) {
  struct node *body = parse_list(parser, false);
  if (body == NULL && !parser->has_failed) unexpected(parser, token_none);
  return body;
}

static struct node *parse_between(struct parser *parser, enum node_kind kind, enum token end) {
  struct node *node = new_node(parser, kind);
  take(parser);
  node->first = parse_body(parser);
  return expect(parser, end, look_reserved) ? node : NULL;
}

static struct node *parse_if(struct parser *parser) {
  struct node *node = new_node(parser, node_if);
  take(parser);
  node->first = parse_body(parser);
  if (!expect(parser, token_then, look_reserved)) return NULL;
  node->second = parse_body(parser);
  enum token token = look(parser, look_reserved);
  if (token == token_elif) {
    if (!go_deeper(parser)) return NULL;
    node->third = parse_if(parser);
    parser->depth--;
    return node->third == NULL ? NULL : node;
  }
  if (token == token_else) {
    take(parser);
    node->third = parse_body(parser);
  }
  return expect(parser, token_fi, look_reserved) ? node : NULL;
}

static struct node *parse_do(struct parser *parser) {
  if (!expect(parser, token_do, look_reserved | look_lines)) return NULL;
  struct node *body = parse_body(parser);
  return expect(parser, token_done, look_reserved) ? body : NULL;
}

static struct node *parse_while(struct parser *parser, enum node_kind kind) {
  struct node *node = new_node(parser, kind);
  take(parser);
  node->first = parse_body(parser);
  node->second = parse_do(parser);
  return node->second == NULL ? NULL : node;
}

static void parse_words(struct parser *parser, struct word **end) {
  while (look(parser, 0) == token_word) {
    *end = region_get(parser->region, sizeof **end);
    (*end)->parts = parser->word;
    end = &(*end)->next;
    take(parser);
  }
}

static struct node *parse_for(struct parser *parser) {
  struct node *node = new_node(parser, node_for);
  take(parser);
  const char *name = look(parser, 0) == token_word ? plain_word(parser->word) : NULL;
  if (name == NULL || name_size(name) != strlen(name)) return syntax_error(parser, "Bad for loop variable");
  node->name = parser->word->text;
  take(parser);
  if (look(parser, look_reserved | look_lines) == token_in) {
    node->flag = true;
    take(parser);
    parse_words(parser, &node->words);
    if (look(parser, 0) != token_newline && !expect(parser, token_semi, 0)) return NULL;
  } else if (look(parser, 0) == token_semi) {
    take(parser);
  }
  node->first = parse_do(parser);
  return node->first == NULL ? NULL : node;
}

static struct node *parse_item(struct parser *parser) {
  struct node *item = new_node(parser, node_item);
  struct word **end = &item->words;
  if (look(parser, 0) == token_open) take(parser);
  for (;;) {
    if (look(parser, 0) != token_word) return unexpected(parser, token_none);
    *end = region_get(parser->region, sizeof **end);
    (*end)->parts = parser->word;
    end = &(*end)->next;
    take(parser);
    if (look(parser, 0) != token_pipe) break;
    take(parser);
  }
  if (!expect(parser, token_close, 0)) return NULL;
  item->first = parse_list(parser, false);
  return item;
}

static struct node *parse_case(struct parser *parser) {
  struct node *node = new_node(parser, node_case);
  struct node **end = &node->first;
  take(parser);
  if (look(parser, 0) != token_word) return unexpected(parser, token_none);
  node->words = region_get(parser->region, sizeof *node->words);
  node->words->parts = parser->word;
  take(parser);
  if (!expect(parser, token_in, look_reserved | look_lines)) return NULL;
  while (look(parser, look_reserved | look_lines) != token_esac) {
    *end = parse_item(parser);
    if (*end == NULL || parser->has_failed) return NULL;
    enum token token = look(parser, look_reserved | look_lines);
    if (token == token_semi_semi || token == token_semi_and) {
      (*end)->flag = token == token_semi_and;
      take(parser);
    } else if (token != token_esac) {
      return unexpected(parser, token_semi_semi);
    }
    end = &(*end)->next;
  }
  take(parser);
  return node;
}

struct node *parse_compound(struct parser *parser, enum token token) {
  switch (token) {
    case token_open: return parse_between(parser, node_subshell, token_close);
    case token_brace: return parse_between(parser, node_group, token_brace_end);
    case token_if: return parse_if(parser);
    case token_while: return parse_while(parser, node_while);
    case token_until: return parse_while(parser, node_until);
    case token_for: return parse_for(parser);
    case token_case: return parse_case(parser);
    default: return unexpected(parser, token_none);
  }
}
