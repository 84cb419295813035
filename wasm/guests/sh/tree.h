// The tree of a program. Everything in it is of one region, and does not change once it is parsed.
#ifndef SH_TREE_H
#define SH_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

enum part_kind {
  part_plain,  // may hold a tilde and characters of patterns
  part_quoted, // as it is
  part_parameter,
  part_command,
  part_arithmetic,
};

enum operation {
  operation_none,
  operation_default,  // -
  operation_assign,   // =
  operation_error,    // ?
  operation_instead,  // +
  operation_prefix,   // #
  operation_prefixes, // ##
  operation_suffix,   // %
  operation_suffixes, // %%
  operation_length,   // #name
  operation_slice,    // :from:count
  operation_replace,  // /pattern/text
  operation_replace_all,
  operation_bad, // an error once it is expanded, as POSIX has it
};

struct part {
  struct part *next;
  uint8_t kind;
  bool quoted;       // what comes of it is neither split nor a pattern
  uint8_t operation; // of a parameter
  bool colon;        // empty is as unset
  char *text;        // plain, quoted: itself; of a parameter: its name
  struct part *word; // what an operation needs, or an expression
  struct part *more; // what comes after a second colon or slash
  struct node *command;
};

struct word {
  struct word *next;
  struct part *parts;
};

enum redirection_kind {
  redirection_read,
  redirection_write,
  redirection_clobber, // >|
  redirection_append,
  redirection_both, // <>
  redirection_same, // <& and >&
  redirection_here,
};

struct redirection {
  struct redirection *next;
  uint8_t kind;
  int32_t descriptor;
  struct part *word; // or the text of a here-document
};

enum node_kind {
  node_simple,
  node_function,
  node_group,
  node_subshell,
  node_pipeline,
  node_not,
  node_and,
  node_or,
  node_list,
  node_background,
  node_if,
  node_while,
  node_until,
  node_for,
  node_case,
  node_item, // of a case
};

struct node {
  struct node *next; // in a list, a pipeline, or among the items of a case
  uint8_t kind;
  bool flag; // for: it has `in`; item: the next one is run too
  uint32_t line;
  char *name;                       // for, function
  struct word *assignments, *words; // `name=value`; arguments, words of for and case, patterns of an item
  struct redirection *redirections;
  struct node *first, *second, *third;
};

// A tree as bytes, and back: how functions outlast the text they came in, and how a subshell gets its program.
struct pack {
  bool is_loading;
  bool has_failed; // what is loaded ends too early
  struct text bytes;
  size_t at;
  struct region *region; // where loaded things go
};
void pack_number(struct pack *pack, int64_t *number);
void pack_string(struct pack *pack, char **string); // NULL stays NULL
void pack_bytes(struct pack *pack, struct text *bytes);
void pack_node(struct pack *pack, struct node **node);

// A command in one line, for the list of jobs.
void tree_text(const struct node *node, struct text *text);

#endif
