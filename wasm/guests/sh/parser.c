// Lists, pipelines and simple commands.
#include "parser.h"

#include <string.h>

#include "shell.h"

enum { deepest = 400 };

static const char *const names[] = {
    [token_end] = "end of file",
    [token_newline] = "newline",
    [token_semi] = "\";\"",
    [token_semi_semi] = "\";;\"",
    [token_semi_and] = "\";&\"",
    [token_and_background] = "\"&\"",
    [token_and] = "\"&&\"",
    [token_or] = "\"||\"",
    [token_pipe] = "\"|\"",
    [token_open] = "\"(\"",
    [token_close] = "\")\"",
    [token_redirection] = "redirection",
    [token_word] = "word",
    [token_not] = "\"!\"",
    [token_brace] = "\"{\"",
    [token_brace_end] = "\"}\"",
    [token_case] = "\"case\"",
    [token_do] = "\"do\"",
    [token_done] = "\"done\"",
    [token_elif] = "\"elif\"",
    [token_else] = "\"else\"",
    [token_esac] = "\"esac\"",
    [token_fi] = "\"fi\"",
    [token_for] = "\"for\"",
    [token_if] = "\"if\"",
    [token_in] = "\"in\"",
    [token_then] = "\"then\"",
    [token_until] = "\"until\"",
    [token_while] = "\"while\"",
};

void *syntax_error(struct parser *parser, const char *message) {
  if (parser->has_failed) return NULL;
  parser->has_failed = true;
  shell.line = parser->line;
  complain("Syntax error: %s", message);
  return NULL;
}

bool go_deeper(struct parser *parser) {
  if (parser->depth < deepest && system_has_stack()) return ++parser->depth > 0;
  syntax_error(parser, "nested too deeply");
  return false;
}

void *unexpected(struct parser *parser, enum token wanted) {
  enum token token = look(parser, look_reserved);
  struct text message = {0};
  const char *word = token == token_word ? plain_word(parser->word) : NULL;
  if (word != NULL) {
    text_put(&message, '"');
    text_string(&message, word);
    text_put(&message, '"');
  } else {
    text_string(&message, names[token]);
  }
  text_string(&message, " unexpected");
  if (wanted != token_none) {
    text_string(&message, " (expecting ");
    text_string(&message, names[wanted]);
    text_put(&message, ')');
  }
  syntax_error(parser, text_end(&message));
  text_free(&message);
  return NULL;
}

bool expect(struct parser *parser, enum token token, int flags) {
  if (look(parser, flags) != token) {
    unexpected(parser, token);
    return false;
  }
  take(parser);
  return true;
}

struct node *new_node(struct parser *parser, enum node_kind kind) {
  struct node *node = region_get(parser->region, sizeof *node);
  node->kind = kind;
  node->line = parser->line;
  return node;
}

static bool has_quotes(const struct part *part) {
  for (; part != NULL; part = part->next) {
    if (part->kind == part_quoted) return true;
  }
  return false;
}

// Quotes are taken off a delimiter, and nothing else is done with it.
static char *delimiter_of(struct parser *parser, const struct part *part) {
  struct text text = {0};
  for (; part != NULL; part = part->next) {
    if (part->kind <= part_quoted) text_string(&text, part->text);
    else syntax_error(parser, "the end of a here-document cannot be expanded");
  }
  char *copy = region_copy(parser->region, text_end(&text), text.size);
  text_free(&text);
  return copy;
}

static void remember_here(struct parser *parser, struct redirection *redirection, bool strips_tabs) {
  struct here *here = region_get(parser->region, sizeof *here);
  struct here **end = &parser->heres;
  *here = (struct here){
      .redirection = redirection,
      .delimiter = delimiter_of(parser, redirection->word),
      .is_quoted = has_quotes(redirection->word),
      .strips_tabs = strips_tabs,
  };
  redirection->word = NULL;
  while (*end != NULL) end = &(*end)->next;
  *end = here;
}

void parse_redirections(struct parser *parser, struct redirection ***end) {
  while (look(parser, 0) == token_redirection) {
    struct redirection *redirection = region_get(parser->region, sizeof *redirection);
    bool strips_tabs = parser->strips_tabs;
    redirection->kind = parser->kind;
    redirection->descriptor = parser->descriptor;
    take(parser);
    if (look(parser, 0) != token_word) {
      unexpected(parser, token_none);
      return;
    }
    redirection->word = parser->word;
    take(parser);
    if (redirection->kind == redirection_here) remember_here(parser, redirection, strips_tabs);
    **end = redirection;
    *end = &redirection->next;
  }
}

static bool is_assignment(const struct part *part) {
  if (part->kind != part_plain) return false;
  size_t size = name_size(part->text);
  return size > 0 && part->text[size] == '=';
}

static struct node *parse_function(struct parser *parser, struct node *node) {
  const char *name = plain_word(node->words->parts);
  take(parser);
  if (!expect(parser, token_close, 0)) return NULL;
  if (name == NULL || strchr(name, '/') != NULL) return syntax_error(parser, "Bad function name");
  node->kind = node_function;
  node->name = node->words->parts->text;
  node->words = NULL;
  look(parser, look_command | look_lines);
  node->first = parse_command(parser);
  return node;
}

static struct node *parse_simple(struct parser *parser) {
  struct node *node = new_node(parser, node_simple);
  struct word **words = &node->words, **assignments = &node->assignments;
  struct redirection **redirections = &node->redirections;
  for (;;) {
    enum token token = look(parser, node->words == NULL ? look_alias : 0);
    if (token == token_redirection) {
      parse_redirections(parser, &redirections);
    } else if (token == token_word) {
      struct word *word = region_get(parser->region, sizeof *word);
      struct word ***end = node->words == NULL && is_assignment(parser->word) ? &assignments : &words;
      word->parts = parser->word;
      **end = word;
      *end = &word->next;
      take(parser);
    } else {
      bool is_one_word = node->words != NULL && node->words->next == NULL && node->assignments == NULL && node->redirections == NULL;
      if (token == token_open && is_one_word) return parse_function(parser, node);
      if (node->words == NULL && node->assignments == NULL && node->redirections == NULL) return unexpected(parser, token_none);
      return node;
    }
  }
}

struct node *parse_command(struct parser *parser) {
  enum token token = look(parser, look_command);
  if (token <= token_word && token != token_open) return parse_simple(parser);
  if (!go_deeper(parser)) return NULL;
  struct node *node = parse_compound(parser, token);
  parser->depth--;
  if (node == NULL) return NULL;
  struct redirection **end = &node->redirections;
  parse_redirections(parser, &end);
  return node;
}

static struct node *parse_pipeline(struct parser *parser) {
  bool is_not = false;
  while (look(parser, look_command) == token_not) {
    take(parser);
    is_not = !is_not;
  }
  struct node *node = parse_command(parser);
  if (node != NULL && look(parser, 0) == token_pipe) {
    struct node *pipeline = new_node(parser, node_pipeline);
    struct node **end = &node->next;
    pipeline->first = node;
    while (look(parser, 0) == token_pipe && !parser->has_failed) {
      take(parser);
      look(parser, look_command | look_lines);
      *end = parse_command(parser);
      if (*end == NULL) return NULL;
      end = &(*end)->next;
    }
    node = pipeline;
  }
  if (!is_not || node == NULL) return node;
  struct node *not = new_node(parser, node_not);
  not->first = node;
  return not;
}

struct node *parse_and_or(struct parser *parser) {
  struct node *node = parse_pipeline(parser);
  for (;;) {
    enum token token = look(parser, 0);
    if (node == NULL || (token != token_and && token != token_or)) return node;
    take(parser);
    look(parser, look_command | look_lines);
    struct node *both = new_node(parser, token == token_and ? node_and : node_or);
    both->first = node;
    both->second = parse_pipeline(parser);
    node = both;
  }
}

static bool ends_list(enum token token) {
  return token == token_end || token == token_close || token == token_semi_semi || token == token_semi_and ||
         token == token_brace_end || token == token_do || token == token_done || token == token_elif || token == token_else ||
         token == token_esac || token == token_fi || token == token_then;
}

// The commands up to what cannot begin one, or of one line.
struct node *parse_list(struct parser *parser, bool is_line) {
  struct node *first = NULL, **end = &first;
  int lines = is_line ? 0 : look_lines;
  while (!ends_list(look(parser, look_command | lines)) && !parser->has_failed) {
    if (parser->token == token_newline) break;
    struct node *node = parse_and_or(parser);
    if (node == NULL) return NULL;
    enum token token = look(parser, 0);
    if (token == token_and_background) {
      struct node *background = new_node(parser, node_background);
      background->first = node;
      node = background;
    }
    *end = node;
    end = &node->next;
    if (token != token_and_background && token != token_semi && token != token_newline) break;
    if (token != token_newline) take(parser);
    else if (is_line) break;
  }
  if (first == NULL || first->next == NULL) return first;
  struct node *list = new_node(parser, node_list);
  list->first = first;
  return list;
}

struct node *parse_line(struct parser *parser) {
  parser->is_continued = false;
  enum token token = look(parser, look_command);
  if (token == token_newline) {
    take(parser);
    return NULL;
  }
  if (token == token_end) {
    parser->at_end = !parser->has_failed;
    return NULL;
  }
  parser->is_continued = true;
  struct node *node = parse_list(parser, true);
  if (parser->has_failed) return NULL;
  token = look(parser, 0);
  if (token == token_newline) take(parser);
  else if (token == token_end) read_heres(parser);
  else return unexpected(parser, token_none);
  return parser->has_failed ? NULL : node;
}
