// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Writing the nodes of devices
 *
 * Of each device: the front end's directory, which is the guest's; the back
 * end's, which the guest may read; and a record that only domain 0 sees, with
 * what the guest need not know.  What belongs together is written in one
 * transaction.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <xenstore.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define TRIES	100	/* a guest that writes without pause does not hold us up for long */

/**
 * device_path() - the path of a node of a device's
 * @dir: of which directory
 * @path: filled
 * @size: of @path
 * @id: of the device
 * @node: below the directory; "" for that
 */
void device_path(enum device_dir dir, char *path, size_t size, const struct device_id *id,
		 const char *node)
{
	const char *type = device_type_name(id->type), *slash = *node ? "/" : "";

	if (dir == DIR_FRONT)
		snprintf(path, size, "/local/domain/%u/device/%s/%u%s%s", id->domid, type,
			 id->handle, slash, node);
	else
		snprintf(path, size, "%s/%s/%u/%u%s%s",
			 dir == DIR_BACK ? "/local/domain/0/backend" : "/lodge-devices", type,
			 id->domid, id->handle, slash, node);
}

/**
 * device_put() - write a node, and say whose it is
 * @w: the transaction
 * @dir: of which directory
 * @node: below it; "" for that
 * @fmt: its value
 */
void device_put(struct device_writer *w, enum device_dir dir, const char *node, const char *fmt, ...)
{
	struct xs_permissions guests[] = {
		{ .id = w->id->domid, .perms = XS_PERM_NONE }, { .id = 0, .perms = XS_PERM_READ },
	};
	struct xs_permissions shown[] = {
		{ .id = 0, .perms = XS_PERM_NONE }, { .id = w->id->domid, .perms = XS_PERM_READ },
	};
	struct xs_permissions own[] = { { .id = 0, .perms = XS_PERM_NONE } };
	char path[DEVICE_PATH_MAX], value[SPEC_PATH_MAX];
	va_list ap;

	if (w->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	device_path(dir, path, sizeof(path), w->id, node);
	if (!xs_write(w->xs, w->t, path, value, strlen(value)) ||
	    !xs_set_permissions(w->xs, w->t, path,
				dir == DIR_FRONT ? guests : dir == DIR_BACK ? shown : own,
				dir == DIR_RECORD ? 1 : 2))
		w->failed = errno;
}

/**
 * device_transact() - carry out something as a whole, again if others interfere
 * @id: of the device
 * @fill: reads and writes
 * @data: for @fill
 *
 * Return: 0 or an errno.
 */
int device_transact(const struct device_id *id, device_fill_fn fill, void *data)
{
	struct device_writer w = { .xs = store_open(), .id = id };

	if (!w.xs)
		return errno ?: ECONNREFUSED;
	for (int tries = 0; tries < TRIES; tries++) {
		w.failed = 0;
		w.t = xs_transaction_start(w.xs);
		if (w.t == XBT_NULL)
			return errno;
		fill(&w, data);
		if (xs_transaction_end(w.xs, w.t, w.failed) || w.failed)
			return w.failed;
		if (errno != EAGAIN)
			return errno;
	}
	return EBUSY;
}
