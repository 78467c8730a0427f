// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Nodes of the store
 *
 * One connection to xenstored a process, made when first needed.  What fails
 * leaves errno, as libxenstore does; nothing is printed here.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "store.h"

static struct xs_handle *connection;

/**
 * store_open() - the connection to xenstored
 *
 * Only by its socket: never through a device, behind which another hypervisor
 * may have a store that is not ours.
 *
 * Return: the connection, the same as long as it works; NULL with errno if
 * none runs.
 */
struct xs_handle *store_open(void)
{
	char *path = connection ? xs_get_domain_path(connection, 0) : NULL;

	/* A process that stays with a domain can outlive xenstored. */
	if (connection && !path) {
		xs_close(connection);
		connection = NULL;
	}
	free(path);
	if (!connection)
		connection = xs_open(XS_OPEN_SOCKETONLY);
	return connection;
}

/**
 * store_running() - is there a xenstored?
 */
bool store_running(void)
{
	return store_open() != NULL;
}

/* "control/shutdown" is the domain's, "/tool" is nobody's. */
static char *full_path(uint32_t domid, const char *path)
{
	char *full;
	int len;

	if (*path == '/')
		len = asprintf(&full, "%s", path);
	else
		len = asprintf(&full, "/local/domain/%u/%s", domid, path);
	return len < 0 ? NULL : full;
}

/**
 * store_write() - set a node, made if it does not exist
 * @domid: whose
 * @path: below /local/domain/@domid; with a leading / from the root
 * @fmt: its value
 *
 * A node that is made has its parent's permissions.
 *
 * Return: 0, or -1 with errno.
 */
int store_write(uint32_t domid, const char *path, const char *fmt, ...)
{
	struct xs_handle *xs = store_open();
	char *full, *value;
	bool written;
	va_list ap;
	int len;

	if (!xs)
		return -1;
	va_start(ap, fmt);
	len = vasprintf(&value, fmt, ap);
	va_end(ap);
	full = full_path(domid, path);
	if (len < 0 || !full) {
		if (len >= 0)
			free(value);
		free(full);
		errno = ENOMEM;
		return -1;
	}
	written = xs_write(xs, XBT_NULL, full, value, len);
	free(value);
	free(full);
	return written ? 0 : -1;
}

/**
 * store_read() - get a node's value
 * @domid: whose
 * @path: as for store_write()
 *
 * Return: the value, to be freed, never trusted if the guest may write it;
 * NULL with errno (ENOENT: there is no such node).
 */
char *store_read(uint32_t domid, const char *path)
{
	struct xs_handle *xs = store_open();
	char *full, *value;
	unsigned int len;

	if (!xs)
		return NULL;
	full = full_path(domid, path);
	if (!full) {
		errno = ENOMEM;
		return NULL;
	}
	value = xs_read(xs, XBT_NULL, full, &len);
	free(full);
	return value;
}
