// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Announcing a device
 *
 * What a guest's driver wants to know of its device, with the names that the
 * ABI's headers (io/blkif.h, io/netif.h) give it.
 */
#include <string.h>

#include "cli.h"
#include "devices.h"

#define VDISK_CDROM	1
#define VDISK_REMOVABLE	2
#define VDISK_READONLY	4

/**
 * device_put_size() - what of a disk may change while it lives
 * @w: the transaction
 * @b: the disk
 */
void device_put_size(struct device_writer *w, const struct backend_info *b)
{
	device_put(w, DIR_BACK, "sectors", "%llu", (unsigned long long)b->sectors);
	device_put(w, DIR_BACK, "info", "%u", (b->flags & LODGE_VBD_CDROM ? VDISK_CDROM | VDISK_REMOVABLE : 0) |
	    (b->flags & LODGE_VBD_READ_ONLY ? VDISK_READONLY : 0));
	device_put(w, DIR_BACK, "sector-size", "%u", b->sector_size);
	device_put(w, DIR_BACK, "physical-sector-size", "%u", b->physical_sector_size);
}

static void put_vbd(struct device_writer *w, const struct backend_info *b, const struct disk_spec *d)
{
	bool read_only = b->flags & LODGE_VBD_READ_ONLY;

	device_put(w, DIR_BACK, "dev", "%s", d->name);
	device_put(w, DIR_BACK, "type", "phy");
	device_put(w, DIR_BACK, "device-type", d->cdrom ? "cdrom" : "disk");
	device_put(w, DIR_BACK, "mode", read_only ? "r" : "w");
	device_put(w, DIR_BACK, "removable", "%d", d->cdrom);
	device_put(w, DIR_BACK, "bootable", "1");
	device_put(w, DIR_BACK, "feature-flush-cache", "%d", !!(b->flags & LODGE_VBD_FLUSH));
	device_put(w, DIR_BACK, "feature-barrier", "%d", !!(b->flags & LODGE_VBD_FLUSH));
	device_put(w, DIR_BACK, "feature-persistent", "0");
	device_put(w, DIR_BACK, "feature-discard", "%d", !!(b->flags & LODGE_VBD_DISCARD));
	if (b->has_discard) {
		device_put(w, DIR_BACK, "discard-granularity", "%u", b->discard_granularity);
		device_put(w, DIR_BACK, "discard-alignment", "%u", b->discard_alignment);
		device_put(w, DIR_BACK, "discard-secure", "%d", !!(b->flags & LODGE_VBD_SECURE_ERASE));
	}
	if (b->indirect_max)
		device_put(w, DIR_BACK, "feature-max-indirect-segments", "%u", b->indirect_max);
	device_put(w, DIR_BACK, "max-ring-page-order", "%u", b->ring_order_max);
	device_put_size(w, b);
	device_put(w, DIR_FRONT, "virtual-device", "%u", w->id->handle);
	device_put(w, DIR_FRONT, "device-type", d->cdrom ? "cdrom" : "disk");
}

static void put_vif(struct device_writer *w, const struct net_spec *n)
{
	static const char * const features[] = {
		"feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload",
		"feature-rx-copy", "feature-multicast-control", "feature-split-event-channels",
	};
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1],
		 n->mac[2], n->mac[3], n->mac[4], n->mac[5]);
	device_put(w, DIR_BACK, "mac", "%s", mac);
	device_put(w, DIR_BACK, "handle", "%u", w->id->handle);
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		device_put(w, DIR_BACK, features[i], "1");
	device_put(w, DIR_BACK, "feature-rx-flip", "0");
	device_put(w, DIR_FRONT, "mac", "%s", mac);
	device_put(w, DIR_FRONT, "handle", "%u", w->id->handle);
}

static void put_device(struct device_writer *w, const struct backend_info *b, const struct disk_spec *d,
		       const struct net_spec *n, const struct device_record *r)
{
	char path[DEVICE_PATH_MAX];

	device_put(w, DIR_RECORD, "", "%s", "");
	device_put(w, DIR_RECORD, "source", "%s", r->source);
	if (r->nbd[0])
		device_put(w, DIR_RECORD, "nbd", "%s", r->nbd);
	device_put(w, DIR_BACK, "", "%s", "");
	device_put(w, DIR_FRONT, "", "%s", "");
	device_path(DIR_FRONT, path, sizeof(path), w->id, "");
	device_put(w, DIR_BACK, "frontend", "%s", path);
	device_put(w, DIR_BACK, "frontend-id", "%u", w->id->domid);
	device_put(w, DIR_BACK, "online", "1");
	device_put(w, DIR_BACK, "multi-queue-max-queues", "%u", b->queues_max);
	device_path(DIR_BACK, path, sizeof(path), w->id, "");
	device_put(w, DIR_FRONT, "backend", "%s", path);
	device_put(w, DIR_FRONT, "backend-id", "0");
	if (d)
		put_vbd(w, b, d);
	else
		put_vif(w, n);
	device_put(w, DIR_BACK, "state", "%u", XENBUS_INIT_WAIT);
	device_put(w, DIR_FRONT, "state", "%u", XENBUS_INITIALISING);
}

struct announcement {
	const struct backend_info *b;
	const struct disk_spec *d;
	const struct net_spec *n;
	const struct device_record *r;
};

static void announce(struct device_writer *w, void *data)
{
	struct announcement *a = data;

	put_device(w, a->b, a->d, a->n, a->r);
}

/**
 * device_announce() - tell the guest of a device
 * @id: of the device
 * @b: its back end
 * @d: what it is, of a disk, or NULL
 * @n: likewise, of an interface
 * @r: what domain 0 shall remember
 * @e: why not
 *
 * Return: 0 or -1 and nothing is written.
 */
int device_announce(const struct device_id *id, const struct backend_info *b,
		    const struct disk_spec *d, const struct net_spec *n,
		    const struct device_record *r, struct errbuf *e)
{
	struct announcement a = { b, d, n, r };
	int error = device_transact(id, announce, &a);

	return error ? fail(e, "xenstored does not take the device's nodes: %s",
			    strerror(error)) : 0;
}

