/* Only computes: integers, floating-point numbers and memory in turn. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBERS 2000000
#define SIDE 160
#define STEPS 20000000

static uint32_t primes(void) {
  uint8_t *composite = calloc(NUMBERS, 1);
  uint32_t count = 0;
  if (composite == NULL) exit(1);
  for (uint32_t number = 2; number < NUMBERS; number++) {
    if (composite[number]) continue;
    count++;
    for (uint32_t multiple = number * 2; multiple < NUMBERS; multiple += number) composite[multiple] = 1;
  }
  free(composite);
  return count;
}

static double products(void) {
  static double one[SIDE][SIDE], other[SIDE][SIDE];
  double sum = 0;
  for (int row = 0; row < SIDE; row++) {
    for (int column = 0; column < SIDE; column++) {
      one[row][column] = row + column;
      other[row][column] = row - column;
    }
  }
  for (int row = 0; row < SIDE; row++) {
    for (int column = 0; column < SIDE; column++) {
      for (int index = 0; index < SIDE; index++) sum += one[row][index] * other[index][column];
    }
  }
  return sum;
}

static uint64_t random_steps(void) {
  uint64_t state = 88172645463325252u;
  for (int step = 0; step < STEPS; step++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
  }
  return state;
}

int main(void) {
  printf("%u %.0f %llu\n", primes(), products(), (unsigned long long)random_steps());
  return 0;
}
