// SPDX-License-Identifier: GPL-2.0-only
/* DOC: jobs about processes: fork, exec, pipes, threads, tracing. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

void job_fork(void)
{
	int pids[8], i, n = 1 + rnd(8);

	for (i = 0; i < n; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			int grandchild = fork();

			CHECK(grandchild >= 0);
			if (grandchild == 0)
				_exit(i + 10);
			reap(grandchild, i + 10);
			_exit(i);
		}
	}
	for (i = n - 1; i >= 0; i--)
		reap(pids[i], i);
}

void job_exec(void)
{
	char text[32], status[8], env[48];
	char *argv[] = { "workload", "--exec", text, status, NULL };
	char *envp[] = { env, NULL };
	int pid, want = rnd(90);

	snprintf(text, sizeof(text), "%lx", rnd(-1UL));
	snprintf(status, sizeof(status), "%d", want);
	snprintf(env, sizeof(env), "WORKLOAD=%s", text);
	pid = rnd(2) ? fork() : vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(98);
	}
	reap(pid, want);
}

/* The 32-bit program checks for itself; it lies beside this one. */
void job_exec32(void)
{
	char parent[16], status[8], path[256];
	char *argv[] = { "workload32", parent, status, NULL };
	int pid, want = 30 + rnd(60);
	ssize_t len;

	snprintf(parent, sizeof(parent), "%d", getpid());
	snprintf(status, sizeof(status), "%d", want);
	len = readlink("/proc/self/exe", path, sizeof(path) - 3);
	CHECK(len > 0 && len < (ssize_t)sizeof(path) - 3);
	strcpy(path + len, "32");
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execv(path, argv);
		_exit(98);
	}
	reap(pid, want);
}

static void all_io(int fd, int writing, char *buf, size_t len)
{
	while (len) {
		ssize_t n = writing ? write(fd, buf, len) : read(fd, buf, len);

		CHECK(n > 0);
		buf += n;
		len -= n;
	}
}

void job_pipe(void)
{
	static char buf[64 * 1024];
	int to[2], from[2], pid, i, rounds = 20 + rnd(100);
	unsigned int value;
	size_t len = (1 + rnd(sizeof(buf) / 8 - 1)) * 8;

	CHECK(pipe(to) == 0 && pipe(from) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (i = 0; i < rounds; i++) {
			all_io(to[0], 0, (char *)&value, sizeof(value));
			value = value * 3 + 1;
			all_io(from[1], 1, (char *)&value, sizeof(value));
		}
		all_io(to[0], 0, buf, len);
		pattern_check(buf, len, 5);
		_exit(0);
	}
	for (i = 0; i < rounds; i++) {
		value = i;
		all_io(to[1], 1, (char *)&value, sizeof(value));
		all_io(from[0], 0, (char *)&value, sizeof(value));
		CHECK(value == i * 3u + 1);
	}
	pattern_fill(buf, len, 5);
	all_io(to[1], 1, buf, len);
	reap(pid, 0);
	for (i = 0; i < 2; i++)
		CHECK(close(to[i]) == 0 && close(from[i]) == 0);
}

struct shared {
	pthread_mutex_t lock;
	unsigned long count;
};

static __thread unsigned long in_tls = 41;

static void *thread(void *arg)
{
	struct shared *s = arg;
	int i;

	CHECK(in_tls == 41);
	for (i = 0; i < 500; i++) {
		CHECK(pthread_mutex_lock(&s->lock) == 0);
		s->count++;
		in_tls++;
		CHECK(pthread_mutex_unlock(&s->lock) == 0);
		if (i % 50 == 0)
			sched_yield();
	}
	CHECK(in_tls == 541);
	return (void *)in_tls;
}

void job_threads(void)
{
	struct shared s = { PTHREAD_MUTEX_INITIALIZER, 0 };
	pthread_t threads[4];
	void *result;
	int i;

	for (i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, thread, &s) == 0);
	for (i = 0; i < 4; i++) {
		CHECK(pthread_join(threads[i], &result) == 0);
		CHECK(result == (void *)541);
	}
	CHECK(s.count == 4 * 500);
	CHECK(in_tls == 41);
}

/* A child is stepped through instructions, and stopped at a watchpoint. */
void job_ptrace(void)
{
	static volatile long watched;
	struct user_regs_struct regs;
	size_t dr = offsetof(struct user, u_debugreg);
	int pid, status, i;

	watched = 0;
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
		raise(SIGSTOP);
		for (i = 1; i <= 1000; i++)
			watched = i;
		_exit(watched == 1000 ? 17 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	for (i = 0; i < 20; i++) {
		CHECK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	}
	CHECK(ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0 && regs.rip);

	/* DR0: 8 bytes, stop after a write */
	CHECK(ptrace(PTRACE_POKEUSER, pid, dr, &watched) == 0);
	CHECK(ptrace(PTRACE_POKEUSER, pid, dr + 7 * 8, 0x90001) == 0);
	for (i = 1; i <= 3; i++) {
		CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
		CHECK(ptrace(PTRACE_PEEKDATA, pid, &watched, 0) == i);
	}
	CHECK(ptrace(PTRACE_POKEUSER, pid, dr + 7 * 8, 0) == 0);
	CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
	reap(pid, 17);
	CHECK(watched == 0);
}
