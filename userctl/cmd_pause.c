// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge pause, unpause, destroy: one request each */
#include "cli.h"
#include "store.h"

static int simple_request(int argc, char **argv, uint8_t cmd)
{
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct client c = { 0 };
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = name_argument(argc, argv);
	rc = client_open(&c, &e);
	if (!rc)
		rc = client_request(&c, cmd, &ref, NULL, NULL, NULL, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}

int cmd_pause(int argc, char **argv)
{
	return simple_request(argc, argv, LODGE_CMD_DOMAIN_PAUSE);
}

int cmd_unpause(int argc, char **argv)
{
	return simple_request(argc, argv, LODGE_CMD_DOMAIN_UNPAUSE);
}

/* Nobody else removes what was written for it before this returns. */
int cmd_destroy(int argc, char **argv)
{
	int status = simple_request(argc, argv, LODGE_CMD_DOMAIN_DESTROY);
	struct client c = { 0 };
	struct errbuf e;
	int rc = 0;

	if (status == EXIT_OK && store_running())
		rc = client_open(&c, &e) ? -1 : store_sweep(&c, &e);
	client_close(&c);
	return rc ? report(&e) : status;
}
