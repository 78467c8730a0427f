// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge rename */
#include "cli.h"

int cmd_rename(int argc, char **argv)
{
	struct request_attr attrs[] = { { .type = LODGE_A_DOMAIN_NEW_NAME }, { .type = 0 } };
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct client c = { 0 };
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = next_argument(argc, argv, "the name of a domain");
	check_name(ref.name);
	attrs[0].text = next_argument(argc, argv, "the new name");
	check_name(attrs[0].text);
	no_more_arguments(argc, argv);
	rc = client_open(&c, &e) ||
	     client_request(&c, LODGE_CMD_DOMAIN_RENAME, &ref, attrs, NULL, NULL, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
