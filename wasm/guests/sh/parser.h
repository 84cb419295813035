// From text to trees: POSIX, "Shell Command Language", 2.2 to 2.10. Parsing never fails half-way: after an error the text is as if at its
// end, so that every function comes back by itself (there is no longjmp without exceptions in WASI's libc).
#ifndef SH_PARSER_H
#define SH_PARSER_H

#include "tree.h"

enum token {
  token_none,
  token_end,
  token_newline,
  token_semi,
  token_semi_semi,
  token_semi_and,
  token_and_background,
  token_and,
  token_or,
  token_pipe,
  token_open,
  token_close,
  token_redirection,
  token_word,
  token_not, // reserved words, in the order of reserved_words
  token_brace,
  token_brace_end,
  token_case,
  token_do,
  token_done,
  token_elif,
  token_else,
  token_esac,
  token_fi,
  token_for,
  token_if,
  token_in,
  token_then,
  token_until,
  token_while,
};

enum { end_of_text = -1 };

// A piece of text; an alias is one above the text where it was met.
struct source {
  struct source *below;
  const char *at, *end;
  struct entry *alias; // not looked up again while its text lasts
  bool is_closed;      // what is below is not read on at its end
};

struct here {
  struct here *next;
  struct redirection *redirection;
  char *delimiter;
  bool is_quoted, strips_tabs;
};

struct parser {
  struct region *region; // for what is parsed
  struct source *source;
  struct source base;
  int pushed; // a character that was read too far, or -2
  // More of the text; false at its end. NULL: there is no more.
  bool (*refill)(struct parser *parser);
  void *reader; // what refill works on
  uint32_t line;
  bool has_failed, at_end, is_continued; // continued: in the middle of a command
  int depth;

  enum token token; // the one ahead
  struct part *word;
  enum redirection_kind kind;
  int descriptor;
  bool is_alias_tried, tries_alias; // of the one ahead; that next to an alias that ended with a blank
  bool strips_tabs;
  struct here *heres;
};

enum look {
  look_reserved = 1,
  look_alias = 2,
  look_lines = 4, // over newlines
  look_command = look_reserved | look_alias,
};

enum quoting {
  quoting_none,
  quoting_double,
  quoting_brace,        // after an operation in ${ }
  quoting_brace_double, // that, in double quotes
  quoting_arithmetic,
  quoting_here,
};

void parser_open(struct parser *parser, const char *text, size_t size, struct region *region);
void parser_close(struct parser *parser);
// The next command line. NULL with `at_end` when there is nothing more, or with `has_failed`; NULL alone is an empty line.
struct node *parse_line(struct parser *parser);
// Text with expansions, as in a here-document.
struct part *parse_text(const char *text, struct region *region);

int next_char(struct parser *parser);
void push_char(struct parser *parser, int byte);
int peek_char(struct parser *parser);
void push_source(struct parser *parser, const char *text, size_t size, struct entry *alias, bool is_closed);
void drop_source(struct parser *parser);

enum token look(struct parser *parser, int flags);
void take(struct parser *parser);
const char *plain_word(const struct part *part); // NULL when something is quoted or expanded
bool is_reserved(const char *word);

// Appends to a list.
struct parts {
  struct part *first, **end;
  struct text text; // plain or quoted characters that are gathered
  enum part_kind kind;
};
struct part *read_word(struct parser *parser, enum quoting quoting, int closer);
struct part *read_dollar(struct parser *parser, bool is_quoted);
struct part *read_backquotes(struct parser *parser, bool is_quoted);
struct part *new_part(struct parser *parser, enum part_kind kind, bool is_quoted);

struct node *parse_list(struct parser *parser, bool is_line);
struct node *parse_and_or(struct parser *parser);
struct node *parse_command(struct parser *parser);
struct node *parse_compound(struct parser *parser, enum token token);
struct node *new_node(struct parser *parser, enum node_kind kind);
bool expect(struct parser *parser, enum token token, int flags);
void *unexpected(struct parser *parser, enum token wanted);
void *syntax_error(struct parser *parser, const char *message);
void parse_redirections(struct parser *parser, struct redirection ***end);
void read_heres(struct parser *parser);

bool is_name_start(int byte);
bool is_name_byte(int byte);
// One level deeper; false, with an error, when that is too deep.
bool go_deeper(struct parser *parser);
// How many bytes of it are a name.
size_t name_size(const char *text);

#endif
