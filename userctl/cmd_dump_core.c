// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge dump-core: a domain's memory in a file for debuggers */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"

static void show_progress(uint64_t done, uint64_t all)
{
	static unsigned int last = 101;
	unsigned int percent = done * 100 / all;

	if (percent == last)
		return;
	last = percent;
	fprintf(stderr, "\rlodge: %u %%%s", percent, percent == 100 ? "\n" : "");
}

static int dump(int fd, const struct domain_info *info, struct errbuf *e)
{
	struct core_source s;
	struct core_view view = { 0 };
	int rc = core_open(&s, info->id, info->name, e);

	if (!rc)
		rc = core_walk(&view, &s, e);
	if (!rc)
		rc = core_write(fd, &s, &view, isatty(STDERR_FILENO) ? show_progress : NULL, e);
	free(view.runs);
	core_close(&s);
	return rc;
}

int cmd_dump_core(int argc, char **argv)
{
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct domain_info info;
	struct client c = { 0 };
	const char *path;
	struct errbuf e;
	int fd = -1, rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = next_argument(argc, argv, "the name of a domain");
	check_name(ref.name);
	path = next_argument(argc, argv, "the name of the file");
	no_more_arguments(argc, argv);
	rc = client_open(&c, &e) || client_get(&c, &ref, &info, &e);
	client_close(&c);
	if (!rc) {
		/* What is in there is the guest's secrets. */
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			rc = fail(&e, "cannot create %s: %s; choose another name", path,
				  strerror(errno));
	}
	if (!rc) {
		rc = dump(fd, &info, &e);
		if (close(fd) && !rc)
			rc = fail(&e, "cannot write %s: %s; is the disk full?", path,
				  strerror(errno));
		if (rc)
			unlink(path);
	}
	return rc ? report(&e) : EXIT_OK;
}
