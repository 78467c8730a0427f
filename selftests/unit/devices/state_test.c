// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Devices, what the daemon decides
 *
 * Each decision is tried in all situations that there are, and after a death of
 * the daemon in the middle of one; and front ends write whatever comes to mind.
 */
#include <string.h>

#include "devices.h"
#include "../ktap.h"

/* Carry out the first @upto actions of a step, as the daemon and the module would. */
static bool apply(struct device_view *v, const struct device_step *s, int upto, bool *removed)
{
	if (s->disconnect && upto-- > 0)
		v->kernel = KERNEL_CREATED;
	if (s->remove && upto-- > 0) {
		v->kernel = KERNEL_NONE;
		*removed = true;
		return true;
	}
	if (s->connect && upto-- > 0) {
		if (!expect(v->kernel == KERNEL_CREATED, "connects what is %d", v->kernel))
			return false;
		v->kernel = KERNEL_CONNECTED;
	}
	if (s->back && upto-- > 0)
		v->back = s->back;
	return true;
}

static bool nothing(const struct device_step *s)
{
	return !s->failed && !s->disconnect && !s->connect && !s->remove && !s->back;
}

/* Until nothing is left to be done. Return: false if it never ends. */
static bool settle(struct device_view *v, bool *removed)
{
	for (int i = 0; i < 4 && !*removed; i++) {
		struct device_step s = device_decide(v);

		if (nothing(&s))
			return true;
		if (!apply(v, &s, 99, removed))
			return false;
	}
	return *removed;
}

static void check_settled(const struct device_view *from, const struct device_view *v, bool removed)
{
	bool ready = v->front == XENBUS_INITIALISED || v->front == XENBUS_CONNECTED;
	bool other = v->front == XENBUS_INIT_WAIT || v->front > XENBUS_CLOSED;

	expect(!removed || !from->online, "removed though online: front %d", from->front);
	expect(removed || v->kernel != KERNEL_CONNECTED || ready || other,
	       "connected with front %d", v->front);
	expect(removed || v->kernel == KERNEL_CONNECTED || v->back != XENBUS_CONNECTED ||
	       other || from->kernel == KERNEL_NONE, "says connected, is %d, front %d",
	       v->kernel, v->front);
	expect(removed || from->kernel == KERNEL_NONE || from->back > XENBUS_INIT_WAIT ||
	       from->back == XENBUS_UNKNOWN || !ready || v->kernel == KERNEL_CONNECTED, "does not connect: front %d back %d",
	       from->front, from->back);
	expect(removed || from->online || (v->front != XENBUS_CLOSED && v->front != XENBUS_UNKNOWN),
	       "stays");
}

static void test_all(void)
{
	struct device_view v, from;
	bool removed;

	for (int i = 0; i < 9 * 9 * 4 * 2; i++) {
		from = (struct device_view){
			.front = i % 9, .back = i / 9 % 9, .kernel = i / 81 % 4, .online = i / 324,
		};
		for (int upto = 0; upto < 5; upto++) {
			struct device_step s = device_decide(&from);

			v = from;
			removed = false;
			if (!apply(&v, &s, upto, &removed))
				return;
			if (removed)
				continue;
			expect(settle(&v, &removed), "no end: %d %d %d %d", from.front, from.back,
			       from.kernel, from.online);
			check_settled(&from, &v, removed);
		}
	}
}

/* The life of a disk, as blkfront has it. */
static void test_life(void)
{
	struct device_view v = { XENBUS_INITIALISING, XENBUS_INIT_WAIT, KERNEL_CREATED, true };
	bool removed = false;

	expect(settle(&v, &removed) && v.back == XENBUS_INIT_WAIT, "waits");
	v.front = XENBUS_INITIALISED;
	expect(settle(&v, &removed) && v.back == XENBUS_CONNECTED, "connects");
	v.front = XENBUS_CONNECTED;
	expect(settle(&v, &removed) && v.kernel == KERNEL_CONNECTED, "stays connected");
	v.front = XENBUS_CLOSING;
	expect(settle(&v, &removed) && v.back == XENBUS_CLOSING && v.kernel == KERNEL_CREATED,
	       "closes");
	v.front = XENBUS_CLOSED;
	expect(settle(&v, &removed) && v.back == XENBUS_CLOSED && !removed, "closed, and there");
	v.front = XENBUS_INITIALISING;
	expect(settle(&v, &removed) && v.back == XENBUS_INIT_WAIT, "waits again");
	v.front = XENBUS_CONNECTED;
	expect(settle(&v, &removed) && v.back == XENBUS_CONNECTED, "connects again");
	v.kernel = KERNEL_FAILED;
	expect(device_decide(&v).failed, "says so");
	expect(settle(&v, &removed) && v.back == XENBUS_CLOSING && v.kernel == KERNEL_CREATED,
	       "failed, and not connected again");
	v = (struct device_view){ XENBUS_CONNECTED, XENBUS_CLOSING, KERNEL_CONNECTED, false };
	expect(settle(&v, &removed) && v.kernel == KERNEL_CONNECTED, "serves on until the guest closes");
	v.front = XENBUS_CLOSED;
	expect(settle(&v, &removed) && removed, "goes");
}

struct node { const char *name, *value; };
static const struct node *nodes;

static bool read_node(void *data, const char *name, char *value)
{
	(void)data;
	for (const struct node *n = nodes; n->name; n++)
		if (!strcmp(n->name, name)) {
			snprintf(value, FRONT_VALUE_MAX, "%s", n->value);
			return true;
		}
	return false;
}

static int parse(struct front *f, uint32_t type, const struct node *all, struct errbuf *e)
{
	nodes = all;
	return front_parse(f, type, 4, 2, read_node, NULL, e);
}

#define VBD LODGE_BACKEND_TYPE_VBD
#define VIF LODGE_BACKEND_TYPE_VIF
#define NODES(...) ((const struct node[]){ __VA_ARGS__, { NULL, NULL } })

static void test_fronts(void)
{
	struct errbuf e;
	struct front f;

	expect(!parse(&f, VBD, NODES({ "ring-ref", "8" }, { "event-channel", "15" },
		{ "protocol", "x86_64-abi" }), &e) && f.nr_queues == 1 &&
	       f.queues[0].nr_refs == 1 && f.queues[0].refs[0] == 8 && f.queues[0].evtchn == 15,
	       "one page: %s", e.text);
	expect(!parse(&f, VBD, NODES({ "ring-page-order", "1" }, { "multi-queue-num-queues", "2" },
		{ "queue-0/ring-ref0", "8" }, { "queue-0/ring-ref1", "9" },
		{ "queue-0/event-channel", "1" }, { "queue-1/ring-ref0", "18" },
		{ "queue-1/ring-ref1", "19" }, { "queue-1/event-channel", "2" }), &e) &&
	       f.nr_queues == 2 && f.queues[1].refs[1] == 19, "two queues: %s", e.text);
	expect(!parse(&f, VIF, NODES({ "tx-ring-ref", "8" }, { "rx-ring-ref", "9" },
		{ "event-channel-tx", "5" }, { "event-channel-rx", "6" }, { "request-rx-copy", "1" },
		{ "feature-sg", "1" }, { "feature-gso-tcpv4", "0" }), &e) &&
	       f.features == LODGE_VIF_SG && f.queues[0].split && f.queues[0].evtchn_rx == 6,
	       "vif: %s", e.text);
}

static void test_bad_fronts(void)
{
	static const char * const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x10", "1e3", "01", "4294967296", "18446744073709551617",
		"111111111111111111111111111111111111111111111111111111111111111", "8\n", "\xff",
	};
	struct errbuf e;
	struct front f;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		expect(parse(&f, VBD, NODES({ "ring-ref", bad[i] }, { "event-channel", "1" }), &e),
		       "taken: '%s'", bad[i]);
		expect(!strchr(e.text, '\n'), "%s", e.text);
	}
	expect(parse(&f, VBD, NODES({ "event-channel", "1" }), &e), "no ring");
	expect(parse(&f, VBD, NODES({ "ring-ref", "1" }), &e), "no port");
	expect(parse(&f, VBD, NODES({ "ring-ref", "1" }, { "event-channel", "1" },
		{ "protocol", "x86_32-abi" }), &e), "another protocol");
	expect(parse(&f, VBD, NODES({ "ring-page-order", "3" }, { "event-channel", "1" }), &e),
	       "a larger ring than offered");
	expect(parse(&f, VBD, NODES({ "multi-queue-num-queues", "5" }), &e), "more queues");
	expect(parse(&f, VBD, NODES({ "multi-queue-num-queues", "0" }), &e), "no queue");
	expect(parse(&f, VIF, NODES({ "tx-ring-ref", "8" }, { "rx-ring-ref", "9" },
		{ "event-channel", "5" }), &e), "no copy");
	expect(parse(&f, VIF, NODES({ "tx-ring-ref", "8" }, { "rx-ring-ref", "9" },
		{ "event-channel-tx", "5" }, { "request-rx-copy", "1" }), &e), "half a split");
}

static void test_random_fronts(void)
{
	static const char * const names[] = {
		"ring-ref", "ring-ref0", "ring-ref1", "event-channel", "ring-page-order", "protocol",
		"multi-queue-num-queues", "queue-0/ring-ref", "queue-0/event-channel",
		"queue-1/ring-ref", "queue-1/event-channel", "tx-ring-ref", "rx-ring-ref",
		"event-channel-tx", "event-channel-rx", "request-rx-copy", "feature-sg",
	};
	static const char * const values[] = {
		"0", "1", "2", "3", "17", "4294967295", "4294967296", "-1", "x86_64-abi", "", "x",
	};
	struct node some[9];
	unsigned int taken = 0;

	for (int i = 0; i < 300000; i++) {
		unsigned int n = ktap_random_below(ARRAY_SIZE(some));
		uint32_t type = ktap_random_below(2) + 1;
		struct errbuf e;
		struct front f;

		for (unsigned int j = 0; j < n; j++)
			some[j] = (struct node){ names[ktap_random_below(ARRAY_SIZE(names))],
						 values[ktap_random_below(ARRAY_SIZE(values))] };
		some[n].name = NULL;
		if (parse(&f, type, some, &e))
			continue;
		taken++;
		expect(f.nr_queues && f.nr_queues <= 4, "%u queues", f.nr_queues);
		for (unsigned int j = 0; j < f.nr_queues; j++)
			expect(f.queues[j].nr_refs && f.queues[j].nr_refs <= 4, "%u pages",
			       f.queues[j].nr_refs);
	}
	expect(taken, "none was good");
}

static const struct ktap_test tests[] = {
	{ "every situation, and a death in it", test_all },
	{ "the life of a disk", test_life },
	{ "what front ends write", test_fronts },
	{ "what they must not", test_bad_fronts },
	{ "random nodes", test_random_fronts },
};

KTAP_MAIN(tests)
