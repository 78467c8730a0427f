// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: How a domain ended
 *
 * For the commands that wait for it: create --console, and wait.
 */
#include "cli.h"

struct watch {
	uint32_t id;
	bool ours;			/* an event about this domain came */
	bool over;			/* one of them said how it ended */
	struct domain_info last;
};

static void note_event(const struct reply *r, void *data)
{
	struct watch *w = data;
	struct domain_info info;

	domain_info_read(&info, r->attrs);
	if (info.id != w->id)
		return;
	w->ours = true;
	if (info.shutdown != LODGE_SHUTDOWN_CODE_NONE) {
		w->over = true;
		w->last = info;
	}
}

/**
 * wait_for_end() - wait until a domain has ended or suspended itself
 * @c: subscribed to events, before the domain was looked up
 * @id: the domain
 * @info: filled with its last words
 * @e: why not
 *
 * The module is asked after each event, so a lost one does no harm; once the
 * domain is forgotten the events are all there is.
 *
 * Return: 0 or -1.
 */
int wait_for_end(struct client *c, uint32_t id, struct domain_info *info, struct errbuf *e)
{
	struct domain_ref ref = { .id = id };
	struct watch w = { .id = id };
	bool lossy = false;
	int rc;

	for (;;) {
		if (!client_get(c, &ref, info, e)) {
			if (info->state == LODGE_DOMAIN_STATE_ENDED ||
			    info->state == LODGE_DOMAIN_STATE_SUSPENDED)
				return 0;
		} else if (w.over) {
			*info = w.last;
			return 0;
		} else {
			return -1;
		}
		w.ours = false;
		do {
			/* While the socket is congested losses go untold: look often. */
			rc = client_event(c, note_event, &w, lossy ? 1000 : -1, e);
			if (rc < 0)
				return -1;
			lossy |= rc == 1;
		} while (!w.ours && !lossy);
	}
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
