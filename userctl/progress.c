// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: How far a creation is
 *
 * The module allocates a domain's memory in one ioctl, piece by piece, and
 * tells anybody who asks how much there is.  A thread of ours asks, and keeps
 * a line on the terminal up to date; where standard error is no terminal there
 * is none.  ^C needs no help of ours: the file that holds the unfinished
 * domain is closed, and it goes.
 */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli.h"

#define LARGE_BYTES	(1ULL << 30)	/* shown at once */
#define PATIENCE_MS	2000		/* of what is not large */
#define PERIOD_MS	200

static struct {
	const char *name;
	uint64_t bytes;
	int stop;		/* eventfd */
	bool runs;
	pthread_t thread;
} progress;

static void show(struct client *c)
{
	struct domain_ref ref = { .name = progress.name };
	char have[24], want[24];
	struct domain_info info;
	struct errbuf ignored;

	/* Not yet, or another of that name that has ended. */
	if (client_get(c, &ref, &info, &ignored) || info.state != LODGE_DOMAIN_STATE_BUILDING)
		return;
	fprintf(stderr, "\rlodge: %s: %s of %s of memory\033[K", progress.name,
		format_bytes(have, sizeof(have), info.memory),
		format_bytes(want, sizeof(want), progress.bytes));
	fflush(stderr);
}

static void *progress_thread(void *unused)
{
	struct pollfd stop = { .fd = progress.stop, .events = POLLIN };
	int wait_ms = progress.bytes > LARGE_BYTES ? 0 : PATIENCE_MS;
	struct client c;
	struct errbuf ignored;

	(void)unused;
	if (client_open(&c, &ignored))
		return NULL;
	while (!poll(&stop, 1, wait_ms)) {
		show(&c);
		wait_ms = PERIOD_MS;
	}
	client_close(&c);
	return NULL;
}

/**
 * progress_begin() - a domain is about to be created
 * @name: its name; must stay until progress_end()
 * @bytes: of memory that it will get
 *
 * If there can be no thread there is no line, and that is all.
 */
void progress_begin(const char *name, uint64_t bytes)
{
	if (!isatty(STDERR_FILENO))
		return;
	progress.name = name;
	progress.bytes = bytes;
	progress.stop = eventfd(0, EFD_CLOEXEC);
	if (progress.stop < 0)
		return;
	progress.runs = !pthread_create(&progress.thread, NULL, progress_thread, NULL);
	if (!progress.runs)
		close(progress.stop);
}

/**
 * progress_end() - it has been created, or not: the line goes
 */
void progress_end(void)
{
	if (!progress.runs)
		return;
	eventfd_write(progress.stop, 1);
	pthread_join(progress.thread, NULL);
	close(progress.stop);
	progress.runs = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
