#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/devices/suite/line.h"

/* A board that has not said a word for so long is broken. */
#define DEADLINE_MS 60000

#define EMULATOR "qemu-system-riscv32"

struct emulator {
    pid_t pid;
    int in;  /* we write */
    int out; /* we read */
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until `fd` is ready; false at `end_ms`. */
static bool wait_for(int fd, short what, long long end_ms)
{
    struct pollfd fds = { .fd = fd, .events = what };
    long long left = end_ms - now_ms();

    return left > 0 && poll(&fds, 1, (int)left) > 0;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    long long end_ms = now_ms() + DEADLINE_MS;

    while (len > 0) {
        ssize_t n;

        if (!wait_for(fd, POLLOUT, end_ms))
            return false;
        n = write(fd, bytes, len);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static bool read_all(int fd, uint8_t *bytes, size_t len)
{
    long long end_ms = now_ms() + DEADLINE_MS;

    while (len > 0) {
        ssize_t n;

        if (!wait_for(fd, POLLIN, end_ms))
            return false;
        n = read(fd, bytes, len);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static bool put(struct emulator *emulator, const struct frame *frame)
{
    uint8_t bytes[2 + FRAME_BYTES] = { (uint8_t)frame->len,
        (uint8_t)(frame->len >> 8) };

    memcpy(bytes + 2, frame->bytes, frame->len);
    return write_all(emulator->in, bytes, 2 + frame->len);
}

static bool get(struct emulator *emulator, struct frame *frame)
{
    uint8_t head[2];

    if (!read_all(emulator->out, head, sizeof(head)))
        return false;
    frame->len = head[0] | (size_t)head[1] << 8;
    return frame->len <= sizeof(frame->bytes) &&
           read_all(emulator->out, frame->bytes, frame->len);
}

static bool power(void *ctx)
{
    struct emulator *emulator = ctx;
    struct frame frame;

    frame_begin(&frame, FRAME_OFF);
    if (!put(emulator, &frame))
        return false;
    do
        if (!get(emulator, &frame))
            return false;
    while (frame_open(&frame) != FRAME_HELLO);
    return true;
}

static enum line_end send_frame(void *ctx, const struct frame *frame,
        line_listener *listener, void *arg)
{
    struct emulator *emulator = ctx;
    struct frame heard;
    enum frame_type type;

    if (!put(emulator, frame))
        return LINE_BROKEN;
    do {
        if (!get(emulator, &heard))
            return LINE_BROKEN;
        type = (enum frame_type)frame_open(&heard);
        if (type == FRAME_BROKEN || heard.bad)
            return LINE_BROKEN;
        switch (listener(arg, type, &heard)) {
        case LINE_GO_ON:
            break;
        case LINE_ANSWER:
            if (!put(emulator, &heard))
                return LINE_BROKEN;
            break;
        case LINE_OFF:
            return LINE_CUT;
        }
    } while (type != FRAME_DONE);
    return LINE_DONE;
}

static void close_line(void *ctx)
{
    struct emulator *emulator = ctx;

    if (!emulator)
        return;
    if (emulator->pid > 0) {
        kill(emulator->pid, SIGKILL);
        waitpid(emulator->pid, NULL, 0);
    }
    if (emulator->in >= 0)
        close(emulator->in);
    if (emulator->out >= 0)
        close(emulator->out);
    free(emulator);
}

static void run(pid_t parent, const char *file, int in, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever stops us stops it */
    if (getppid() != parent)
        _exit(127); /* … and has done so already */
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execlp(EMULATOR, EMULATOR, "-M", "virt", "-cpu", "rv32", "-bios", "none",
            "-display", "none", "-monitor", "none", "-chardev",
            "stdio,id=u0,signal=off", "-serial", "chardev:u0", "-kernel", file,
            (char *)NULL);
    perror(EMULATOR);
    _exit(127);
}

static bool start(struct emulator *emulator, const char *file)
{
    pid_t self = getpid();
    int in[2];
    int out[2];

    if (pipe2(in, O_CLOEXEC) != 0)
        return false;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    emulator->pid = fork();
    if (emulator->pid == 0)
        run(self, file, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    emulator->in = in[1];
    emulator->out = out[0];
    fcntl(emulator->in, F_SETFL, O_NONBLOCK);
    fcntl(emulator->out, F_SETFL, O_NONBLOCK);
    return emulator->pid > 0;
}

bool line_open_emulator(struct line *line, const char *file)
{
    struct emulator *emulator = calloc(1, sizeof(*emulator));
    struct frame frame;

    *line = (struct line){ emulator, power, send_frame, close_line };
    if (!emulator)
        return false;
    emulator->in = emulator->out = -1;
    signal(SIGPIPE, SIG_IGN);
    return start(emulator, file) && get(emulator, &frame) &&
           frame_open(&frame) == FRAME_HELLO;
}
