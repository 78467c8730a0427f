// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge rename */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "store.h"

/* The store has the name twice. */
static int rename_in_store(struct client *c, const char *name, struct errbuf *e)
{
	struct domain_ref ref = { .name = name };
	struct domain_info info;
	char path[80];
	char *vm;
	int rc;

	if (!store_running() || client_get(c, &ref, &info, e) || !store_knows(info.id))
		return 0;
	rc = store_write(info.id, "name", "%s", name);
	vm = store_read(info.id, "vm");
	if (vm && !strncmp(vm, "/vm/", 4)) {
		snprintf(path, sizeof(path), "%s/name", vm);
		rc |= store_write(info.id, path, "%s", name);
	}
	free(vm);
	return rc ? fail(e, "%s has its new name, but not in xenstore: %m", name) : 0;
}

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
	     client_request(&c, LODGE_CMD_DOMAIN_RENAME, &ref, attrs, NULL, NULL, &e) ||
	     rename_in_store(&c, attrs[0].text, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
