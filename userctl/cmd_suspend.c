// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge suspend, resume */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define DEFAULT_TIMEOUT_S	60

static int wait_for_it(struct client *c, struct domain_info *info, int timeout_s)
{
	struct errbuf e;
	int rc = wait_until(c, info->id, has_shut_down, timeout_s, info, &e);

	if (rc > 0)
		fail(&e, "%s still runs after %d s; its kernel may have refused, and its console may tell why",
		     info->name, timeout_s);
	if (rc) {
		report(&e);
		return rc > 0 ? EXIT_TIMEOUT : EXIT_FAILED;
	}
	if (info->state == LODGE_DOMAIN_STATE_SUSPENDED)
		return EXIT_OK;
	fail(&e, "%s has not suspended itself: %s", info->name,
	     info->reason[0] ? info->reason : shutdown_name(info->shutdown));
	return report(&e);
}

int cmd_suspend(int argc, char **argv)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	int timeout_s = DEFAULT_TIMEOUT_S, rc;
	struct domain_ref ref = { 0 };
	struct domain_info info;
	struct client c = { 0 };
	struct errbuf e;

	while (next_option(argc, argv, options) != -1)
		timeout_s = parse_number("--timeout", optarg, 1, 1000000);
	ref.name = name_argument(argc, argv);
	rc = client_open(&c, &e) || client_subscribe(&c, &e) || client_get(&c, &ref, &info, &e) ?
	     -1 : control_send(&info, "shutdown", "suspend", "suspend", &e);
	if (rc > 0)
		rc = fail(&e, "%s cannot be asked to suspend itself: its kernel does not listen to xenstore; 'lodge pause' stops it where it is",
			  info.name);
	rc = rc ? report(&e) : wait_for_it(&c, &info, timeout_s);
	client_close(&c);
	return rc;
}

int cmd_resume(int argc, char **argv)
{
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct domain_info info;
	struct client c = { 0 };
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = name_argument(argc, argv);
	rc = client_open(&c, &e) || client_get(&c, &ref, &info, &e) ||
	     (info.state == LODGE_DOMAIN_STATE_SUSPENDED && store_knows(info.id) &&
	      devices_start_over(&c, info.id, &e)) ||
	     client_request(&c, LODGE_CMD_DOMAIN_RESUME, &ref, NULL, NULL, NULL, &e);
	if (!rc && store_resumed(info.id))
		rc = fail(&e, "%s goes on, but xenstored does not hear of it: %s", info.name,
			  strerror(errno));
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
