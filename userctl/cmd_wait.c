// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge wait */
#include "cli.h"

int cmd_wait(int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	bool json = parse_name_and_json(argc, argv, &ref.name);
	struct domain_info info;
	struct client c = { 0 };
	struct errbuf e;
	int rc;

	/* Events before the look: what happens between the two is not missed. */
	rc = client_open(&c, &e) || client_subscribe(&c, &e) ||
	     client_get(&c, &ref, &info, &e) || wait_for_end(&c, info.id, &info, &e);
	client_close(&c);
	if (rc)
		return report(&e);
	if (json)
		print_json(json_domain(&info));
	else
		printf("%s: %s\n", info.name,
		       info.reason[0] ? info.reason : shutdown_name(info.shutdown));
	return end_status(&info);
}
