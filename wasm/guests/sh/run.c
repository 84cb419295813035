#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "jobs.h"
#include "traps.h"
#include "variables.h"

static int tested; // how many conditions the command at hand is in

void tested_begin(void) { tested++; }
void tested_end(void) { tested--; }

int tested_suspend(void) {
  int suspended = tested;
  tested = 0;
  return suspended;
}

void tested_resume(int suspended) { tested = suspended; }

void check_errexit(void) {
  if (shell.status != 0 && shell.options[option_errexit] && tested == 0 && shell.unwind == unwind_none) shell.unwind = unwind_exit;
}

static int run_tested(struct node *node) {
  tested_begin();
  int status = run(node, 0);
  tested_end();
  return status;
}

OWN_FRAME static int run_if(struct node *node, int flags) {
  int status = run_tested(node->first);
  if (shell.unwind != unwind_none) return status;
  if (status == 0) return run(node->second, flags);
  return node->third == NULL ? 0 : run(node->third, flags);
}

// Whether a loop is to be left; break and continue end here, or go to loops around.
static bool leaves_loop(void) {
  if (shell.unwind == unwind_none) return false;
  if (shell.unwind != unwind_break && shell.unwind != unwind_continue) return true;
  if (--shell.unwind_count > 0) return true;
  bool leaves = shell.unwind == unwind_break;
  shell.unwind = unwind_none;
  return leaves;
}

OWN_FRAME static int run_while(struct node *node) {
  int status = 0;
  shell.loops++;
  for (;;) {
    struct mark mark = region_mark(&scratch);
    bool holds = (run_tested(node->first) == 0) == (node->kind == node_while);
    if (leaves_loop()) {
      if (shell.unwind != unwind_none) status = shell.status;
      break;
    }
    if (!holds) break;
    status = run(node->second, 0);
    region_release(&scratch, mark);
    if (leaves_loop()) break;
  }
  shell.loops--;
  return status;
}

OWN_FRAME static int run_for(struct node *node) {
  struct fields words = {0};
  int status = 0;
  if (node->flag) expand_words(node->words, &words);
  else for (int number = 1; number <= arguments_count(); number++) fields_add(&words, region_copy(&scratch, argument(number), strlen(argument(number))));
  shell.loops++;
  for (int index = 0; index < words.count && shell.unwind == unwind_none; index++) {
    struct mark mark = region_mark(&scratch);
    if (!variable_set(node->name, words.values[index])) {
      shell.unwind = unwind_error;
      status = 2;
      break;
    }
    status = run(node->first, 0);
    region_release(&scratch, mark);
    if (leaves_loop()) break;
  }
  shell.loops--;
  return shell.unwind == unwind_error ? shell.status : status;
}

OWN_FRAME static bool item_matches(const struct node *item, const char *text) {
  for (const struct word *word = item->words; word != NULL && shell.unwind == unwind_none; word = word->next) {
    struct marked marked;
    bool is_expanded = expand_marked(word->parts, &marked);
    bool has = is_expanded && matches((struct pattern){marked.bytes.bytes, marked.marks.bytes, marked.bytes.size}, text, strlen(text));
    marked_free(&marked);
    if (has) return true;
  }
  return false;
}

OWN_FRAME static int run_case(struct node *node, int flags) {
  shell.substituted = -1;
  const char *text = expand_string(node->words->parts, 0);
  int status = 0;
  if (text == NULL) return shell.status;
  struct node *item = node->first;
  while (item != NULL && !item_matches(item, text)) item = item->next;
  for (; item != NULL && shell.unwind == unwind_none; item = item->next) {
    if (item->first != NULL) status = run(item->first, item->flag ? 0 : flags);
    else status = 0;
    if (!item->flag) break;
  }
  return shell.unwind == unwind_none ? status : shell.status;
}

OWN_FRAME static int run_list(struct node *node, int flags) {
  for (struct node *each = node->first; each != NULL && shell.unwind == unwind_none; each = each->next) {
    run(each, each->next == NULL ? flags : 0);
  }
  return shell.status;
}

OWN_FRAME static int run_and_or(struct node *node, int flags) {
  int status = run_tested(node->first);
  if (shell.unwind != unwind_none || (status == 0) != (node->kind == node_and)) return status;
  return run(node->second, flags);
}

OWN_FRAME static int run_not(struct node *node) {
  int status = run_tested(node->first);
  return shell.unwind == unwind_none ? status == 0 : status;
}

static int run_kind(struct node *node, int flags) {
  switch (node->kind) {
    case node_simple: return run_simple(node, flags);
    case node_function: function_define(node->name, node->first); return 0;
    case node_group: return run(node->first, flags);
    case node_subshell: return run_subshell(node, flags);
    case node_pipeline: return run_pipeline(node);
    case node_not: return run_not(node);
    case node_and:
    case node_or: return run_and_or(node, flags);
    case node_list: return run_list(node, flags);
    case node_background: return run_background(node->first);
    case node_if: return run_if(node, flags);
    case node_while:
    case node_until: return run_while(node);
    case node_for: return run_for(node);
    default: return run_case(node, flags);
  }
}

OWN_FRAME static int run_redirected(struct node *node) {
  struct files before;
  int status = 2;
  files_save(&before);
  if (redirect(node->redirections)) status = run_kind(node, 0);
  files_restore(&before);
  return status;
}

int run(struct node *node, int flags) {
  if (node == NULL || shell.unwind != unwind_none) return shell.status;
  if (shell.options[option_noexec] && !shell.options[option_interactive]) return shell.status;
  if (!system_has_stack()) {
    fail("commands are nested too deeply");
    return shell.status;
  }
  // Simple commands take care of their own redirections, and so do subshells.
  bool is_redirected = node->redirections != NULL && node->kind != node_simple && node->kind != node_subshell;
  int status = is_redirected ? run_redirected(node) : run_kind(node, flags);
  if (shell.unwind == unwind_none || shell.unwind == unwind_break || shell.unwind == unwind_continue) shell.status = status;
  if (node->kind == node_simple || node->kind == node_pipeline || node->kind == node_subshell || is_redirected) check_errexit();
  if (shell.is_signalled) traps_run();
  return shell.status;
}

// Nothing but blanks is left.
static bool is_used_up(const struct parser *parser) {
  if (parser->refill != NULL || parser->source != &parser->base) return false;
  const char *at = parser->base.at;
  while (at < parser->base.end && (*at == '\n' || *at == ' ' || *at == '\t')) at++;
  return at == parser->base.end && (parser->pushed == -2 || parser->pushed == end_of_text);
}

int run_parser(struct parser *parser, int flags) {
  struct region *outer = parser->region, region = {0};
  bool has_run = false;
  parser->region = &region;
  while (shell.unwind == unwind_none) {
    struct node *node = parse_line(parser);
    if (parser->at_end || parser->has_failed) break;
    if (node != NULL) {
      struct mark mark = region_mark(&scratch);
      has_run = true;
      run(node, is_used_up(parser) ? flags : 0);
      region_release(&scratch, mark);
    }
    region_empty(&region);
  }
  if (parser->has_failed) {
    shell.status = 2;
    if (shell.unwind == unwind_none) shell.unwind = unwind_error;
  } else if (!has_run && shell.unwind == unwind_none) {
    shell.status = 0;
  }
  region_empty(&region);
  parser->region = outer;
  return shell.status;
}

int run_string(const char *text, int flags) {
  struct parser parser;
  uint32_t line = shell.line;
  parser_open(&parser, text, strlen(text), NULL);
  int status = run_parser(&parser, flags);
  parser_close(&parser);
  shell.line = line;
  return status;
}
