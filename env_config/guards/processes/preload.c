/* Asks the supervisor before a dynamically linked program connects or sends to an address.
 *
 * The question is one packet over a unix socket: the call's letter and the bytes of the socket address. The answer is
 * one byte: 0 to go on, or an error number. No answer is a refusal. What may be reached is remembered for each thread,
 * so that a program that sends many datagrams asks once.
 *
 * Not seen: static programs, programs that make system calls themselves (Go), and children without LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST 128
#define REMEMBERED 8

static struct sockaddr_un supervisor;
static __thread unsigned char known[REMEMBERED][LONGEST + 2];
static __thread unsigned next_known;

__attribute__((constructor)) static void find_supervisor(void)
{
    const char *path = getenv("ENV_CONFIG_SUPERVISOR");
    supervisor.sun_family = AF_UNIX;
    if (path && strlen(path) < sizeof supervisor.sun_path)
        strcpy(supervisor.sun_path, path);
}

static int asked(const unsigned char *question, size_t length)
{
    unsigned char answer = EACCES;
    long end = syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), got;
    if (end < 0)
        return EACCES;
    do
        got = syscall(SYS_connect, end, &supervisor, sizeof supervisor);
    while (got < 0 && errno == EINTR);
    if (got == 0) {
        do
            got = syscall(SYS_sendto, end, question, length, MSG_NOSIGNAL, 0, 0);
        while (got < 0 && errno == EINTR);
        do
            got = syscall(SYS_recvfrom, end, &answer, 1, 0, 0, 0);
        while (got < 0 && errno == EINTR);
        if (got != 1)
            answer = EACCES;
    }
    syscall(SYS_close, end);
    return answer;
}

/* 0, or -1 with errno set: what the wrapped function returns. A bad address is the kernel's to refuse. */
static int refused(char call, const void *address, socklen_t length)
{
    unsigned char question[LONGEST + 2] = {0};
    int kept = errno, answer;
    if (!address || length < sizeof(sa_family_t))
        return 0;
    if (length > LONGEST)
        length = LONGEST;
    question[0] = (unsigned char)length;
    question[1] = (unsigned char)call;
    memcpy(question + 2, address, length);
    for (unsigned at = 0; at < REMEMBERED; at++)
        if (!memcmp(known[at], question, sizeof question))
            return 0;
    answer = asked(question + 1, length + 1u);
    if (answer == 0 && ((const struct sockaddr *)address)->sa_family != AF_UNIX)
        memcpy(known[next_known++ % REMEMBERED], question, sizeof question);
    /* 255: go on, but do not remember, because every attempt is to be written down. */
    errno = answer == 0 || answer == 255 ? kept : answer;
    return answer == 0 || answer == 255 ? 0 : -1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    static __typeof__(&connect) next;
    if (!next)
        next = NEXT(connect);
    return refused('c', address, length) ? -1 : next(fd, address, length);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    static __typeof__(&sendto) next;
    if (!next)
        next = NEXT(sendto);
    return refused('t', address, length) ? -1 : next(fd, data, size, flags, address, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    static __typeof__(&sendmsg) next;
    if (!next)
        next = NEXT(sendmsg);
    return message && refused('m', message->msg_name, message->msg_namelen) ? -1 : next(fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    static __typeof__(&sendmmsg) next;
    if (!next)
        next = NEXT(sendmmsg);
    for (unsigned int at = 0; messages && at < count; at++)
        if (refused('n', messages[at].msg_hdr.msg_name, messages[at].msg_hdr.msg_namelen))
            return -1;
    return next(fd, messages, count, flags);
}
