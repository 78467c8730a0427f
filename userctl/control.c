// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Requests to a guest's kernel
 *
 * By its control nodes in xenstore, if the domain has a xenstore and the guest's
 * driver has said there that it listens.  Who else can be asked for something
 * similar asks by other ways then (sysrq.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "store.h"

#define TAKEN_MS	5000	/* a kernel that runs empties the node at once */
#define LOOK_MS		50

/* The guest's driver writes what it can; all of it is written before it listens to anything. */
static bool listens(uint32_t domid, const char *feature)
{
	char path[64], *value;
	bool ret;

	snprintf(path, sizeof(path), "control/feature-%s", feature);
	value = store_read(domid, path);
	ret = value && !strcmp(value, "1");
	free(value);
	return ret;
}

/* Has the guest taken the request away? */
static bool taken(uint32_t domid, const char *path)
{
	char *value = store_read(domid, path);
	bool ret = !value || !*value;

	free(value);
	return ret;
}

/**
 * control_send() - ask the guest's kernel for something, by xenstore
 * @info: of the domain
 * @node: "shutdown" or "sysrq", below control/
 * @feature: what the guest must have said that it can
 * @value: the request
 * @e: why not
 *
 * Return: 0 when the guest's kernel has taken it, 1 if it does not listen
 * there, or -1.
 */
int control_send(const struct domain_info *info, const char *node, const char *feature,
		 const char *value, struct errbuf *e)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
	char path[64];

	if (info->state != LODGE_DOMAIN_STATE_RUNNING)
		return fail(e, "%s is %s, so it cannot hear of it; %s", info->name,
			    state_name(info->state),
			    info->state == LODGE_DOMAIN_STATE_PAUSED ? "'lodge unpause' it first" :
			    "'lodge show' tells more");
	if (!store_knows(info->id) || !listens(info->id, feature))
		return 1;
	snprintf(path, sizeof(path), "control/%s", node);
	if (store_write(info->id, path, "%s", value))
		return fail(e, "cannot write %s of %s in xenstore: %s; 'xenstore-ls' shows what is there",
			    path, info->name, strerror(errno));
	for (int ms = 0; ms < TAKEN_MS; ms += LOOK_MS) {
		if (taken(info->id, path))
			return 0;
		nanosleep(&pause, NULL);
	}
	return fail(e, "the kernel of %s does not react to %s in xenstore; 'lodge sysrq' and 'lodge destroy' need less of it",
		    info->name, path);
}
