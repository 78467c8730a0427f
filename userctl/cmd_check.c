// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge check: what host.c found, and one verdict */
#include "cli.h"

/* What the module tells of itself, for -j; null if it cannot be asked. */
static void add_module(cJSON *o)
{
	cJSON *module = cJSON_CreateObject();
	struct client c = { 0 };
	struct errbuf ignored;	/* the check "module" tells it */

	if (client_open(&c, &ignored) || client_info(&c, module, &ignored)) {
		cJSON_Delete(module);
		module = cJSON_CreateNull();
	}
	client_close(&c);
	cJSON_AddItemToObject(o, "module", module);
}

static const char * const words[] = {
	[FINDING_OK] = "ok", [FINDING_WARNING] = "warning", [FINDING_REFUSED] = "refused",
};

int cmd_check(int argc, char **argv)
{
	bool json = parse_name_and_json(argc, argv, NULL);
	cJSON *o = json ? cJSON_CreateObject() : NULL, *list = NULL, *item;
	enum finding worst = FINDING_OK, found;
	char text[256];

	if (json)
		list = cJSON_AddArrayToObject(o, "checks");
	for (unsigned int i = 0; i < nr_host_checks; i++) {
		found = host_checks[i].check(text, sizeof(text));
		if (found > worst)
			worst = found;
		text_clean(text);
		if (!json) {
			printf("%-10s %-8s %s\n", host_checks[i].name, words[found], text);
			continue;
		}
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "check", host_checks[i].name);
		cJSON_AddStringToObject(item, "result", words[found]);
		cJSON_AddStringToObject(item, "text", text);
		cJSON_AddItemToArray(list, item);
	}
	if (json) {
		cJSON_AddBoolToObject(o, "suitable", worst != FINDING_REFUSED);
		add_module(o);
		print_json(o);
	} else {
		printf("%s\n", worst == FINDING_REFUSED ? "lodge cannot run here as it is" :
		       "lodge can run here");
	}
	return worst == FINDING_REFUSED ? EXIT_FAILED : EXIT_OK;
}
