// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/evtchn, mostly with both ends of a channel in domain 0: no guest
 * is needed to see how ports are bound, masked, read, and closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "lodge.h"

typedef uint16_t domid_t;
#include <xen/evtchn.h>

#define VIRQ_TIMER	0
#define VIRQ_DOM_EXC	3
#define NR_VIRQS	24
#define NR_PORTS	4096
#define DOM0		0
#define NO_DOMAIN	0x7123

/* As evtchn_queue.c has it: a port's events at once, and then in a second. */
#define BURST		1024
#define PER_SECOND	8000

static int bind_unbound(int fd, unsigned int domid)
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = domid };

	return ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

static int bind_interdomain(int fd, unsigned int domid, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain arg = { .remote_domain = domid, .remote_port = port };

	return ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

static int bind_virq(int fd, unsigned int virq)
{
	struct ioctl_evtchn_bind_virq arg = { .virq = virq };

	return ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, &arg);
}

static int unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind arg = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_UNBIND, &arg);
}

static int notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify arg = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_NOTIFY, &arg);
}

static int restrict_to(int fd, unsigned int domid)
{
	struct ioctl_evtchn_restrict_domid arg = { .domid = domid };

	return ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &arg);
}

/* The port of the next event, 0 if there is none now, or -errno. */
static int next_event(int fd)
{
	uint32_t port;
	ssize_t n = read(fd, &port, sizeof(port));

	if (n == sizeof(port))
		return port;
	return n < 0 && errno == EAGAIN ? 0 : n < 0 ? -errno : -EPROTO;
}

static int write_back(int fd, uint32_t port)
{
	return write(fd, &port, sizeof(port)) == sizeof(port) ? 0 : -1;
}

static int open_evtchn(void)
{
	return open("/dev/xen/evtchn", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

#define EXPECT_ERRNO(err, call) do {		\
	errno = 0;				\
	EXPECT_EQ(-1, (call));			\
	EXPECT_EQ(err, errno);			\
} while (0)

/* Two files, one end of a channel each, and nothing pending. */
FIXTURE(pair) {
	int a, b;		/* files */
	int pa, pb;		/* ports */
};

FIXTURE_SETUP(pair)
{
	self->a = open_evtchn();
	self->b = open_evtchn();
	ASSERT_LE(0, self->a);
	ASSERT_LE(0, self->b);
	self->pa = bind_unbound(self->a, DOM0);
	ASSERT_LT(0, self->pa);
	self->pb = bind_interdomain(self->b, DOM0, self->pa);
	ASSERT_LT(0, self->pb);
	ASSERT_EQ(self->pb, next_event(self->b));	/* whoever binds may have missed one */
	ASSERT_EQ(0, write_back(self->b, self->pb));
}

FIXTURE_TEARDOWN(pair)
{
	close(self->a);
	close(self->b);
}

TEST_F(pair, events_go_both_ways)
{
	EXPECT_EQ(0, next_event(self->a));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, next_event(self->a));
	EXPECT_EQ(0, notify(self->b, self->pb));
	EXPECT_EQ(self->pa, next_event(self->a));
	EXPECT_EQ(0, next_event(self->b));
}

TEST_F(pair, a_port_is_masked_until_written_back)
{
	int i;

	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, write_back(self->b, self->pb));	/* the other four are one */
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(0, write_back(self->b, self->pb));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(self->pb, next_event(self->b));
}

TEST_F(pair, written_back_before_it_was_read)
{
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(0, write_back(self->b, self->pb));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, write_back(self->b, self->pb));
	EXPECT_EQ(0, next_event(self->b));
}

TEST_F(pair, poll_tells)
{
	struct pollfd pfd = { .fd = self->b, .events = POLLIN | POLLOUT };

	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, pfd.revents);
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
}

static void *notify_later(void *arg)
{
	int *end = arg;		/* file, port */

	usleep(50000);
	notify(end[0], end[1]);
	return NULL;
}

TEST_F(pair, a_read_waits)
{
	int end[2] = { self->a, self->pa };
	pthread_t t;

	ASSERT_EQ(0, fcntl(self->b, F_SETFL, 0));
	ASSERT_EQ(0, pthread_create(&t, NULL, notify_later, end));
	EXPECT_EQ(self->pb, next_event(self->b));
	pthread_join(t, NULL);
}

static atomic_int nr_sigio;

static void sigio(int sig)
{
	atomic_fetch_add(&nr_sigio, 1);
}

TEST_F(pair, sigio_tells)
{
	signal(SIGIO, sigio);
	ASSERT_EQ(0, fcntl(self->b, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->b, F_SETFL, O_NONBLOCK | O_ASYNC));
	EXPECT_EQ(0, atomic_load(&nr_sigio));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(1, atomic_load(&nr_sigio));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(1, atomic_load(&nr_sigio));
}

TEST_F(pair, odd_lengths_and_bad_addresses)
{
	char *volatile nowhere = (char *)8;
	uint32_t ports[3] = { ~0U, self->pb, 0 };

	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(0, read(self->b, ports + 2, 3));
	EXPECT_ERRNO(EFAULT, read(self->b, nowhere, 4));
	EXPECT_EQ(4, read(self->b, ports + 2, 4));	/* it was not lost */
	EXPECT_EQ(self->pb, ports[2]);
	EXPECT_EQ(0, write(self->b, ports, 3));
	EXPECT_ERRNO(EFAULT, write(self->b, nowhere, 4));
	EXPECT_EQ(8, write(self->b, ports, 11));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(4, read(self->b, ports, sizeof(ports)));
	EXPECT_ERRNO(EFAULT, ioctl(self->b, IOCTL_EVTCHN_NOTIFY, nowhere));
	EXPECT_ERRNO(EFAULT, ioctl(self->b, IOCTL_EVTCHN_BIND_VIRQ, nowhere));
	EXPECT_ERRNO(EFAULT, ioctl(self->b, IOCTL_EVTCHN_BIND_INTERDOMAIN, nowhere));
	EXPECT_ERRNO(ENOSYS, ioctl(self->b, _IO('E', 77), 0));
}

TEST_F(pair, a_port_belongs_to_its_file)
{
	EXPECT_ERRNO(ENOTCONN, notify(self->a, self->pb));
	EXPECT_ERRNO(ENOTCONN, unbind(self->a, self->pb));
	EXPECT_ERRNO(EINVAL, unbind(self->a, NR_PORTS));
	EXPECT_ERRNO(EINVAL, unbind(self->a, ~0U));
	EXPECT_ERRNO(ENOTCONN, unbind(self->a, 0));
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(0, write_back(self->a, self->pb));	/* not ours: nothing happens */
	EXPECT_EQ(self->pb, next_event(self->b));
}

TEST_F(pair, unbind_leaves_the_other_end_unbound)
{
	EXPECT_ERRNO(EINVAL, bind_interdomain(self->b, DOM0, self->pa));
	EXPECT_EQ(0, unbind(self->b, self->pb));
	EXPECT_ERRNO(ENOTCONN, notify(self->b, self->pb));
	EXPECT_EQ(0, notify(self->a, self->pa));	/* to nobody */
	self->pb = bind_interdomain(self->b, DOM0, self->pa);
	ASSERT_LT(0, self->pb);
	EXPECT_EQ(self->pb, next_event(self->b));
	EXPECT_EQ(0, notify(self->b, self->pb));
	EXPECT_EQ(self->pa, next_event(self->a));
	close(self->b);
	self->b = open_evtchn();
	EXPECT_LT(0, bind_interdomain(self->b, DOM0, self->pa));
}

TEST_F(pair, what_is_unbound_while_unread_is_not_read)
{
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(0, unbind(self->b, self->pb));
	EXPECT_EQ(0, next_event(self->b));
}

TEST_F(pair, reset_forgets)
{
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(0, ioctl(self->b, IOCTL_EVTCHN_RESET, 0));
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, notify(self->a, self->pa));	/* still masked */
	EXPECT_EQ(0, next_event(self->b));
	EXPECT_EQ(0, write_back(self->b, self->pb));
	EXPECT_EQ(self->pb, next_event(self->b));
}

TEST_F(pair, restrict_domid)
{
	EXPECT_ERRNO(EINVAL, restrict_to(self->b, 0));
	EXPECT_ERRNO(EINVAL, restrict_to(self->b, 0x7ff0));
	EXPECT_EQ(0, restrict_to(self->b, NO_DOMAIN));
	EXPECT_ERRNO(EACCES, restrict_to(self->b, NO_DOMAIN));
	EXPECT_ERRNO(EACCES, bind_unbound(self->b, DOM0));
	EXPECT_ERRNO(EACCES, bind_virq(self->b, VIRQ_DOM_EXC));
	EXPECT_ERRNO(EACCES, bind_interdomain(self->b, DOM0, self->pa));
	EXPECT_ERRNO(ESRCH, bind_interdomain(self->b, NO_DOMAIN, 1));
	EXPECT_EQ(0, notify(self->b, self->pb));	/* what was bound remains */
}

TEST_F(pair, bad_ports_and_domains)
{
	static const unsigned int ports[] = { 0, NR_PORTS - 1, NR_PORTS, ~0U };
	unsigned int i;

	for (i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		EXPECT_ERRNO(EINVAL, bind_interdomain(self->a, DOM0, ports[i]));
	EXPECT_ERRNO(ESRCH, bind_interdomain(self->a, NO_DOMAIN, 1));
	EXPECT_ERRNO(ESRCH, bind_interdomain(self->a, 0x7ff0, 1));
	EXPECT_ERRNO(ESRCH, bind_interdomain(self->a, 0x10000, self->pa));
	EXPECT_ERRNO(ESRCH, bind_unbound(self->a, ~0U));
}

TEST_F(pair, ports_run_out_and_come_back)
{
	int fd = open_evtchn(), n = 0, port;

	ASSERT_LE(0, fd);
	while ((port = bind_unbound(fd, DOM0)) > 0)
		n++;
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_LT(4000, n);
	close(fd);
	port = bind_unbound(self->a, DOM0);
	EXPECT_LT(0, port);
}

static void *storm(void *arg)
{
	int *end = arg;		/* file, port, go on */

	while (*(volatile int *)&end[2])
		notify(end[0], end[1]);
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

TEST_F(pair, a_storm_is_throttled_and_its_last_event_comes)
{
	int end[3] = { self->a, self->pa, 1 };
	struct pollfd pfd = { .fd = self->b, .events = POLLIN };
	uint64_t start_ns = now_ns(), ns, n = 0;
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, storm, end));
	while ((ns = now_ns() - start_ns) < 1000000000) {
		if (poll(&pfd, 1, 100) <= 0)
			continue;
		EXPECT_EQ(self->pb, next_event(self->b));
		EXPECT_EQ(0, write_back(self->b, self->pb));
		n++;
	}
	end[2] = 0;
	pthread_join(t, NULL);
	TH_LOG("%llu events in %llu ms", (unsigned long long)n, (unsigned long long)ns / 1000000);
	EXPECT_LE(n, BURST + PER_SECOND * ns / 1000000000 + 10);
	EXPECT_LT(100, n);
	while (poll(&pfd, 1, 200) == 1) {
		EXPECT_EQ(self->pb, next_event(self->b));
		EXPECT_EQ(0, write_back(self->b, self->pb));
	}
	EXPECT_EQ(0, notify(self->a, self->pa));
	EXPECT_EQ(1, poll(&pfd, 1, 1000));
	EXPECT_EQ(self->pb, next_event(self->b));
}

/* Binders, closers, senders and readers of the same few ports. */
static atomic_bool racing;

static void *race(void *arg)
{
	int fd = open_evtchn(), port = 1, other;
	uint32_t ports[16];
	ssize_t n;

	if (fd < 0)
		return "open";
	while (atomic_load(&racing)) {
		port = bind_unbound(fd, DOM0);
		if (port < 0)
			return "bind_unbound";
		/* Whatever is there may be bound, or gone: -EINVAL. */
		other = bind_interdomain(fd, DOM0, port > 1 ? port - 1 : port);
		if (other < 0 && errno != EINVAL)
			return "bind_interdomain";
		notify(fd, port);
		if (other > 0)
			notify(fd, other);
		n = read(fd, ports, sizeof(ports));
		if (n > 0)
			n = write(fd, ports, n);
		if (n < 0 && errno != EAGAIN)
			return "read or write";
		if (other > 0 && unbind(fd, other))
			return "unbind";
		if (unbind(fd, port))
			return "unbind unbound";
	}
	close(fd);
	return NULL;
}

TEST(races)
{
	pthread_t t[4];
	void *what;
	int i;

	atomic_store(&racing, true);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&t[i], NULL, race, NULL));
	sleep(2);
	atomic_store(&racing, false);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &what);
		EXPECT_EQ(NULL, what) TH_LOG("%s failed", (char *)what);
	}
}

TEST(virqs)
{
	int fd = open_evtchn(), port;

	ASSERT_LE(0, fd);
	EXPECT_ERRNO(EINVAL, bind_virq(fd, NR_VIRQS));
	EXPECT_ERRNO(EINVAL, bind_virq(fd, ~0U));
	EXPECT_ERRNO(EEXIST, bind_virq(fd, VIRQ_TIMER));
	port = bind_virq(fd, VIRQ_DOM_EXC);
	if (port < 0 && errno == EEXIST)
		SKIP(return, "xenstored has VIRQ_DOM_EXC");
	ASSERT_LT(0, port);
	EXPECT_ERRNO(EEXIST, bind_virq(fd, VIRQ_DOM_EXC));
	EXPECT_EQ(0, notify(fd, port));		/* does nothing */
	EXPECT_EQ(0, next_event(fd));
	EXPECT_EQ(0, unbind(fd, port));
	EXPECT_LT(0, bind_virq(fd, VIRQ_DOM_EXC));
	close(fd);
}

TEST(virq_dom_exc_comes_when_a_domain_goes)
{
	struct lodge_create create = {
		.abi_version = LODGE_ABI_VERSION, .nr_vcpus = 1, .nr_pages = 1024, .max_pages = 1024,
		.weight = 256, .console_gpfn = 1, .name = "exc",
	};
	int fd = open_evtchn(), builder = open("/dev/lodge", O_RDWR | O_CLOEXEC), port;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	ASSERT_LE(0, fd);
	ASSERT_LE(0, builder);
	port = bind_virq(fd, VIRQ_DOM_EXC);
	if (port < 0 && errno == EEXIST)
		SKIP(return, "xenstored has VIRQ_DOM_EXC");
	ASSERT_LT(0, port);
	ASSERT_EQ(0, ioctl(builder, LODGE_CREATE, &create));
	EXPECT_EQ(0, next_event(fd));
	close(builder);
	EXPECT_EQ(1, poll(&pfd, 1, 5000));
	EXPECT_EQ(port, next_event(fd));
	close(fd);
}

TEST(nobody_else_may)
{
	struct stat st;

	ASSERT_EQ(0, stat("/dev/xen/evtchn", &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
}

TEST_HARNESS_MAIN
