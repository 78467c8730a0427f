// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge store
 *
 * Starts and stops xenstored by hand, and the watch that keeps the store in
 * step with the domains: xenstored knows when a domain has ended, and drops
 * what the guest owned, but not what domain 0 wrote for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenstore.h>

#include "cli.h"
#include "store.h"

static int start(struct errbuf *e)
{
	switch (store_start(e)) {
	case STORE_RUNS:
		store_spawn_watch();
		return 0;
	case STORE_ABSENT:
		return fail(e, "there is no xenstored; install Debian's xen-utils package, or do without: lodge create --no-store");
	default:
		return -1;
	}
}

static void count_living(const struct reply *r, void *data)
{
	unsigned int *n = data;
	struct domain_info info;

	domain_info_read(&info, r->attrs);
	*n += info.state != LODGE_DOMAIN_STATE_ENDED;
}

static int no_domains(struct errbuf *e)
{
	struct client c = { 0 };
	unsigned int n = 0;
	int rc = -1;

	if (!client_open(&c, e) && !client_dump(&c, LODGE_CMD_DOMAIN_GET, NULL, count_living, &n, e))
		rc = n ? fail(e, "domains live that need xenstored; 'lodge list' shows them") : 0;
	client_close(&c);
	return rc;
}

static int stop(struct errbuf *e)
{
	return store_running() && no_domains(e) ? -1 : store_stop(e);
}

static int sweep(struct errbuf *e)
{
	struct client c = { 0 };
	int rc = client_open(&c, e) ? -1 : store_sweep(&c, e);

	client_close(&c);
	return rc;
}

static int watch(struct errbuf *e)
{
	struct xs_handle *xs = store_open();
	unsigned int n;
	char **event;

	if (!xs)
		return fail(e, "xenstored does not run; 'lodge store start' starts it");
	if (store_lock("watch", e))
		return -1;
	if (!xs_watch(xs, "@releaseDomain", "lodge"))
		return fail(e, "cannot watch the store: %s", strerror(errno));
	/* The first event comes at once; none any more when xenstored has ended. */
	while ((event = xs_read_watch(xs, &n))) {
		free(event);
		if (sweep(e))
			report(e);
	}
	return 0;
}

int cmd_store(int argc, char **argv)
{
	static const struct option none[] = { { } };
	static const struct {
		const char *name;
		int (*run)(struct errbuf *e);
	} actions[] = {
		{ "start", start }, { "stop", stop }, { "sweep", sweep }, { "watch", watch },
	};
	const char *action;
	struct errbuf e;

	while (next_option(argc, argv, none) != -1)
		;
	if (optind >= argc)
		usage_error("say what to do: start, stop, sweep or watch");
	action = argv[optind++];
	no_more_arguments(argc, argv);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(action, actions[i].name))
			return actions[i].run(&e) ? report(&e) : EXIT_OK;
	usage_error("'%s' is none of start, stop, sweep and watch", action);
}
