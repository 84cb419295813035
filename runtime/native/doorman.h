// One more life of the helper's program, chosen by its first word.
#pragma once

// doorman [--asleep] SOCKET SECONDS PROGRAM [ARG...]: listens on the socket and runs the program, with --asleep not before
// somebody connects. The program finds the socket as its standard input, and its path in CORACLE_DOORMAN. When it ends with
// status 75 it is started again as soon as somebody connects, within so many seconds; after any other end the doorman ends
// with its status and removes the socket. SIGTERM ends both, SIGHUP only a doorman whose program does not run.
// `SOCKET.doorman` says `PID asleep` or `PID awake`.
int doorman_main(int argc, char **argv);
