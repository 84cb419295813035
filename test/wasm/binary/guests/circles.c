/* Each way in which a program can go on without an end: rounds of a loop, functions that call themselves, each other, and whatever is in a
   table. And one that cannot. */

#include <stdint.h>

#define APART __attribute__((noinline))
#define EXPORTED APART __attribute__((visibility("default")))

static volatile uint32_t kept;

EXPORTED uint32_t loops(uint32_t rounds) {
  for (uint32_t outer = 0; outer < rounds; outer++)
    for (uint32_t inner = 0; inner < 200; inner++) kept += outer ^ inner;
  return kept;
}

EXPORTED uint32_t deep(uint32_t n) { return n < 2 ? n : deep(n - 1) + deep(n - 2); }

static uint32_t odd(uint32_t n);
EXPORTED uint32_t even(uint32_t n) { return n == 0 ? 1 : odd(n - 1) + odd(n - 1); }
static APART uint32_t odd(uint32_t n) { return n == 0 ? 0 : even(n - 1) + kept; }

typedef uint32_t (*step)(uint32_t);
static uint32_t twice(uint32_t n);
static uint32_t once(uint32_t n);
static step steps[2] = {twice, once};
EXPORTED uint32_t through(uint32_t n) { return n == 0 ? 1 : steps[n & 1](n - 1) + kept; }
static APART uint32_t twice(uint32_t n) { return through(n) + through(n); }
static APART uint32_t once(uint32_t n) { return through(n) + 1; }

EXPORTED uint32_t straight(uint32_t n) { return n * 2 + kept; }
