// A command in one line, for the list of jobs.
#include "tree.h"

#include <string.h>

static void add_parts(struct text *text, const struct part *part) {
  for (; part != NULL; part = part->next) {
    switch (part->kind) {
      case part_plain: text_string(text, part->text); break;
      case part_quoted:
        text_put(text, '\'');
        text_string(text, part->text);
        text_put(text, '\'');
        break;
      case part_parameter:
        text_string(text, part->operation == operation_none ? "$" : "${");
        text_string(text, part->text == NULL ? "" : part->text);
        if (part->operation != operation_none) text_string(text, "...}");
        break;
      case part_command:
        text_string(text, "$(");
        tree_text(part->command, text);
        text_put(text, ')');
        break;
      default:
        text_string(text, "$((");
        add_parts(text, part->word);
        text_string(text, "))");
    }
  }
}

static void add_words(struct text *text, const struct word *word) {
  for (; word != NULL; word = word->next) {
    if (text->size > 0 && strchr(" (", text->bytes[text->size - 1]) == NULL) text_put(text, ' ');
    add_parts(text, word->parts);
  }
}

static void add_redirections(struct text *text, const struct redirection *redirection) {
  static const char *const signs[] = {"<", ">", ">|", ">>", "<>", ">&", "<<..."};
  for (; redirection != NULL; redirection = redirection->next) {
    text_put(text, ' ');
    bool reads = redirection->kind == redirection_read || redirection->kind == redirection_both || redirection->kind == redirection_here;
    if (redirection->descriptor != (reads ? 0 : 1)) text_number(text, redirection->descriptor);
    text_string(text, signs[redirection->kind]);
    if (redirection->kind != redirection_here) add_parts(text, redirection->word);
  }
}

static void add_between(struct text *text, const char *before, const struct node *node, const char *after) {
  text_string(text, before);
  tree_text(node, text);
  text_string(text, after);
}

static void add_joined(struct text *text, const struct node *node, const char *between) {
  for (const struct node *each = node->first; each != NULL; each = each->next) {
    if (each != node->first) text_string(text, between);
    tree_text(each, text);
  }
}

static void add_if(struct text *text, const struct node *node) {
  add_between(text, "if ", node->first, "; then ");
  tree_text(node->second, text);
  if (node->third != NULL) add_between(text, "; else ", node->third, "");
  text_string(text, "; fi");
}

static void add_loop(struct text *text, const struct node *node) {
  text_string(text, node->kind == node_for ? "for " : node->kind == node_while ? "while " : "until ");
  if (node->kind == node_for) {
    text_string(text, node->name);
    if (node->flag) text_string(text, " in");
    add_words(text, node->words);
  } else {
    tree_text(node->first, text);
  }
  add_between(text, "; do ", node->kind == node_for ? node->first : node->second, "; done");
}

void tree_text(const struct node *node, struct text *text) {
  if (node == NULL) return;
  switch (node->kind) {
    case node_simple:
      add_words(text, node->assignments);
      add_words(text, node->words);
      break;
    case node_function: add_between(text, node->name, NULL, "() ..."); break;
    case node_group: add_between(text, "{ ", node->first, "; }"); break;
    case node_subshell: add_between(text, "(", node->first, ")"); break;
    case node_pipeline: add_joined(text, node, " | "); break;
    case node_not: add_between(text, "! ", node->first, ""); break;
    case node_and:
    case node_or:
      add_between(text, "", node->first, node->kind == node_and ? " && " : " || ");
      tree_text(node->second, text);
      break;
    case node_list: add_joined(text, node, "; "); break;
    case node_background: add_between(text, "", node->first, " &"); break;
    case node_if: add_if(text, node); break;
    case node_while:
    case node_until:
    case node_for: add_loop(text, node); break;
    default:
      text_string(text, "case ");
      add_words(text, node->words);
      text_string(text, " in ... esac");
  }
  add_redirections(text, node->redirections);
}
