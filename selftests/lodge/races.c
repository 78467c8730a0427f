// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Everything at once: creators, starts, destroys, kills, dumps and console
 * readers that race each other for the same few names.  No call may fail in a
 * way that its description does not know, and in the end nothing is left.
 *
 * The guests' page table is an empty L4: it is valid, and the guest dies of its
 * first instruction fetch.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "genl.h"

#define PAGE		4096UL
#define NR_PAGES	1024UL
#define L4_GPFN		5
#define NR_NAMES	3
#define SECONDS		5

static atomic_bool stop;
static atomic_int unexpected;
static atomic_int nr_started;

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

/* Is @err 0 or one of the list, which ends with 0? */
static void expect(const char *what, int err, const int *known)
{
	if (!err)
		return;
	for (; *known; known++) {
		if (err == *known)
			return;
	}
	if (atomic_fetch_add(&unexpected, 1) < 5)
		dprintf(STDOUT_FILENO, "# %s: %s\n", what, strerror(err));
}

#define EXPECT_ERR(what, err, ...)	expect(what, err, (const int[]){ __VA_ARGS__, 0 })

static const char *any_name(unsigned int *seed)
{
	static const char *const names[NR_NAMES] = { "race-a", "race-b", "race-c" };

	return names[rand_r(seed) % NR_NAMES];
}

static int create(int fd, const char *name, struct lodge_create *args)
{
	*args = (struct lodge_create){
		.abi_version = LODGE_ABI_VERSION,
		.nr_pages = NR_PAGES,
		.max_pages = NR_PAGES,
		.nr_vcpus = 2,
		.weight = 256,
		.console_gpfn = 1,
	};
	strncpy(args->name, name, sizeof(args->name) - 1);
	return result(ioctl(fd, LODGE_CREATE, args));
}

static int start(int fd)
{
	struct lodge_start args = { .rip = 0x1000, .rsp = 0x2000, .l4_gpfn = L4_GPFN };

	return result(ioctl(fd, LODGE_START, &args));
}

static __thread sigjmp_buf sigbus_jmp;

static void on_sigbus(int sig)
{
	siglongjmp(sigbus_jmp, 1);
}

/* Write all over the memory until somebody takes it away. Return: was it? */
static bool scribble(volatile char *memory, unsigned int *seed)
{
	int i;

	if (sigsetjmp(sigbus_jmp, 1))
		return true;
	for (i = 0; i < 64; i++) {
		unsigned long page = rand_r(seed) % NR_PAGES;

		if (page != L4_GPFN)
			memory[page * PAGE] = 1;
	}
	return false;
}

static void build_one(unsigned int *seed)
{
	int fd = open("/dev/lodge", O_RDWR | O_CLOEXEC), err;
	struct lodge_create args;
	char *memory;

	err = create(fd, any_name(seed), &args);
	EXPECT_ERR("create", err, EEXIST, ENOMEM, ESHUTDOWN);
	if (!err) {
		memory = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			      args.mmap_offset);
		scribble(memory, seed);
		if (rand_r(seed) % 4) {
			err = start(fd);
			EXPECT_ERR("start", err, ESHUTDOWN);
			atomic_fetch_add(&nr_started, !err);
			scribble(memory, seed);
		}
		if (rand_r(seed) % 2)	/* else the file stays open until the mapping goes */
			munmap(memory, NR_PAGES * PAGE);
		close(fd);
		munmap(memory, NR_PAGES * PAGE);
		return;
	}
	close(fd);
}

static void *creator(void *arg)
{
	unsigned int seed = (unsigned long)arg;

	while (!stop)
		build_one(&seed);
	return NULL;
}

/* What is left of the last answer: an acknowledgement, the rest of a dump. */
static void drain(struct genl *g)
{
	while (recv(g->fd, g->buf, sizeof(g->buf), MSG_DONTWAIT) > 0)
		;
}

static int command(struct genl *g, uint8_t cmd, const char *name, int weight)
{
	drain(g);
	genl_begin(g, g->family, cmd, NLM_F_ACK);
	genl_string(g, LODGE_A_DOMAIN_NAME, name);
	if (weight)
		genl_u32(g, LODGE_A_SCHED_WEIGHT, weight);
	return genl_call(g);
}

static void *steerer(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	struct genl g;

	if (genl_open(&g))
		return NULL;
	while (!stop) {
		const char *name = any_name(&seed);

		EXPECT_ERR("pause", command(&g, LODGE_CMD_DOMAIN_PAUSE, name, 0),
			   ENOENT, EBUSY, ESHUTDOWN, EALREADY);
		EXPECT_ERR("unpause", command(&g, LODGE_CMD_DOMAIN_UNPAUSE, name, 0),
			   ENOENT, EBUSY, ESHUTDOWN, EALREADY);
		EXPECT_ERR("sched", command(&g, LODGE_CMD_SCHED_SET, name, 1 + rand_r(&seed) % 65535),
			   ENOENT, ESHUTDOWN);
		EXPECT_ERR("audit", command(&g, LODGE_CMD_AUDIT, name, 0), ENOENT, ESHUTDOWN);
	}
	close(g.fd);
	return NULL;
}

static void *destroyer(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	struct genl g;

	if (genl_open(&g))
		return NULL;
	while (!stop) {
		EXPECT_ERR("destroy", command(&g, LODGE_CMD_DOMAIN_DESTROY, any_name(&seed), 0),
			   ENOENT);
		usleep(rand_r(&seed) % 20000);
	}
	close(g.fd);
	return NULL;
}

static void read_console(uint32_t id, unsigned int *seed)
{
	int fd = open("/dev/lodge", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct lodge_console args = { .domid = id, .flags = rand_r(seed) % 2 };
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	char buf[256] = "";
	int err;

	err = result(ioctl(fd, LODGE_CONSOLE, &args));
	EXPECT_ERR("console", err, ENOENT);
	if (!err) {
		poll(&p, 1, rand_r(seed) % 10);
		EXPECT_ERR("console write", result(write(fd, buf, sizeof(buf))),
			   EAGAIN, EPIPE, EBADFD);
		EXPECT_ERR("console read", result(read(fd, buf, sizeof(buf))), EAGAIN);
	}
	close(fd);
}

static void *watcher(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	struct nlattr *id;
	struct genl g;
	int err;

	if (genl_open(&g))
		return NULL;
	while (!stop) {
		const char *name = any_name(&seed);

		err = command(&g, LODGE_CMD_DOMAIN_GET, name, 0);
		EXPECT_ERR("get", err, ENOENT);
		id = err ? NULL : genl_find(&g, LODGE_A_DOMAIN_ID);
		if (id)
			read_console(genl_number(id), &seed);
		EXPECT_ERR("stats", command(&g, LODGE_CMD_STATS_GET, name, 0), ENOENT);
		drain(&g);
		genl_begin(&g, g.family, LODGE_CMD_VCPU_GET, NLM_F_DUMP);
		genl_string(&g, LODGE_A_VCPU_NAME, name);
		EXPECT_ERR("vcpus", genl_call(&g), ENOENT);
		drain(&g);
		genl_begin(&g, g.family, LODGE_CMD_DOMAIN_GET, NLM_F_DUMP);
		EXPECT_ERR("list", genl_call(&g), 0);
		usleep(1000);
	}
	close(g.fd);
	return NULL;
}

static uint64_t info(struct genl *g, int attr)
{
	struct nlattr *a;

	drain(g);
	genl_begin(g, g->family, LODGE_CMD_INFO_GET, 0);
	a = genl_call(g) ? NULL : genl_find(g, attr);
	return a ? genl_number(a) : ~0ULL;
}

static void forget_all(struct genl *g)
{
	unsigned int seed = 1, i;

	for (i = 0; i < 20 * NR_NAMES; i++)
		command(g, LODGE_CMD_DOMAIN_DESTROY, any_name(&seed), 0);
}

FIXTURE(races) {
	struct genl g;
};

FIXTURE_SETUP(races)
{
	struct sigaction sa = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };

	if (genl_open(&self->g))
		SKIP(return, "no netlink family: the module is not loaded");
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);	/* a mapping that is gone */
	stop = false;
	unexpected = 0;
}

FIXTURE_TEARDOWN(races)
{
	close(self->g.fd);
}

TEST_F_TIMEOUT(races, all_against_all, 60)
{
	void *(*const work[])(void *) = {
		creator, creator, creator, steerer, destroyer, watcher, watcher,
	};
	pthread_t thread[ARRAY_SIZE(work)];
	unsigned long i;

	for (i = 0; i < ARRAY_SIZE(work); i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, work[i], (void *)(i + 1)));
	sleep(SECONDS);
	stop = true;
	for (i = 0; i < ARRAY_SIZE(work); i++)
		pthread_join(thread[i], NULL);
	forget_all(&self->g);
	EXPECT_EQ(0, unexpected);
	EXPECT_LT(0, nr_started);
	EXPECT_EQ(0, info(&self->g, LODGE_A_INFO_DOMAINS));
	EXPECT_EQ(0, info(&self->g, LODGE_A_INFO_FRAMES));
}

TEST_F_TIMEOUT(races, killed_creators, 60)
{
	unsigned int seed = 7, i;
	int status, pid;

	for (i = 0; i < 60; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			for (;;)
				build_one(&seed);
		}
		usleep(rand_r(&seed) % 60000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
	forget_all(&self->g);
	EXPECT_EQ(0, info(&self->g, LODGE_A_INFO_DOMAINS));
	EXPECT_EQ(0, info(&self->g, LODGE_A_INFO_FRAMES));
}

/* Two threads write while a third starts: when it has, nobody can write any more. */
static volatile char *shared_memory;

static void *writer(void *arg)
{
	unsigned int seed = (unsigned long)arg;

	while (!scribble(shared_memory, &seed) && !stop)
		;
	return (void *)(long)!stop;	/* 1: the memory was taken away */
}

TEST_F_TIMEOUT(races, start_takes_the_memory_from_writers, 60)
{
	struct lodge_create args;
	pthread_t thread[2];
	unsigned int i, seed = 3;
	void *taken;
	int fd, n;

	for (n = 0; n < 20; n++) {
		fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);
		ASSERT_EQ(0, create(fd, "race-w", &args));
		shared_memory = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				     args.mmap_offset);
		ASSERT_NE(MAP_FAILED, shared_memory);
		for (i = 0; i < ARRAY_SIZE(thread); i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL, writer, (void *)(i + 1UL)));
		usleep(rand_r(&seed) % 20000);
		EXPECT_EQ(0, start(fd));
		EXPECT_TRUE(scribble(shared_memory, &seed));
		for (i = 0; i < ARRAY_SIZE(thread); i++) {
			pthread_join(thread[i], &taken);
			EXPECT_EQ(1, (long)taken);
		}
		munmap((void *)shared_memory, NR_PAGES * PAGE);
		close(fd);
		command(&self->g, LODGE_CMD_DOMAIN_DESTROY, "race-w", 0);
	}
	command(&self->g, LODGE_CMD_DOMAIN_DESTROY, "race-w", 0);
	EXPECT_EQ(0, info(&self->g, LODGE_A_INFO_FRAMES));
}

TEST_HARNESS_MAIN
