// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Seeds for cloud-init
 *
 * A directory with user-data, meta-data and the like becomes an ISO image with
 * the label CIDATA, which cloud-init in the guest finds among its disks.  A tool
 * of the distribution makes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "create.h"
#include "run.h"

static const char * const seeds[] = { "user-data", "meta-data", "network-config", "vendor-data" };

/* The tools take the same words.  Return: 0, 1 if there is none, -1. */
static int make_iso(const char *iso, char *files[], unsigned int nr, struct errbuf *e)
{
	static const char * const tools[][3] = {
		{ "genisoimage", NULL, NULL }, { "xorriso", "-as", "mkisofs" },
		{ "mkisofs", NULL, NULL },
	};
	char *argv[24], said[160];
	int rc;

	for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
		unsigned int n = 0;

		for (size_t i = 0; i < 3 && tools[t][i]; i++)
			argv[n++] = (char *)tools[t][i];
		argv[n++] = "-quiet";
		argv[n++] = "-output";
		argv[n++] = (char *)iso;
		argv[n++] = "-volid";
		argv[n++] = "CIDATA";
		argv[n++] = "-joliet";
		argv[n++] = "-rock";
		for (unsigned int i = 0; i < nr; i++)
			argv[n++] = files[i];
		argv[n] = NULL;
		rc = run_program(argv, NULL, said, sizeof(said));
		if (!rc)
			return 0;
		if (rc != RUN_MISSING)
			return fail(e, "%s cannot make the seed: %s", argv[0], said);
	}
	return 1;
}

/**
 * cloud_init_seed() - make an image of a directory
 * @dir: has user-data and meta-data
 * @path: filled with the name of the image, a new file of the caller's
 * @size: of @path
 * @e: why not
 *
 * Return: 0 or -1.
 */
int cloud_init_seed(const char *dir, char *path, size_t size, struct errbuf *e)
{
	char *files[ARRAY_SIZE(seeds)], *file;
	unsigned int nr = 0;
	int fd, rc;

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		if (asprintf(&file, "%s/%s", dir, seeds[i]) < 0)
			return fail(e, "no memory for the seed's files; free some memory");
		if (!access(file, R_OK))
			files[nr++] = file;
		else if (i < 2)
			return fail(e, "--cloud-init %s: there is no %s (%s)", dir, seeds[i],
				    strerror(errno));
	}
	snprintf(path, size, "/var/tmp/cidata-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return fail(e, "cannot make a file for the seed in /var/tmp: %s", strerror(errno));
	close(fd);
	rc = make_iso(path, files, nr, e);
	if (rc > 0)
		fail(e, "--cloud-init needs genisoimage or xorriso; install one (Debian: genisoimage)");
	if (rc)
		unlink(path);
	return rc ? -1 : 0;
}
