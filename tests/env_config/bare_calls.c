/* Makes system calls that can name an address, and prints the error number of each as JSON. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *name, long result)
{
    printf("\"%s\": %d, ", name, result < 0 ? errno : 0);
}

int main(int count, char **words)
{
    struct sockaddr_in bad = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))}, good = bad;
    struct iovec data = {"x", 1};
    struct msghdr named = {.msg_name = &bad, .msg_namelen = sizeof bad, .msg_iov = &data, .msg_iovlen = 1};
    struct msghdr fine = {.msg_name = &good, .msg_namelen = sizeof good, .msg_iov = &data, .msg_iovlen = 1};
    struct mmsghdr second[2] = {{fine, 0}, {named, 0}};
    int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0), pair[2];
    inet_aton(words[1], &bad.sin_addr);
    inet_aton("127.0.0.1", &good.sin_addr);
    printf("{");
    say("connect", connect(tcp, (struct sockaddr *)&bad, sizeof bad));
    say("fast open", sendto(tcp, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&bad, sizeof bad));
    say("sendto", sendto(udp, "x", 1, 0, (struct sockaddr *)&bad, sizeof bad));
    say("sendmsg", sendmsg(udp, &named, 0));
    say("second of sendmmsg", sendmmsg(udp, second, 2, 0));
    bad.sin_family = AF_UNSPEC;
    say("sendto without family", sendto(udp, "x", 1, 0, (struct sockaddr *)&bad, sizeof bad));
    say("disconnect", connect(udp, (struct sockaddr *)&bad, sizeof bad));
    bad.sin_family = AF_INET;
    say("long length", connect(tcp, (struct sockaddr *)&bad, 128));
    say("high bits of the length", syscall(SYS_connect, tcp, &bad, 0x100000010L));
    say("wild pointer", connect(tcp, (struct sockaddr *)8, sizeof bad));
    say("io_uring", syscall(SYS_io_uring_setup, 8, 0));
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    say("sendmsg without a name", sendmsg(pair[0], &(struct msghdr){.msg_iov = &data, .msg_iovlen = 1}, 0));
    say("send", send(pair[0], "x", 1, 0));
#ifdef __x86_64__
    say("x32", syscall(0x40000000 + 42, tcp, &bad, sizeof bad));
    fflush(stdout);
    if (count > 3) {
        long number = 20; /* getpid, by the numbers of 32-bit programs */
        __asm__ volatile("int $0x80" : "+a"(number));
        say("foreign", 0);
    }
#endif
    puts("\"end\": 0}");
    return 0;
}
