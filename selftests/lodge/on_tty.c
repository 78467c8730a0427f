// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: on_tty [-c MS] COMMAND...: run a command on a terminal of its own, copy
 * what it prints, and type ^C after MS milliseconds.  The status is the command's,
 * or 128 and the signal.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	long at = -1;
	int tty, status, pid;
	char buf[4096];
	ssize_t n;

	if (argc > 3 && !strcmp(argv[1], "-c")) {
		at = now_ms() + atol(argv[2]);
		argv += 2;
	}
	pid = forkpty(&tty, NULL, NULL, NULL);
	if (pid < 0)
		return 127;
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	for (;;) {
		struct pollfd p = { .fd = tty, .events = POLLIN };
		long left = at < 0 ? -1 : at - now_ms();

		if (at >= 0 && left <= 0) {
			at = -1;
			if (write(tty, "\3", 1) != 1)
				break;
			continue;
		}
		if (poll(&p, 1, left) <= 0)
			continue;
		n = read(tty, buf, sizeof(buf));
		if (n <= 0)
			break;	/* EIO: nobody has the terminal open any more */
		if (write(1, buf, n) != n)
			return 127;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
