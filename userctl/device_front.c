// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a front end wrote
 *
 * The guest owns these nodes and may write anything, at any moment: each is read
 * once, as a short decimal number in its only spelling, and bounded.  Whether a
 * grant or a port is one is for the module to judge.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"

struct reader {
	front_read_fn read;
	void *data;
	struct errbuf *e;
};

/* Return: 0, 1 if there is no such node, -1. */
static int optional(struct reader *r, const char *node, uint32_t max, uint32_t *n)
{
	char value[FRONT_VALUE_MAX];
	unsigned long long number;
	char *end;

	if (!r->read(r->data, node, value))
		return 1;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)*value) || errno || *end || number > max ||
	    (*value == '0' && value[1]))
		return fail(r->e, "the guest wrote '%.32s' into %s, which is no number up to %u",
			    value, node, max);
	*n = number;
	return 0;
}

static int number(struct reader *r, const char *prefix, const char *node, uint32_t max,
		  uint32_t *n)
{
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "%s%s", prefix, node);
	rc = optional(r, path, max, n);
	return rc > 0 ? fail(r->e, "the guest has not written %s", path) : rc;
}

/* Who said nothing of the number of pages has one, "ring-ref"; others count them. */
static int parse_vbd_queue(struct reader *r, const char *prefix, unsigned int pages, bool counted,
			   struct front_queue *q)
{
	char node[24] = "ring-ref";

	q->nr_refs = pages;
	for (unsigned int i = 0; i < pages; i++) {
		if (counted)
			snprintf(node, sizeof(node), "ring-ref%u", i);
		if (number(r, prefix, node, UINT32_MAX, &q->refs[i]))
			return -1;
	}
	return number(r, prefix, "event-channel", UINT32_MAX, &q->evtchn);
}

static int parse_vif_queue(struct reader *r, const char *prefix, struct front_queue *q)
{
	char path[64];
	int rc;

	q->nr_refs = 2;
	if (number(r, prefix, "tx-ring-ref", UINT32_MAX, &q->refs[0]) ||
	    number(r, prefix, "rx-ring-ref", UINT32_MAX, &q->refs[1]))
		return -1;
	snprintf(path, sizeof(path), "%sevent-channel-tx", prefix);
	rc = optional(r, path, UINT32_MAX, &q->evtchn);
	if (rc < 0)
		return -1;
	q->split = !rc;
	if (q->split)
		return number(r, prefix, "event-channel-rx", UINT32_MAX, &q->evtchn_rx);
	return number(r, prefix, "event-channel", UINT32_MAX, &q->evtchn);
}

static int parse_features(struct reader *r, struct front *f)
{
	static const struct { const char *node; uint32_t bit; } known[] = {
		{ "feature-sg", LODGE_VIF_SG },
		{ "feature-gso-tcpv4", LODGE_VIF_GSO_TCPV4 },
		{ "feature-gso-tcpv6", LODGE_VIF_GSO_TCPV6 },
		{ "feature-no-csum-offload", LODGE_VIF_NO_CSUM_OFFLOAD },
		{ "feature-ipv6-csum-offload", LODGE_VIF_IPV6_CSUM_OFFLOAD },
		{ "feature-rx-notify", LODGE_VIF_RX_NOTIFY },
		{ "request-multicast-control", LODGE_VIF_MULTICAST_CONTROL },
	};
	uint32_t value;
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		rc = optional(r, known[i].node, 1, &value);
		if (rc < 0)
			return -1;
		if (!rc && value)
			f->features |= known[i].bit;
	}
	rc = optional(r, "request-rx-copy", 1, &value);
	if (rc < 0)
		return -1;
	if (rc || !value)
		return fail(r->e, "the guest's driver cannot have packets copied to it (request-rx-copy)");
	return 0;
}

/* How a vbd's rings are laid out; other protocols than ours are those of 32-bit guests. */
static int parse_vbd(struct reader *r, unsigned int order_max, unsigned int *pages, bool *counted)
{
	char value[FRONT_VALUE_MAX];
	uint32_t order = 0;
	int rc;

	if (r->read(r->data, "protocol", value) && strcmp(value, "x86_64-abi"))
		return fail(r->e, "the guest's driver speaks '%.32s', not x86_64-abi", value);
	rc = optional(r, "ring-page-order", order_max, &order);
	*counted = !rc;
	*pages = 1U << order;
	if (rc >= 0 && *pages > FRONT_PAGES_MAX)
		return fail(r->e, "the guest's ring has more pages than were offered");
	return rc < 0 ? -1 : 0;
}

/**
 * front_parse() - read what a front end wrote before it said that it is ready
 * @f: filled
 * @type: of the device
 * @queues_max: that were offered
 * @order_max: that was offered, of a vbd
 * @read: gives a node of the front end's directory
 * @data: for @read
 * @e: what is wrong there
 *
 * Return: 0 or -1.
 */
int front_parse(struct front *f, uint32_t type, unsigned int queues_max, unsigned int order_max,
		front_read_fn read, void *data, struct errbuf *e)
{
	struct reader r = { .read = read, .data = data, .e = e };
	unsigned int pages = 1;
	bool counted = false;
	char prefix[24] = "";
	uint32_t nr = 1;
	int rc;

	*f = (struct front){ 0 };
	if (type == LODGE_BACKEND_TYPE_VBD ? parse_vbd(&r, order_max, &pages, &counted) :
	    parse_features(&r, f))
		return -1;
	rc = optional(&r, "multi-queue-num-queues", queues_max, &nr);
	if (rc < 0)
		return -1;
	if (!nr || nr > FRONT_QUEUES_MAX)
		return fail(e, "the guest wants %u queues", nr);
	f->nr_queues = nr;
	for (unsigned int i = 0; i < nr; i++) {
		/* A single queue has its nodes in the directory itself. */
		if (nr > 1)
			snprintf(prefix, sizeof(prefix), "queue-%u/", i);
		if (type == LODGE_BACKEND_TYPE_VBD ?
		    parse_vbd_queue(&r, prefix, pages, counted, &f->queues[i]) :
		    parse_vif_queue(&r, prefix, &f->queues[i]))
			return -1;
	}
	return 0;
}
