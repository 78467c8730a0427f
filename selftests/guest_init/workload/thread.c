// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: jobs in which threads change what other threads use at that moment:
 * mappings (what one took away must be gone for all), futexes, signals.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

static __thread sigjmp_buf thread_jump;

static void on_thread_fault(int sig)
{
	siglongjmp(thread_jump, sig);
}

/* A page that one thread protects and remaps while the others use it. */
struct page_game {
	char *page;
	int turn;		/* what the page is now: below */
	int answers;		/* threads that have seen it */
	int wrong;
};

enum turn { WRITABLE, READ_ONLY, NEW_PAGE, GONE, NR_TURNS, STOP };

#define PLAYERS 3
#define OLD 0x55
#define NEW 0x66

static int try_byte(volatile char *at, int write)
{
	if (sigsetjmp(thread_jump, 1))
		return -1;
	if (write) {
		*at = OLD;
		return OLD;
	}
	return *at;
}

/* After the change is announced, no player may see what was before. */
static int seen_right(struct page_game *g, enum turn turn, int me)
{
	switch (turn) {
	case WRITABLE:
		return try_byte(g->page + me, 1) == OLD && try_byte(g->page + me, 0) == OLD;
	case READ_ONLY:
		return try_byte(g->page + me, 0) == OLD && try_byte(g->page + me, 1) == -1;
	case NEW_PAGE:
		return try_byte(g->page + me, 0) == NEW;
	case GONE:
		return try_byte(g->page + me, 0) == -1;
	default:
		return 1;
	}
}

struct player {
	struct page_game *g;
	int me;
};

static void *play(void *arg)
{
	struct player *p = arg;
	int last = -1, turn;

	for (;;) {
		turn = __atomic_load_n(&p->g->turn, __ATOMIC_ACQUIRE);
		if (turn == STOP)
			return NULL;
		if (turn == last || turn < 0) {
			sched_yield();
			continue;
		}
		if (!seen_right(p->g, turn, p->me))
			__atomic_store_n(&p->g->wrong, turn + 1, __ATOMIC_RELAXED);
		last = turn;
		__atomic_add_fetch(&p->g->answers, 1, __ATOMIC_RELEASE);
	}
}

static void announce(struct page_game *g, enum turn turn)
{
	__atomic_store_n(&g->answers, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&g->turn, turn, __ATOMIC_RELEASE);
	while (__atomic_load_n(&g->answers, __ATOMIC_ACQUIRE) < PLAYERS)
		sched_yield();
	if (g->wrong)
		die("a thread saw a stale mapping after change %d", g->wrong - 1);
}

void job_thread_maps(void)
{
	struct sigaction action = { .sa_handler = on_thread_fault }, old;
	struct page_game g = { .turn = -1 };
	struct player players[PLAYERS];
	pthread_t threads[PLAYERS];
	int i, round;

	CHECK(sigaction(SIGSEGV, &action, &old) == 0);
	g.page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(g.page != MAP_FAILED);
	for (i = 0; i < PLAYERS; i++) {
		players[i] = (struct player){ &g, i };
		CHECK(pthread_create(&threads[i], NULL, play, &players[i]) == 0);
	}
	for (round = 0; round < 2; round++) {
		announce(&g, WRITABLE);
		CHECK(mprotect(g.page, PAGE, PROT_READ) == 0);
		announce(&g, READ_ONLY);
		/* No announcement until the new page is there and has its contents. */
		CHECK(mmap(g.page, PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == g.page);
		memset(g.page, NEW, PAGE);
		announce(&g, NEW_PAGE);
		CHECK(mprotect(g.page, PAGE, PROT_NONE) == 0);
		announce(&g, GONE);
		CHECK(mprotect(g.page, PAGE, PROT_READ | PROT_WRITE) == 0);
	}
	__atomic_store_n(&g.turn, STOP, __ATOMIC_RELEASE);
	for (i = 0; i < PLAYERS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(munmap(g.page, PAGE) == 0);
	CHECK(sigaction(SIGSEGV, &old, NULL) == 0);
}

/* Threads of one address space that each map, fill, protect and unmap. */
static void *map_alone(void *arg)
{
	uint64_t key = (uint64_t)arg;
	size_t len = (1 + key % 23) * PAGE;
	int i;

	for (i = 0; i < 8; i++) {
		char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(mem != MAP_FAILED);
		pattern_fill(mem, len, key + i);
		CHECK(mprotect(mem, len, PROT_READ) == 0);
		pattern_check(mem, len, key + i);
		CHECK(mprotect(mem, len, PROT_NONE) == 0);
		CHECK(mprotect(mem, len, PROT_READ | PROT_WRITE) == 0);
		pattern_check(mem, len, key + i);
		pattern_fill(mem, len, ~key);
		pattern_check(mem, len, ~key);
		CHECK(munmap(mem, len) == 0);
	}
	return NULL;
}

void job_thread_mmap(void)
{
	pthread_t threads[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, map_alone, (void *)(1 + rnd(1UL << 40))) == 0);
	for (i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static long futex(int *at, int op, int val, const struct timespec *timeout)
{
	return syscall(SYS_futex, at, op, val, timeout, NULL, 0);
}

static void futex_pass(int *ball, int mine, int other)
{
	int now;

	while ((now = __atomic_load_n(ball, __ATOMIC_ACQUIRE)) != mine)
		if (futex(ball, FUTEX_WAIT, now, NULL) < 0)
			CHECK(errno == EAGAIN || errno == EINTR);
	__atomic_store_n(ball, other, __ATOMIC_RELEASE);
	CHECK(futex(ball, FUTEX_WAKE, INT_MAX, NULL) >= 0);
}

/* A ball goes round three processes; then a wait that must time out, not early. */
void job_futex(void)
{
	struct timespec before, after, wait = { 0, 2000000 };
	int *ball = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pids[3], i, round;
	long long waited_ns;

	CHECK(ball != MAP_FAILED);
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			for (round = 0; round < 30; round++)
				futex_pass(ball, i, (i + 1) % 3);
			_exit(0);
		}
	}
	for (i = 0; i < 3; i++)
		reap(pids[i], 0);
	CHECK(*ball == 0);
	CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
	CHECK(futex(ball, FUTEX_WAIT, 0, &wait) == -1 && errno == ETIMEDOUT);
	CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
	waited_ns = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
	if (waited_ns < wait.tv_nsec)
		die("a futex timed out after %lld ns, not %ld", waited_ns, wait.tv_nsec);
	CHECK(munmap(ball, PAGE) == 0);
}

#define QUEUED 20

static int queued_next, queued_wrong;

static void on_queued(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_value.sival_int != queued_next || info->si_code != SI_QUEUE)
		queued_wrong++;
	__atomic_add_fetch(&queued_next, 1, __ATOMIC_RELAXED);
}

/* Queued signals: from another process, all of them, in order. */
void job_queued(void)
{
	struct sigaction action = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO }, old;
	int to = getpid(), pid, i, status;

	queued_next = queued_wrong = 0;
	CHECK(sigaction(SIGRTMIN + 1, &action, &old) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (i = 0; i < QUEUED; i++)
			CHECK(sigqueue(to, SIGRTMIN + 1, (union sigval){ .sival_int = i }) == 0);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) != pid)
		CHECK(errno == EINTR);
	CHECK(status == 0);
	while (__atomic_load_n(&queued_next, __ATOMIC_RELAXED) < QUEUED)
		sched_yield();
	CHECK(queued_next == QUEUED && queued_wrong == 0);
	CHECK(sigaction(SIGRTMIN + 1, &old, NULL) == 0);
}
