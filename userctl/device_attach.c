// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A device comes and goes
 *
 * First the back end is made, then the guest is told: a device in the store can
 * always be connected.  It goes the other way round when the guest has let go
 * of it, or at once if it shall not be asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define DISKS_MAX	1024	/* that get a name by themselves */

static int first_free(struct client *c, struct device_id *id, uint32_t (*handle)(unsigned int i),
		      struct errbuf *e)
{
	struct backend_info *list;
	unsigned int nr, j;

	if (backend_list(c, id->domid, id->type, &list, &nr, e))
		return -1;
	for (unsigned int i = 0; i < DISKS_MAX; i++) {
		id->handle = handle(i);
		for (j = 0; j < nr && list[j].id.handle != id->handle; j++)
			;
		if (j == nr)
			break;
	}
	free(list);
	return j == nr ? 0 : fail(e, "the domain has too many devices");
}

static uint32_t disk_handle(unsigned int i)
{
	return i < 16 ? 202 << 8 | i << 4 : 1U << 28 | i << 8;
}

static uint32_t net_handle(unsigned int i)
{
	return i;
}

/* The back end is there: tell the guest, or take it back. */
static int announce(struct client *c, const struct backend_info *b, const struct disk_spec *d,
		    const struct net_spec *n, const struct device_record *r, struct errbuf *e)
{
	struct errbuf ignored;

	if (!device_announce(&b->id, b, d, n, r, e)) {
		devices_spawn();
		return 0;
	}
	backend_remove(c, &b->id, &ignored);
	return -1;
}

static int exists(struct client *c, const char *what, struct errbuf *e)
{
	return c->error == EEXIST ? fail(e, "the domain has a device %s already", what) : -1;
}

/**
 * attach_disk() - give a domain a disk
 * @c: open
 * @domid: the domain; the store knows it
 * @d: what is wanted; gets a name if it has none
 * @id: filled
 * @e: why not
 *
 * Return: 0 or -1 and nothing is left of it.
 */
int attach_disk(struct client *c, uint32_t domid, struct disk_spec *d, struct device_id *id,
		struct errbuf *e)
{
	struct device_record r = { 0 };
	struct backend_info b;
	int fd, rc = -1;

	*id = (struct device_id){ domid, LODGE_BACKEND_TYPE_VBD, d->handle };
	if (!d->name[0] && first_free(c, id, disk_handle, e))
		return -1;
	disk_name_format(d->name, sizeof(d->name), id->handle);
	d->handle = id->handle;
	fd = image_open(d, &r, e);
	if (fd < 0)
		return -1;
	if (backend_create_vbd(c, id, fd, d, &b, e))
		exists(c, d->name, e);
	else
		rc = announce(c, &b, d, NULL, &r, e);
	close(fd);
	if (rc)
		image_close(&r);
	return rc;
}

/* In the range that Xen's tool stack takes them from. */
static int random_mac(struct net_spec *n, struct errbuf *e)
{
	static const uint8_t prefix[3] = { 0x00, 0x16, 0x3e };

	memcpy(n->mac, prefix, sizeof(prefix));
	if (getrandom(n->mac + 3, 3, 0) != 3)
		return fail(e, "cannot choose a MAC address: %s; say mac=", strerror(errno));
	n->mac[3] &= 0x7f;
	n->has_mac = true;
	return 0;
}

static void name_source(const struct net_spec *n, struct device_record *r)
{
	snprintf(r->source, sizeof(r->source), "%s%s",
		 n->kind == NET_BRIDGE ? "bridge=" : n->kind == NET_NAT ? "nat" :
		 n->kind == NET_ROUTE ? "route=" : "none",
		 n->kind == NET_BRIDGE ? n->bridge : n->kind == NET_ROUTE ? n->address : "");
}

/**
 * attach_net() - give a domain a network interface
 * @c: open
 * @domid: the domain; the store knows it
 * @n: what is wanted; gets a MAC if it has none
 * @id: filled
 * @e: why not
 *
 * Return: 0 or -1 and nothing is left of it.
 */
int attach_net(struct client *c, uint32_t domid, struct net_spec *n, struct device_id *id,
	       struct errbuf *e)
{
	struct device_record r = { 0 };
	struct errbuf ignored;
	struct backend_info b;

	*id = (struct device_id){ domid, LODGE_BACKEND_TYPE_VIF, 0 };
	if ((!n->has_mac && random_mac(n, e)) || first_free(c, id, net_handle, e))
		return -1;
	name_source(n, &r);
	if (backend_create_vif(c, id, n, &b, e))
		return -1;
	if (!net_connect(n, &b, e))
		return announce(c, &b, NULL, n, &r, e);
	backend_remove(c, id, &ignored);
	return -1;
}

/**
 * detach_now() - take a device away, whatever the guest does
 * @c: open
 * @id: the device
 * @e: why not
 *
 * Return: 0 or -1.
 */
int detach_now(struct client *c, const struct device_id *id, struct errbuf *e)
{
	struct device_record r;

	device_record_read(id, &r);
	if (backend_remove(c, id, e))
		return -1;
	image_close(&r);
	if (device_forget(id))
		return fail(e, "cannot remove the device's nodes from xenstore: %s",
			    strerror(errno));
	return 0;
}

/**
 * devices_start_over() - prepare the devices of a suspended domain for its new start
 * @c: open
 * @domid: the domain
 * @e: why not
 *
 * Return: 0 or -1.
 */
int devices_start_over(struct client *c, uint32_t domid, struct errbuf *e)
{
	struct backend_info *list;
	unsigned int nr;
	int rc = 0;

	if (backend_list(c, domid, 0, &list, &nr, e))
		return -1;
	for (unsigned int i = 0; !rc && i < nr; i++) {
		/* In this order: what the daemon then sees makes it disconnect, too. */
		if (device_start_over(&list[i].id))
			rc = fail(e, "cannot prepare a device in xenstore: %s", strerror(errno));
		else
			rc = backend_disconnect(c, &list[i].id, e);
	}
	free(list);
	return rc;
}
