#include "bridge/jail/minder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hub/base/log.h"

#define END_MS  1000
#define STEP_MS 10

/* The minder's side of it; file descriptors below this are the only ones. */
enum { TALK_FD = 3, CHILD_FD, FIRST_FOREIGN_FD };

struct self {
    const struct minder_options *options;
    pid_t broker; /* 0: none runs */
};

/* --- the minder's own process --- */

static void tell(
        const struct self *self, enum minder_what what, int status, int number)
{
    const struct minder_news news = {
        .what = what, .pid = self->broker, .status = status, .signal = number
    };

    if (send(TALK_FD, &news, sizeof(news), MSG_NOSIGNAL) != sizeof(news))
        _exit(0); /* nobody to mind it for */
}

/* Nothing of our own goes with it but three streams. */
static void become_broker(const struct minder_options *options)
{
    char *const arguments[] = { (char *)options->program, (char *)"-c",
        (char *)options->conf, NULL };
    char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin", NULL };
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(options->program, arguments, environment);
    dprintf(STDERR_FILENO, "cannot start %s: %s\n", options->program,
            strerror(errno));
    _exit(127);
}

static void start(struct self *self)
{
    pid_t pid = self->broker > 0 ? -1 : fork();

    if (pid == 0)
        become_broker(self->options);
    if (pid < 0 && self->broker == 0) {
        dprintf(STDERR_FILENO, "cannot start a process: %s\n", strerror(errno));
        tell(self, MINDER_ENDED, 127, 0);
    }
    if (pid <= 0)
        return;
    self->broker = pid;
    tell(self, MINDER_STARTED, 0, 0);
}

static void obey(struct self *self)
{
    char order;

    if (recv(TALK_FD, &order, 1, 0) != 1)
        _exit(0); /* the daemon has ended */
    if (order == MINDER_START)
        start(self);
    else if (self->broker > 0 && order == MINDER_TERM)
        kill(self->broker, SIGTERM);
    else if (self->broker > 0 && order == MINDER_KILL)
        kill(self->broker, SIGKILL);
}

static void reap(struct self *self)
{
    struct signalfd_siginfo ignored;
    pid_t pid;
    int status;

    if (read(CHILD_FD, &ignored, sizeof(ignored)) < 0)
        return;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != self->broker)
            continue;
        tell(self, MINDER_ENDED, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        self->broker = 0;
    }
}

static void mind(const struct minder_options *options)
{
    struct self self = { .options = options };
    struct pollfd ways[] = { { .fd = TALK_FD, .events = POLLIN },
        { .fd = CHILD_FD, .events = POLLIN } };

    for (;;) {
        if (poll(ways, 2, -1) < 0)
            continue;
        if (ways[1].revents)
            reap(&self);
        if (ways[0].revents)
            obey(&self);
    }
}

/* Linux has had close_range since 5.9; some containers forbid it. */
static void close_from(int first)
{
    struct rlimit limit = { .rlim_cur = 1024 };

    if (close_range((unsigned)first, ~0u, 0) == 0)
        return;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = first; (rlim_t)fd < limit.rlim_cur; fd++)
        close(fd);
}

/* Move them to where they belong and close all the rest: 0, 1 and 2 are the
 * broker's streams. False: the daemon is told by our end. */
static bool arrange(int talk, int output)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high = fcntl(talk, F_DUPFD_CLOEXEC, FIRST_FOREIGN_FD);
    sigset_t child;

    if (null >= 0 && high >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
            dup2(null, STDOUT_FILENO) >= 0 &&
            dup2(output, STDERR_FILENO) >= 0 &&
            dup3(high, TALK_FD, O_CLOEXEC) >= 0) {
        close_from(CHILD_FD);
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        if (signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK) == CHILD_FD)
            return true;
    }
    log_error("broker: who starts it has no files: %s", strerror(errno));
    return false;
}

/*
 * It ends when the daemon does, so nothing that is meant for that ends it
 * before: not Ctrl-C in the terminal, nor a killall. Blocked, not ignored: what
 * is for the broker waits until the broker is ready to hear it.
 */
static void block_signals(void)
{
    sigset_t some;

    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGINT);
    sigaddset(&some, SIGHUP);
    sigaddset(&some, SIGCHLD); /* comes by CHILD_FD */
    sigprocmask(SIG_BLOCK, &some, NULL);
}

static void be_minder(
        const struct minder_options *options, int talk, int output)
{
    block_signals();
    setsid();
    prctl(PR_SET_NAME, "dumbwaiter-mind", 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (arrange(talk, output) &&
            (!options->jail || jail_enter(options->jail) == ERR_OK))
        mind(options);
    _exit(1);
}

/* --- the daemon's side --- */

static enum err failed(void)
{
    log_error("broker: no process to start it: %s", strerror(errno));
    return ERR_IO;
}

enum err minder_open(
        struct minder *minder, const struct minder_options *options)
{
    int talk[2], output[2];

    *minder = (struct minder){ .talk = -1, .output = -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk) != 0)
        return failed();
    minder->talk = talk[0];
    if (pipe2(output, O_CLOEXEC) == 0) {
        minder->output = output[0];
        fcntl(output[0], F_SETFL, O_NONBLOCK);
        minder->pid = fork();
        if (minder->pid == 0)
            be_minder(options, talk[1], output[1]);
        close(output[1]);
    }
    close(talk[1]);
    if (minder->pid > 0)
        return ERR_OK;
    minder->pid = 0;
    failed();
    minder_close(minder);
    return ERR_IO;
}

bool minder_order(const struct minder *minder, enum minder_order order)
{
    const char letter = (char)order;

    return send(minder->talk, &letter, 1, MSG_NOSIGNAL) == 1;
}

struct minder_news minder_hear(const struct minder *minder)
{
    struct minder_news news = { .what = MINDER_NONE };
    ssize_t len;

    len = recv(minder->talk, &news, sizeof(news), MSG_DONTWAIT);
    if (len == sizeof(news))
        return news;
    news = (struct minder_news){ .what = MINDER_NONE };
    if (len >= 0 || (errno != EAGAIN && errno != EINTR))
        news.what = MINDER_GONE;
    return news;
}

static void let_go(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void minder_close(struct minder *minder)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

    if (!minder || (minder->pid == 0 && minder->talk <= 0))
        return;
    let_go(&minder->talk);
    let_go(&minder->output);
    for (int ms = 0; minder->pid > 0; ms += STEP_MS) {
        if (waitpid(minder->pid, NULL, WNOHANG) != 0)
            minder->pid = 0;
        else if (ms < END_MS)
            nanosleep(&step, NULL);
        else
            kill(minder->pid, SIGKILL);
    }
}
