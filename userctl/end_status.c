// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: How a domain ended
 *
 * For the commands that wait for it: create --console, shutdown --wait, wait.
 */
#include <time.h>

#include "cli.h"

#define LOOK_MS	1000
#define NEVER	UINT64_MAX

struct watch {
	uint32_t id;
	bool lossy;			/* events were lost */
	bool ours;			/* an event about this domain came */
	bool over;			/* one of them said how it ended */
	struct domain_info last;
};

static void note_event(const struct reply *r, void *data)
{
	struct watch *w = data;
	struct domain_info info;

	if (r->cmd == LODGE_CMD_SCHED_SYSTEM_NTF)
		return;		/* about no domain */
	domain_info_read(&info, r->attrs);
	if (info.id != w->id)
		return;
	w->ours = true;
	if (info.shutdown != LODGE_SHUTDOWN_CODE_NONE) {
		w->over = true;
		w->last = info;
	}
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

/* Return: 0 after an event about the domain, or when it is time to look; -1. */
static int next_event(struct client *c, struct watch *w, uint64_t end_ms, struct errbuf *e)
{
	uint64_t now;
	int rc, ms;

	w->ours = false;
	do {
		now = now_ms();
		if (now >= end_ms)
			return 0;
		/* While the socket is congested losses go untold: look often. */
		ms = end_ms - now < LOOK_MS ? end_ms - now : LOOK_MS;
		rc = client_event(c, note_event, w, w->lossy || end_ms != NEVER ? ms : -1, e);
		if (rc < 0)
			return -1;
		w->lossy |= rc == 1;
	} while (!w->ours && !w->lossy);
	return 0;
}

/**
 * wait_until() - wait until something is true of a domain
 * @c: subscribed to events, before the domain was looked up
 * @id: the domain
 * @done: is it?  Also true of a domain that has ended
 * @timeout_s: for so long at most; -1: for ever
 * @info: filled with its last words
 * @e: why not
 *
 * The module is asked after each event, so a lost one does no harm; once the
 * domain is forgotten the events are all there is.
 *
 * Return: 0, 1 when the time is over, or -1.
 */
int wait_until(struct client *c, uint32_t id, bool (*done)(const struct domain_info *info),
	       int timeout_s, struct domain_info *info, struct errbuf *e)
{
	uint64_t end_ms = timeout_s < 0 ? NEVER : now_ms() + timeout_s * 1000ULL;
	struct domain_ref ref = { .id = id };
	struct watch w = { .id = id };

	for (;;) {
		if (!client_get(c, &ref, info, e)) {
			if (done(info))
				return 0;
		} else if (w.over) {
			*info = w.last;
			return 0;
		} else {
			return -1;
		}
		if (now_ms() >= end_ms)
			return 1;
		if (next_event(c, &w, end_ms, e))
			return -1;
	}
}

/**
 * has_shut_down() - has it ended, or only its memory left?
 * @info: of a domain
 */
bool has_shut_down(const struct domain_info *info)
{
	return info->state == LODGE_DOMAIN_STATE_ENDED ||
	       info->state == LODGE_DOMAIN_STATE_SUSPENDED ||
	       info->state == LODGE_DOMAIN_STATE_PRESERVED;
}

/**
 * wait_for_end() - wait until a domain has shut down, for ever if need be
 * @c: subscribed to events, before the domain was looked up
 * @id: the domain
 * @info: filled with its last words
 * @e: why not
 *
 * Return: 0 or -1.
 */
int wait_for_end(struct client *c, uint32_t id, struct domain_info *info, struct errbuf *e)
{
	return wait_until(c, id, has_shut_down, -1, info, e);
}

/**
 * end_status() - the exit status that tells how a domain ended
 * @info: of an ended or suspended domain
 */
int end_status(const struct domain_info *info)
{
	switch (info->shutdown) {
	case LODGE_SHUTDOWN_CODE_POWEROFF:
		return EXIT_OK;
	case LODGE_SHUTDOWN_CODE_REBOOT:
		return EXIT_REBOOT;
	case LODGE_SHUTDOWN_CODE_SUSPEND:
		return EXIT_SUSPENDED;
	case LODGE_SHUTDOWN_CODE_DESTROYED:
		return EXIT_DESTROYED;
	default:
		return EXIT_CRASHED;
	}
}
