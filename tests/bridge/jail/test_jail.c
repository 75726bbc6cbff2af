/*
 * Each attempt is made by a process of its own, which jails itself and then
 * tries. The control: the same attempt without the jail works.
 */
#include "bridge/jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/jail/places.h"

enum { DONE, REFUSED, NOT_READY };

/* What it has around it. */
enum walls {
    NO_JAIL,
    JAIL,
    JAIL_WITHOUT_LANDLOCK, /* a kernel has none, or a container hides it */
    JAIL_WITHOUT_ANYTHING, /* a container that lets nothing of it through */
};

static char root[] = "/tmp/test_jail.XXXXXX"; /* of all below */
static char exchanged[64]; /* a key in a folder that is a link */
static int looked_up;      /* without a jail */
static char data[64], pages[64], config[64], key[64], outside[64];

/* --- what is tried: true when it worked --- */

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool opens_socket(int family, int type)
{
    int fd = socket(family, type | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static const char *in(const char *dir, const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static bool reads_shadow(void)
{
    return opens("/etc/shadow", O_RDONLY);
}

static bool reads_root_home(void)
{
    return opens("/root", O_RDONLY | O_DIRECTORY);
}

static bool writes_tmp(void)
{
    return opens(in(root, "new"), O_WRONLY | O_CREAT);
}

static bool writes_pages(void)
{
    return opens(in(pages, "index.html"), O_WRONLY);
}

static bool writes_config(void)
{
    return opens(config, O_WRONLY);
}

static bool truncates_outside(void)
{
    return opens(outside, O_RDONLY | O_TRUNC);
}

static bool removes_outside(void)
{
    return unlink(outside) == 0;
}

static bool moves_data_out(void)
{
    char to[128];

    snprintf(to, sizeof(to), "%s/moved", root);
    return rename(in(data, "journal"), to) == 0;
}

static bool makes_pipe(void)
{
    return syscall(SYS_mknodat, AT_FDCWD, in(data, "fifo"), S_IFIFO | 0600,
                   0) == 0;
}

static bool links(void)
{
    return symlink("/etc/shadow", in(data, "link")) == 0;
}

static bool gets_netlink(void)
{
    return opens_socket(AF_NETLINK, SOCK_RAW);
}

static bool gets_packets(void)
{
    return opens_socket(AF_PACKET, SOCK_DGRAM);
}

static bool gets_vsock(void)
{
    return opens_socket(AF_VSOCK, SOCK_STREAM);
}

static bool listens(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool works = fd >= 0 &&
                 bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
                 listen(fd, 1) == 0;

    if (fd >= 0)
        close(fd);
    return works;
}

static bool forks(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool has_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool runs_what_it_wrote(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page != MAP_FAILED && munmap(page, 4096) == 0;
}

static bool makes_memory_run(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page != MAP_FAILED &&
           mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool raises_limit(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };

    return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static bool becomes_traceable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool changes_root(void)
{
    return chroot(root) == 0;
}

static bool types_for_others(void)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int rc = ioctl(fd, 0x5412 /* TIOCSTI */, "x");

    close(fd);
    return rc == 0 || errno != EPERM;
}

static bool executes(void)
{
    char *const arguments[] = { (char *)"true", NULL };

    execv("/bin/true", arguments);
    return errno == ENOENT;
}

static bool executes_open_file(void)
{
    syscall(SYS_execveat, -1, "/bin/true", NULL, NULL, 0);
    return true;
}

static bool traces(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool mounts(void)
{
    syscall(SYS_mount, "none", root, "no such kind", 0, NULL);
    return true;
}

static bool asks_for_keys(void)
{
    syscall(SYS_keyctl, 0, 0, 0, 0, 0);
    return true;
}

static bool makes_ring(void)
{
    syscall(SYS_io_uring_setup, 0, NULL);
    return true;
}

static bool watches_faults(void)
{
    syscall(SYS_userfaultfd, 0);
    return true;
}

static bool loads_program(void)
{
    syscall(SYS_bpf, 0, NULL, 0);
    return true;
}

static bool loads_kernel(void)
{
    syscall(SYS_kexec_load, 0, 99, NULL, ~0ul);
    return true;
}

static bool reads_memory(void)
{
    syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
    return true;
}

/* --- and what has to go on working --- */

static bool keeps_a_journal(void)
{
    return opens(in(data, "journal"), O_RDWR) &&
           opens(in(data, "journal-wal"), O_RDWR | O_CREAT) &&
           rename(in(data, "journal-wal"), data) != 0 /* EISDIR */ &&
           unlink(in(data, "journal-wal")) == 0 &&
           mkdir(in(data, "more"), 0700) == 0 && rmdir(in(data, "more")) == 0;
}

static bool reads_pages(void)
{
    return opens(in(pages, "index.html"), O_RDONLY);
}

static bool reads_a_renewed_key(void)
{
    return opens(key, O_RDONLY) && opens(config, O_RDONLY);
}

static bool reads_a_key_of_an_exchanged_folder(void)
{
    return opens(exchanged, O_RDONLY);
}

static bool reads_names(void)
{
    return (opens("/etc/hosts", O_RDONLY) || errno == ENOENT) &&
           opens("/etc/passwd", O_RDONLY);
}

static int look_up(void)
{
    struct addrinfo *list = NULL;
    int rc = getaddrinfo("localhost", "http", NULL, &list);

    if (rc == 0)
        freeaddrinfo(list);
    return rc;
}

/* As well, or as badly, as outside. */
static bool looks_up_names(void)
{
    return look_up() == looked_up;
}

static bool reads_itself(void)
{
    return opens("/proc/self/status", O_RDONLY);
}

static bool connects(void)
{
    return opens_socket(AF_INET, SOCK_STREAM) &&
           opens_socket(AF_INET6, SOCK_DGRAM) &&
           opens_socket(AF_UNIX, SOCK_DGRAM);
}

static bool allocates(void)
{
    void *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page != MAP_FAILED && munmap(page, 1 << 20) == 0;
}

/* --- the table --- */

struct attempt {
    const char *name;
    bool (*works)(void);
    int signal;       /* it ends by this; 0: it is refused */
    bool for_tested;  /* a sanitizer is let through */
    bool no_control;  /* works for root alone, or not on each kernel */
    bool by_landlock; /* and by nothing else */
};

static const struct attempt refused[] = {
    { "open /etc/shadow", .works = reads_shadow, .no_control = true,
            .by_landlock = true },
    { "open /root", .works = reads_root_home, .no_control = true,
            .by_landlock = true },
    { "write into /tmp", .works = writes_tmp, .by_landlock = true },
    { "write a page", .works = writes_pages, .by_landlock = true },
    { "write the configuration", .works = writes_config, .by_landlock = true },
    { "truncate a file outside", .works = truncates_outside },
    { "remove a file outside", .works = removes_outside, .by_landlock = true },
    { "move the journal out", .works = moves_data_out, .by_landlock = true },
    { "make a named pipe", .works = makes_pipe },
    { "make a symbolic link", .works = links },
    { "AF_NETLINK", .works = gets_netlink, .no_control = true },
    { "AF_PACKET", .works = gets_packets, .no_control = true },
    { "AF_VSOCK", .works = gets_vsock, .no_control = true },
    { "listen", .works = listens },
    { "fork", .works = forks, .for_tested = true },
    { "a user namespace", .works = has_namespace, .no_control = true },
    { "memory to write and run", .works = runs_what_it_wrote },
    { "memory written, then run", .works = makes_memory_run,
            .for_tested = true },
    { "a core file", .works = raises_limit, .for_tested = true,
            .no_control = true },
    { "to be traceable", .works = becomes_traceable, .for_tested = true },
    { "chroot", .works = changes_root, .no_control = true },
    { "TIOCSTI", .works = types_for_others },
    { "execve", .works = executes, .signal = SIGSYS },
    { "execveat", .works = executes_open_file, .signal = SIGSYS },
    { "ptrace", .works = traces, .signal = SIGSYS, .for_tested = true,
            .no_control = true },
    { "mount", .works = mounts, .signal = SIGSYS },
    { "keyctl", .works = asks_for_keys, .signal = SIGSYS },
    { "io_uring_setup", .works = makes_ring, .signal = SIGSYS },
    { "userfaultfd", .works = watches_faults, .signal = SIGSYS },
    { "bpf", .works = loads_program, .signal = SIGSYS },
    { "kexec_load", .works = loads_kernel, .signal = SIGSYS },
    { "process_vm_readv", .works = reads_memory, .signal = SIGSYS },
};

static const struct attempt allowed[] = {
    { "keep a journal", .works = keeps_a_journal },
    { "read a page", .works = reads_pages },
    { "read a renewed key", .works = reads_a_renewed_key },
    { "read a key of an exchanged folder",
            .works = reads_a_key_of_an_exchanged_folder },
    { "read what names are", .works = reads_names },
    { "look up names", .works = looks_up_names },
    { "read /proc/self", .works = reads_itself },
    { "connect", .works = connects },
    { "allocate memory", .works = allocates },
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x\n", 2), 2);
    close(fd);
}

static void refresh(void)
{
    write_file(in(data, "journal"));
    write_file(in(pages, "index.html"));
    write_file(outside);
    unlink(in(data, "fifo"));
    unlink(in(data, "link"));
    unlink(in(root, "moved"));
    unlink(in(root, "new"));
}

static bool jail_self(void)
{
    struct jail jail = { .whom = JAIL_DAEMON, .data = data, .pages = pages };

    jail_add_file(&jail, config);
    jail_add_file(&jail, key);
    jail_add_file(&jail, exchanged);
    jail_add_file(&jail, "");
    jail_begin(1024);
    return jail_enter(&jail) == ERR_OK;
}

static int refuse(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
}

static int refuse_prctl(scmp_filter_ctx filter, int option)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)option, 0));
}

/* As the filter of a container does. */
static bool take_away(enum walls walls)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = refuse(filter, SCMP_SYS(landlock_create_ruleset));

    if (walls == JAIL_WITHOUT_ANYTHING)
        rc |= refuse(filter, SCMP_SYS(seccomp)) |
              refuse(filter, SCMP_SYS(capset)) |
              refuse_prctl(filter, PR_SET_SECCOMP) |
              refuse_prctl(filter, PR_CAPBSET_DROP) |
              refuse_prctl(filter, PR_CAP_AMBIENT);
    rc |= seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0;
}

static bool build(enum walls walls)
{
    return walls == NO_JAIL ||
           ((walls == JAIL || take_away(walls)) && jail_self());
}

/* The child: jails itself, says so, and tries when it is told to. */
static void live(int talk, const struct attempt *attempt, enum walls walls)
{
    char byte = 0;

    signal(SIGSYS, SIG_DFL); /* cmocka catches what it can */
    if (!build(walls) || write(talk, &byte, 1) != 1 ||
            read(talk, &byte, 1) != 1)
        _exit(NOT_READY);
    _exit(attempt->works() ? DONE : REFUSED);
}

/* As a certificate is renewed: another file takes the name. */
static void renew_key(void)
{
    char fresh[128];

    snprintf(fresh, sizeof(fresh), "%s.new", key);
    write_file(fresh);
    assert_int_equal(rename(fresh, key), 0);
}

/* As containers are handed secrets: `now` is another folder each time. */
static void exchange_folder(void)
{
    static const char *folders[] = { "one", "two" };
    const char *old = folders[0], *fresh = folders[1];
    char link[128], path[160];

    folders[0] = fresh;
    folders[1] = old;
    snprintf(path, sizeof(path), "%s/live/%s", root, fresh);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/live/%s/key.pem", root, fresh);
    write_file(path);
    snprintf(link, sizeof(link), "%s/live/fresh", root);
    assert_int_equal(symlink(fresh, link), 0);
    snprintf(path, sizeof(path), "%s/live/now", root);
    assert_int_equal(rename(link, path), 0);
    snprintf(path, sizeof(path), "%s/live/%s/key.pem", root, old);
    unlink(path);
    snprintf(path, sizeof(path), "%s/live/%s", root, old);
    rmdir(path);
}

/* How it went: an exit code, or 128 + the signal. */
static int try_it(const struct attempt *attempt, enum walls walls)
{
    int status, talk[2];
    char byte;
    pid_t pid;

    refresh();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, talk), 0);
    pid = fork();
    if (pid == 0)
        live(talk[1], attempt, walls);
    assert_true(pid > 0);
    close(talk[1]);
    if (read(talk[0], &byte, 1) == 1) {
        renew_key();
        exchange_folder();
        assert_int_equal(write(talk[0], &byte, 1), 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(talk[0]);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static bool is_for_us(const struct attempt *attempt, enum walls walls)
{
    return !(attempt->for_tested && jail_is_tested) &&
           (!attempt->by_landlock || (walls == JAIL && has_landlock()));
}

static void check_refused(enum walls walls)
{
    unsigned tried = 0, left_out = 0;

    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct attempt *row = &refused[i];
        int want = row->signal ? 128 + row->signal : REFUSED;
        int got;

        if (!is_for_us(row, walls)) {
            left_out++;
            continue;
        }
        got = try_it(row, walls);
        if (got != want)
            fail_msg("%s: %d instead of %d", row->name, got, want);
        tried++;
    }
    printf("%u attempts, each refused; %u not tried here\n", tried, left_out);
    assert_true(tried >= COUNT(refused) / 2);
}

static void in_the_jail_none_of_this_is_possible(void **unused)
{
    (void)unused;
    check_refused(JAIL);
}

static void without_landlock_the_rest_of_it_is_impossible_all_the_same(
        void **unused)
{
    (void)unused;
    check_refused(JAIL_WITHOUT_LANDLOCK);
}

static void without_the_jail_they_would_have_worked(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (!refused[i].no_control && try_it(&refused[i], NO_JAIL) != DONE)
            fail_msg("%s does not work anyway", refused[i].name);
}

static void check_allowed(enum walls walls)
{
    for (size_t i = 0; i < COUNT(allowed); i++) {
        int got = try_it(&allowed[i], walls);

        if (got != DONE)
            fail_msg("%s: %d", allowed[i].name, got);
    }
}

static void in_the_jail_the_daemon_can_do_its_work(void **unused)
{
    (void)unused;
    looked_up = look_up();
    check_allowed(JAIL);
}

static void where_a_jail_cannot_be_built_the_daemon_works_without(void **unused)
{
    (void)unused;
    looked_up = look_up();
    check_allowed(JAIL_WITHOUT_LANDLOCK);
    check_allowed(JAIL_WITHOUT_ANYTHING);
}

/* The number in the line of /proc/self/status that begins with `name`. */
static uint64_t status(const char *name, int base)
{
    FILE *file = fopen("/proc/self/status", "re");
    size_t len = strlen(name);
    char line[256];
    uint64_t value = UINT64_MAX;

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, len) == 0)
            value = strtoull(line + len, NULL, base);
    if (file)
        fclose(file);
    return value;
}

/* Root keeps its way with files, and nobody keeps more. */
static bool looks_jailed(void)
{
    uint64_t most = geteuid() != 0 ? 0
                                   : 1 << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE |
                                             1 << CAP_FOWNER;
    bool is_dumpable = !jail_is_tested &&
                       opens("/proc/self/environ", O_RDONLY) && geteuid() != 0;
    struct rlimit core;

    return status("NoNewPrivs:", 10) == 1 && status("Seccomp:", 10) == 2 &&
           (status("CapEff:", 16) & ~most) == 0 &&
           (status("CapPrm:", 16) & ~most) == 0 &&
           (status("CapInh:", 16) | status("CapAmb:", 16)) == 0 &&
           !is_dumpable && getrlimit(RLIMIT_CORE, &core) == 0 &&
           core.rlim_max == 0;
}

static void the_kernel_says_that_it_is_jailed(void **unused)
{
    const struct attempt look = { "look", .works = looks_jailed };

    (void)unused;
    assert_int_equal(try_it(&look, NO_JAIL), REFUSED);
    assert_int_equal(try_it(&look, JAIL), DONE);
}

static void a_file_is_granted_with_its_folder_but_not_with_etc(void **unused)
{
    char place[PATH_MAX];

    (void)unused;
    place_of_file(key, place);
    assert_string_equal(place + strlen(place) - 5, "/keys");
    place_of_file("/etc/passwd", place);
    assert_string_equal(place, "/etc/passwd");
    place_of_file("/nowhere/at/all", place);
    assert_string_equal(place, "/nowhere/at/all");
}

static int make_places(void **unused)
{
    char keys[40];

    (void)unused;
    if (!mkdtemp(root))
        return -1;
    snprintf(data, sizeof(data), "%s/data", root);
    snprintf(pages, sizeof(pages), "%s/pages", root);
    snprintf(keys, sizeof(keys), "%s/keys", root);
    snprintf(key, sizeof(key), "%s/key.pem", keys);
    snprintf(config, sizeof(config), "%s/dumbwaiter.yml", keys);
    snprintf(outside, sizeof(outside), "%s/outside", root);
    if (mkdir(data, 0700) != 0 || mkdir(pages, 0700) != 0 ||
            mkdir(keys, 0700) != 0)
        return -1;
    write_file(key);
    write_file(config);
    snprintf(exchanged, sizeof(exchanged), "%s/live/key.pem", root);
    if (mkdir(in(root, "live"), 0700) != 0 ||
            symlink("now/key.pem", exchanged) != 0)
        return -1;
    exchange_folder();
    return 0;
}

static int remove_places(void **unused)
{
    static const char *const names[] = { "data/journal", "data/fifo",
        "data/link", "data", "pages/index.html", "pages", "keys/key.pem",
        "keys/dumbwaiter.yml", "keys", "outside", "moved", "new",
        "live/key.pem", "live/now", "live/one/key.pem", "live/one",
        "live/two/key.pem", "live/two", "live" };

    (void)unused;
    for (size_t i = 0; i < COUNT(names); i++)
        remove(in(root, names[i]));
    return remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_jail_none_of_this_is_possible),
        cmocka_unit_test(
                without_landlock_the_rest_of_it_is_impossible_all_the_same),
        cmocka_unit_test(without_the_jail_they_would_have_worked),
        cmocka_unit_test(in_the_jail_the_daemon_can_do_its_work),
        cmocka_unit_test(where_a_jail_cannot_be_built_the_daemon_works_without),
        cmocka_unit_test(the_kernel_says_that_it_is_jailed),
        cmocka_unit_test(a_file_is_granted_with_its_folder_but_not_with_etc),
    };

    return cmocka_run_group_tests(tests, make_places, remove_places);
}
