/* A program with more than one function to begin with. */

#include <stdio.h>

__attribute__((export_name("init"))) void init(void) {
  puts("init");
  fflush(stdout);
}

__attribute__((export_name("takes"))) int takes(int number) { return number; }

int main(void) {
  puts("main");
  return 3;
}
