// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The other end, in domain 0, of what ../guest/special/storm.c does.
 *
 *   evtchn_peer echo DOMID N        bind what the domain offers, N times send and
 *                                   wait for the answer
 *   evtchn_peer count DOMID SECONDS offer a port to the domain, count its events for
 *                                   that long after the first
 *
 * Prints what it saw as NAME=NUMBER; exits 0, or 1 with a sentence.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef uint16_t domid_t;
#include <xen/evtchn.h>

#define PATIENCE_MS	60000

static int fd;

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Wait for an event and write it back.  Return: false if none came in time. */
static int event(int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint32_t port;

	if (poll(&pfd, 1, ms) != 1)
		return 0;
	if (read(fd, &port, sizeof(port)) != sizeof(port))
		die("read");
	if (write(fd, &port, sizeof(port)) != sizeof(port))
		die("write");
	return 1;
}

static void echo(unsigned int domid, unsigned int rounds)
{
	struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = domid };
	struct ioctl_evtchn_notify notify;
	uint64_t end_ns = now_ns() + PATIENCE_MS * 1000000ULL, start_ns;
	unsigned int i;
	int port;

	/* From above: what the builder made for others has the low numbers. */
	do {
		for (bind.remote_port = 63; bind.remote_port; bind.remote_port--) {
			port = ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
			if (port > 0)
				break;
			if (errno != EINVAL)
				die("bind_interdomain");
		}
		usleep(10000);
	} while (port < 0 && now_ns() < end_ns);
	if (port < 0)
		die("no port is offered");
	if (!event(0))
		die("no first event");
	notify.port = port;
	start_ns = now_ns();
	for (i = 0; i < rounds; i++) {
		if (ioctl(fd, IOCTL_EVTCHN_NOTIFY, &notify))
			die("notify");
		if (!event(PATIENCE_MS))
			die("no answer");
	}
	printf("rounds=%u ns=%llu\n", rounds, (unsigned long long)(now_ns() - start_ns) / rounds);
}

static void count(unsigned int domid, unsigned int seconds)
{
	struct ioctl_evtchn_bind_unbound_port bind = { .remote_domain = domid };
	struct rusage ru;
	uint64_t start_ns, cpu_us, n = 1;

	if (ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind) < 0)
		die("bind_unbound_port");
	if (!event(PATIENCE_MS))
		die("no event");
	start_ns = now_ns();
	while (now_ns() - start_ns < seconds * 1000000000ULL)
		n += event(100);
	getrusage(RUSAGE_SELF, &ru);
	cpu_us = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000ULL +
		 ru.ru_utime.tv_usec + ru.ru_stime.tv_usec;
	printf("events=%llu ms=%llu cpu_ms=%llu\n", (unsigned long long)n,
	       (unsigned long long)(now_ns() - start_ns) / 1000000,
	       (unsigned long long)cpu_us / 1000);
}

int main(int argc, char **argv)
{
	if (argc != 4 || (strcmp(argv[1], "echo") && strcmp(argv[1], "count"))) {
		fprintf(stderr, "usage: evtchn_peer echo DOMID N | count DOMID SECONDS\n");
		return 2;
	}
	fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/xen/evtchn");
	if (!strcmp(argv[1], "echo"))
		echo(atoi(argv[2]), atoi(argv[3]));
	else
		count(atoi(argv[2]), atoi(argv[3]));
	return 0;
}
