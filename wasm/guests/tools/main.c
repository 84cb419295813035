/* All tools in one program, which is called by many names. */

#include "sys.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOOL(name, function) int function(int argc, char **argv);
#include "tools.def"
#undef TOOL

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} tools[] = {
#define TOOL(name, function) {name, function},
#include "tools.def"
#undef TOOL
};

static void set_up_output(void) {
  static char buffer[65536];
  setvbuf(stdout, buffer, isatty(1) ? _IOLBF : _IOFBF, sizeof buffer);
}

static void list_tools(void) {
  for (size_t index = 0; index < sizeof tools / sizeof *tools; index++) puts(tools[index].name);
}

int main(int argc, char **argv) {
  const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
  tool_name = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "coracle-tools";
  if (strcmp(tool_name, "coracle-tools") == 0) {
    if (argc < 2) {
      list_tools();
      return finish(0);
    }
    argc--;
    argv++;
    tool_name = argv[0];
  }
  set_up_output();
  for (size_t index = 0; index < sizeof tools / sizeof *tools; index++) {
    if (strcmp(tools[index].name, tool_name) == 0) return finish(tools[index].run(argc, argv));
  }
  fprintf(stderr, "coracle-tools: no tool is named %s\n", tool_name);
  return 127;
}
