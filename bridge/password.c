#include "bridge/password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/private.h"

/* NULL, or what is wrong. No stream: it would keep a copy. */
static const char *read_line(int fd, char out[PASSWORD_BYTES])
{
    struct stat about;
    ssize_t len;
    size_t end;

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return "not a file";
    if (!private_is(&about, geteuid()))
        return "others may read it; mode must be 0600";
    len = read(fd, out, PASSWORD_BYTES - 1);
    if (len < 0)
        return strerror(errno);
    out[len] = '\0';
    end = strcspn(out, "\r\n");
    if (end == 0)
        return "no password in its first line";
    if (end == PASSWORD_BYTES - 1)
        return "its first line is too long";
    explicit_bzero(out + end, PASSWORD_BYTES - end);
    return NULL;
}

enum err password_read(
        const char *path, char out[PASSWORD_BYTES], struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong = fd < 0 ? strerror(errno) : read_line(fd, out);

    if (fd >= 0)
        close(fd);
    if (!wrong)
        return ERR_OK;
    explicit_bzero(out, PASSWORD_BYTES);
    return fault_set(
            fault, ERR_CONFIG, "password_file", "%.100s: %s", path, wrong);
}
