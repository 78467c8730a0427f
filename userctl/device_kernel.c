// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Back ends, the requests
 *
 * What the module's netlink commands about devices take and give, as structures.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "devices.h"

/**
 * device_type_name() - as the store has it
 * @type: LODGE_BACKEND_TYPE_*
 */
const char *device_type_name(uint32_t type)
{
	return type == LODGE_BACKEND_TYPE_VBD ? "vbd" : "vif";
}

/**
 * device_state_name() - the state of a back end, in a word
 * @b: the back end
 */
const char *device_state_name(const struct backend_info *b)
{
	switch (b->state) {
	case LODGE_BACKEND_STATE_CREATED:
		return "waiting";
	case LODGE_BACKEND_STATE_CONNECTED:
		return "connected";
	case LODGE_BACKEND_STATE_FAILED:
		return "failed";
	default:
		return "unknown";
	}
}

static void read_info(struct backend_info *b, struct nlattr **a)
{
	*b = (struct backend_info){
		.id = { attr_u64(a[LODGE_A_BACKEND_ID]), attr_u64(a[LODGE_A_BACKEND_TYPE]),
			attr_u64(a[LODGE_A_BACKEND_HANDLE]) },
		.state = attr_u64(a[LODGE_A_BACKEND_STATE]),
		.flags = attr_u64(a[LODGE_A_BACKEND_FLAGS]),
		.queues_max = attr_u64(a[LODGE_A_BACKEND_QUEUES_MAX]),
		.limit_iops = attr_u64(a[LODGE_A_BACKEND_LIMIT_IOPS]),
		.limit_bps = attr_u64(a[LODGE_A_BACKEND_LIMIT_BPS]),
		.sectors = attr_u64(a[LODGE_A_BACKEND_SECTORS]),
		.sector_size = attr_u64(a[LODGE_A_BACKEND_SECTOR_SIZE]),
		.physical_sector_size = attr_u64(a[LODGE_A_BACKEND_PHYSICAL_SECTOR_SIZE]),
		.has_discard = a[LODGE_A_BACKEND_DISCARD_GRANULARITY],
		.discard_granularity = attr_u64(a[LODGE_A_BACKEND_DISCARD_GRANULARITY]),
		.discard_alignment = attr_u64(a[LODGE_A_BACKEND_DISCARD_ALIGNMENT]),
		.indirect_max = attr_u64(a[LODGE_A_BACKEND_INDIRECT_MAX]),
		.ring_order_max = attr_u64(a[LODGE_A_BACKEND_RING_ORDER_MAX]),
		.ifindex = attr_u64(a[LODGE_A_BACKEND_IFINDEX]),
	};
	attr_string(b->name, sizeof(b->name), a[LODGE_A_BACKEND_NAME]);
	attr_string(b->reason, sizeof(b->reason), a[LODGE_A_BACKEND_REASON]);
	attr_string(b->ifname, sizeof(b->ifname), a[LODGE_A_BACKEND_IFNAME]);
}

static void take_info(const struct reply *r, void *data)
{
	read_info(data, r->attrs);
}

/* One request about one device; @more, with an end, comes after its name. */
static int request(struct client *c, uint8_t cmd, const struct device_id *id,
		   const struct request_attr *more, unsigned int nr, struct backend_info *b,
		   struct errbuf *e)
{
	static const char prefix[] = "the domain: ";
	struct domain_ref ref = { .id = id->domid };
	struct request_attr attrs[2 + FRONT_QUEUES_MAX + 8] = {
		{ .type = LODGE_A_BACKEND_TYPE, .number = id->type },
		{ .type = LODGE_A_BACKEND_HANDLE, .number = id->handle },
	};

	for (unsigned int i = 0; i < nr; i++)
		attrs[2 + i] = more[i];
	if (!client_request(c, cmd, &ref, attrs, b ? take_info : NULL, b, e))
		return 0;
	/* Who asks names the domain, or the device. */
	if (!strncmp(e->text, prefix, strlen(prefix)))
		memmove(e->text, e->text + strlen(prefix),
			strlen(e->text + strlen(prefix)) + 1);
	return -1;
}

static void add(struct request_attr *a, unsigned int *nr, struct request_attr what, bool wanted)
{
	if (wanted)
		a[(*nr)++] = what;
}

/**
 * backend_create_vbd() - make a disk's back end
 * @c: open
 * @id: of the device
 * @fd: its file or block device; the module takes a reference
 * @d: what else is wanted of it
 * @b: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int backend_create_vbd(struct client *c, const struct device_id *id, int fd,
		       const struct disk_spec *d, struct backend_info *b, struct errbuf *e)
{
	uint32_t flags = (d->read_only ? LODGE_VBD_READ_ONLY : 0) |
			 (d->cdrom ? LODGE_VBD_CDROM : 0) |
			 (d->no_discard ? LODGE_VBD_NO_DISCARD : 0);
	struct request_attr a[4];
	unsigned int nr = 0;

	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_FD, .number = fd }, true);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_FLAGS, .number = flags }, flags);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_LIMIT_IOPS, .wide = true,
		.number = d->limit_iops }, d->limit_iops);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_LIMIT_BPS, .wide = true,
		.number = d->limit_bps }, d->limit_bps);
	return request(c, LODGE_CMD_BACKEND_CREATE, id, a, nr, b, e);
}

/**
 * backend_create_vif() - make a network interface's back end
 * @c: open
 * @id: of the device
 * @n: what is wanted; has a MAC
 * @b: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int backend_create_vif(struct client *c, const struct device_id *id, const struct net_spec *n,
		       struct backend_info *b, struct errbuf *e)
{
	struct request_attr a[4];
	unsigned int nr = 0;

	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_MAC, .data = n->mac,
		.len = sizeof(n->mac) }, true);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_QUEUES_MAX,
		.number = n->queues }, n->queues);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_IFNAME, .text = n->ifname },
	    n->ifname[0]);
	add(a, &nr, (struct request_attr){ .type = LODGE_A_BACKEND_LIMIT_BPS, .wide = true,
		.number = n->limit_bps }, n->limit_bps);
	return request(c, LODGE_CMD_BACKEND_CREATE, id, a, nr, b, e);
}

/**
 * backend_get() - look at a back end
 * @c: open
 * @id: of the device
 * @b: filled
 * @e: why not
 *
 * Return: 0 or -1; c->error is ENOENT if the domain has none such, or there is no domain.
 */
int backend_get(struct client *c, const struct device_id *id, struct backend_info *b,
		struct errbuf *e)
{
	return request(c, LODGE_CMD_BACKEND_GET, id, NULL, 0, b, e);
}

/* The attributes of one queue; Return: how many, without the end. */
static unsigned int put_queue(struct request_attr *a, uint32_t type, const struct front_queue *q)
{
	unsigned int nr = 0;

	if (type == LODGE_BACKEND_TYPE_VBD) {
		for (unsigned int i = 0; i < q->nr_refs; i++)
			a[nr++] = (struct request_attr){ .type = LODGE_A_QUEUE_RING_REF,
				.number = q->refs[i] };
	} else {
		a[nr++] = (struct request_attr){ .type = LODGE_A_QUEUE_TX_RING_REF,
			.number = q->refs[0] };
		a[nr++] = (struct request_attr){ .type = LODGE_A_QUEUE_RX_RING_REF,
			.number = q->refs[1] };
	}
	if (q->split)
		a[nr++] = (struct request_attr){ .type = LODGE_A_QUEUE_EVTCHN_RX,
			.number = q->evtchn_rx };
	a[nr++] = (struct request_attr){ .number = q->evtchn,
		.type = q->split ? LODGE_A_QUEUE_EVTCHN_TX : LODGE_A_QUEUE_EVTCHN };
	return nr;
}

/**
 * backend_connect() - begin to serve a front end
 * @c: open
 * @id: of the device
 * @f: what the front end wrote
 * @e: why not
 *
 * Return: 0 or -1.
 */
int backend_connect(struct client *c, const struct device_id *id, const struct front *f,
		    struct errbuf *e)
{
	struct request_attr queues[FRONT_QUEUES_MAX][FRONT_PAGES_MAX + 4] = { };
	struct request_attr a[FRONT_QUEUES_MAX + 1];
	unsigned int nr = 0;

	if (id->type == LODGE_BACKEND_TYPE_VBD)
		a[nr++] = (struct request_attr){ .type = LODGE_A_BACKEND_PROTOCOL,
			.number = LODGE_VBD_PROTOCOL_X86_64 };
	else
		a[nr++] = (struct request_attr){ .type = LODGE_A_BACKEND_FEATURES,
			.number = f->features };
	for (unsigned int i = 0; i < f->nr_queues; i++) {
		put_queue(queues[i], id->type, &f->queues[i]);
		a[nr++] = (struct request_attr){ .type = LODGE_A_BACKEND_QUEUE,
			.nest = queues[i] };
	}
	return request(c, LODGE_CMD_BACKEND_CONNECT, id, a, nr, NULL, e);
}

/**
 * backend_disconnect() - end that
 * @c: open
 * @id: of the device
 * @e: why not
 *
 * Return: 0, also if it was not connected or is not there, or -1.
 */
int backend_disconnect(struct client *c, const struct device_id *id, struct errbuf *e)
{
	if (!request(c, LODGE_CMD_BACKEND_DISCONNECT, id, NULL, 0, NULL, e))
		return 0;
	return c->error == ENOTCONN || c->error == ENOENT || c->error == ESHUTDOWN ? 0 : -1;
}

/**
 * backend_remove() - end a back end
 * @c: open
 * @id: of the device
 * @e: why not
 *
 * Return: 0, also if it is not there, or -1.
 */
int backend_remove(struct client *c, const struct device_id *id, struct errbuf *e)
{
	if (!request(c, LODGE_CMD_BACKEND_REMOVE, id, NULL, 0, NULL, e))
		return 0;
	return c->error == ENOENT || c->error == ESHUTDOWN ? 0 : -1;
}

struct listing {
	uint32_t type;
	struct backend_info *list;
	unsigned int nr, room;
	bool no_memory;
};

static void add_info(const struct reply *r, void *data)
{
	struct listing *l = data;
	struct backend_info b, *more;

	read_info(&b, r->attrs);
	if (l->no_memory || (l->type && b.id.type != l->type))
		return;
	if (l->nr == l->room) {
		more = realloc(l->list, (2 * l->room + 8) * sizeof(*more));
		l->no_memory = !more;
		if (!more)
			return;
		l->list = more;
		l->room = 2 * l->room + 8;
	}
	l->list[l->nr++] = b;
}

/**
 * backend_list() - all devices of a domain, or of all
 * @c: open
 * @domid: the domain; 0: all
 * @type: LODGE_BACKEND_TYPE_*; 0: all
 * @list: to be freed; NULL with none
 * @nr: how many
 * @e: why not
 *
 * Return: 0 or -1.
 */
int backend_list(struct client *c, uint32_t domid, uint32_t type, struct backend_info **list,
		 unsigned int *nr, struct errbuf *e)
{
	struct domain_ref ref = { .id = domid };
	struct listing l = { .type = type };
	int rc = client_dump(c, LODGE_CMD_BACKEND_GET, domid ? &ref : NULL, add_info, &l, e);

	if (!rc && l.no_memory)
		rc = fail(e, "no memory for the list of devices; free some memory");
	if (rc) {
		free(l.list);
		return -1;
	}
	*list = l.list;
	*nr = l.nr;
	return 0;
}
