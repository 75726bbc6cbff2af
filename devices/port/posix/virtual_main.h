/*
 * virtual_main: `dumbwaiter virtual-printer`, a ticket printer of TCP port
 * 9100 without paper. Tickets go to a folder, or to the standard output. What
 * it suffers from can be said as it runs, one line each on the standard input;
 * each is answered by a line that begins with "ok" or "error".
 */
#ifndef DEVICES_PORT_POSIX_VIRTUAL_MAIN_H
#define DEVICES_PORT_POSIX_VIRTUAL_MAIN_H

/* Runs until SIGTERM or SIGINT. Returns the exit code, as in sysexits.h. */
int virtual_main(int argc, char **argv);

#endif
