// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge list */
#include <string.h>

#include "cli.h"

struct list {
	cJSON *json;	/* NULL: print lines */
	bool any;
};

static void take(const struct reply *r, void *data)
{
	struct domain_info info;
	struct list *l = data;

	domain_info_read(&info, r->attrs);
	if (l->json)
		cJSON_AddItemToArray(l->json, json_domain(&info));
	else
		print_domain_line(&info, !l->any);
	l->any = true;
}

int cmd_list(int argc, char **argv)
{
	bool json = parse_name_and_json(argc, argv, NULL);
	struct list l = { .json = json ? cJSON_CreateArray() : NULL };
	struct client c = { 0 };
	struct errbuf e;
	int status = EXIT_OK;

	if (client_open(&c, &e) ||
	    client_dump(&c, LODGE_CMD_DOMAIN_GET, NULL, take, &l, &e)) {
		status = report(&e);
		cJSON_Delete(l.json);
	} else if (json) {
		print_json(l.json);
	}
	client_close(&c);
	return status;
}
