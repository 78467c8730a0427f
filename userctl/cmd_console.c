// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge console */
#include <unistd.h>

#include "cli.h"

static bool parse(int argc, char **argv, const char **name)
{
	static const struct option options[] = {
		{ "log", no_argument, NULL, 'l' },
		{ }
	};
	bool log_only = false;

	while (next_option(argc, argv, options) != -1)
		log_only = true;
	*name = name_argument(argc, argv);
	return log_only;
}

int cmd_console(int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	bool log_only = parse(argc, argv, &ref.name), detached;
	struct domain_info info;
	struct client c = { 0 };
	int console = -1, rc = -1;
	struct errbuf e;

	if (!client_open(&c, &e) && !client_get(&c, &ref, &info, &e))
		console = device_console(info.id, log_only, &e);
	client_close(&c);
	if (console >= 0) {
		rc = log_only ? copy_log(console, &e) : attach(console, info.name, &detached, &e);
		close(console);
	}
	return rc ? report(&e) : EXIT_OK;
}
