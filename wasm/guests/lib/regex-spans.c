/* Where the groups of a match are: the first way through the program that comes to the end that is known already. What was tried once is not
 * tried again, so that it takes time in proportion to program and text. With back-references there is no such promise. */

#include "regex-internal.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

struct job {
  int place;     /* an instruction, or a slot to restore as -1 - slot */
  ptrdiff_t at;  /* where in the text, or what the slot had */
};

struct walk {
  const struct program *program;
  const char *text;
  size_t length;
  struct job *jobs;
  size_t count, room;
  ptrdiff_t *slots; /* groups, then marks of loops */
};

static void push(struct walk *walk, int place, ptrdiff_t at) {
  if (walk->count == walk->room) {
    walk->room = walk->room == 0 ? 256 : walk->room * 2;
    walk->jobs = take_more(walk->jobs, walk->room * sizeof *walk->jobs);
  }
  walk->jobs[walk->count++] = (struct job){place, at};
}

static void set_slot(struct walk *walk, int slot, ptrdiff_t value) {
  push(walk, -1 - slot, walk->slots[slot]);
  walk->slots[slot] = value;
}

/* How far a back-reference goes, -1 when the text is another. */
static ptrdiff_t same_again(const struct walk *walk, int group, ptrdiff_t at) {
  ptrdiff_t begin = walk->slots[group * 2], end = walk->slots[group * 2 + 1];
  if (begin < 0 || end < begin || end - begin > (ptrdiff_t)walk->length - at) return -1;
  return memcmp(walk->text + begin, walk->text + at, (size_t)(end - begin)) == 0 ? at + end - begin : -1;
}

/* One instruction. @returns the place that comes next, -1 when this way is over, with `*at` moved on */
static int advance(struct walk *walk, int place, ptrdiff_t *at) {
  const struct instruction *now = walk->program->code + place;
  const unsigned char *text = (const unsigned char *)walk->text;
  int mark = walk->program->slots + now->y;
  switch (now->operation) {
  case OP_SET:
    if ((size_t)*at >= walk->length || !IN_SET(walk->program->sets + now->y, text[*at])) return -1;
    ++*at;
    return now->x;
  case OP_SPLIT: push(walk, now->y, *at); return now->x;
  case OP_SAVE: set_slot(walk, now->y, *at); return now->x;
  case OP_MARK: set_slot(walk, mark, *at); return now->x;
  case OP_CHECK: return walk->slots[mark] == *at ? -1 : now->x;
  case OP_BACK: *at = same_again(walk, now->y, *at); return *at < 0 ? -1 : now->x;
  case OP_ASSERT: {
    int before = *at > 0 ? text[*at - 1] : -1, after = (size_t)*at < walk->length ? text[*at] : -1;
    return regex_holds((enum assertion)now->y, before, after) ? now->x : -1;
  }
  default: return now->x;
  }
}

ptrdiff_t spans_match(const struct program *program, const char *text, size_t length, size_t begin, ptrdiff_t end, bool unordered, ptrdiff_t *slots) {
  size_t all = (size_t)(program->slots + program->marks), width = (end < 0 ? length : (size_t)end) - begin + 1;
  struct walk walk = {.program = program, .text = text, .length = length, .slots = take_more(NULL, sizeof *slots * all)};
  memset(walk.slots, -1, sizeof *slots * all);
  uint8_t *seen = unordered ? NULL : take(((size_t)program->length * width + 7) / 8);
  ptrdiff_t best = -1;
  push(&walk, program->start, (ptrdiff_t)begin);
  while (walk.count > 0) {
    struct job job = walk.jobs[--walk.count];
    if (job.place < 0) {
      walk.slots[-1 - job.place] = job.at;
      continue;
    }
    for (int place = job.place; place >= 0;) {
      if (end >= 0 && job.at > end) break;
      if (seen != NULL) {
        size_t bit = (size_t)place * width + (size_t)job.at - begin;
        if (seen[bit >> 3] >> (bit & 7) & 1) break;
        seen[bit >> 3] |= (uint8_t)(1 << (bit & 7));
      }
      if (program->code[place].operation != OP_MATCH) {
        place = advance(&walk, place, &job.at);
        continue;
      }
      if (job.at > best && (end < 0 || job.at == end)) {
        best = job.at;
        memcpy(slots, walk.slots, sizeof *slots * (size_t)program->slots);
        slots[0] = (ptrdiff_t)begin;
        slots[1] = best;
      }
      if (best >= 0 && (best == end || best == (ptrdiff_t)length)) walk.count = 0;
      break;
    }
  }
  free(seen);
  free(walk.slots);
  free(walk.jobs);
  return best;
}
