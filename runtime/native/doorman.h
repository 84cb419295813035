// One more life of the helper's program, chosen by its first word.
#pragma once

// doorman SOCKET SECONDS PROGRAM [ARG...]: listens on the socket and runs the program, which finds it as its standard input
// and its path in CORACLE_DOORMAN. A program that ends with status 75 is started again when somebody connects, within so
// many seconds; after any other end the doorman ends with its status and removes the socket. SIGTERM ends both, SIGHUP only
// a doorman whose program does not run. `SOCKET.doorman` says `PID asleep` or `PID awake`.
int doorman_main(int argc, char **argv);
