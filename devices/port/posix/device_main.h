/*
 * device_main: `dumbwaiter device KIND`: a device on a computer, for real or
 * in place of one.
 *
 * What happens is printed a line each: "online", "offline", "ring table=5
 * order=41 page=...", "acked page=...", "silent", "printed job=...", "failed
 * job=... reason=...", "pressed table=5", "buzz order=...". They go to the
 * standard output, or with --out - to the standard error.
 */
#ifndef DEVICES_PORT_POSIX_DEVICE_MAIN_H
#define DEVICES_PORT_POSIX_DEVICE_MAIN_H

/*
 * argv[0] is the command's name, argv[1..argc) the kind and its options.
 * Returns the exit code: 0 after SIGTERM or SIGINT; 64 used wrongly; 74 its
 * directory cannot be used; 75 the same device runs already. A broker that
 * cannot be reached is no reason to end.
 */
int device_main(int argc, char **argv);

#endif
