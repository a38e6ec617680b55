/* Makes each flush last FLUSH_NS nanoseconds at least: bench/flushes.py compiles this, and has it loaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <time.h>

static int lasting(const char *name, int descriptor)
{
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec until;
    int result, failure;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += FLUSH_NS;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    result = flush(descriptor);
    failure = errno;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
    errno = failure;
    return result;
}

int fsync(int descriptor) { return lasting("fsync", descriptor); }

int fdatasync(int descriptor) { return lasting("fdatasync", descriptor); }
