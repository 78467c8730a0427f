// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_entity.c: domain 0 among the entities of a queue.
 */
#include "ktap.h"
#include "host_entity.h"

#define US	1000ULL
#define MS	(1000 * US)
#define VCPUS	8

/* One pCPU: the host and some vCPUs that spin.  The host wants as @wants_ns says. */
struct world {
	struct bvt_queue q;
	struct host_entity h;
	struct bvt_entity v[VCPUS];
	u64 now_ns, got_ns[VCPUS], host_ns, longest_wait_ns, asked_ns;
};

static void world_init(struct world *w, u32 host_weight, unsigned int nr, u32 weight)
{
	struct bvt_entity_params params = {
		.weight = host_weight, .warp = true, .warp_ns = HOST_WARP_NS,
	};
	unsigned int i;

	*w = (struct world){ .now_ns = 5 };
	bvt_queue_init(&w->q, BVT_ALLOWANCE_NS, BVT_UNIT_NS);
	host_entity_init(&w->h, &params, NULL);
	params = (struct bvt_entity_params){ .weight = weight };
	for (i = 0; i < nr; i++) {
		bvt_entity_init(&w->v[i], &params, NULL);
		bvt_wake(&w->q, &w->v[i], w->now_ns);
	}
}

static void host_asks(struct world *w)
{
	if (!host_entity_wants(&w->h))
		w->asked_ns = w->now_ns;
	host_entity_wake(&w->q, &w->h, w->now_ns, bvt_svt(&w->q));
}

/* One turn, of at most @most_ns; return: what the host had of it. */
static u64 turn(struct world *w, u64 most_ns)
{
	struct bvt_entity *e = host_entity_pick(&w->q, &w->h, w->now_ns);
	u64 ns = host_entity_slice_ns(&w->q, &w->h, w->now_ns);

	if (!expect(e && ns, "%p may run %llu ns", (void *)e, (unsigned long long)ns))
		exit(1);
	if (ns > most_ns)
		ns = most_ns;
	if (host_entity_wants(&w->h) && !host_entity_has_turn(&w->h) &&
	    w->now_ns + ns - w->asked_ns > w->longest_wait_ns)
		w->longest_wait_ns = w->now_ns + ns - w->asked_ns;
	w->now_ns += ns;
	if (e != &w->h.bvt) {
		w->got_ns[e - w->v] += ns;
		bvt_charge(&w->q, e, ns, w->now_ns);
		return 0;
	}
	w->host_ns += ns;
	w->asked_ns = w->now_ns;
	host_entity_ran(&w->q, &w->h, ns, w->now_ns);
	return ns;
}

static double host_share(struct world *w, u64 ns)
{
	u64 end_ns = w->now_ns + ns, before_ns = w->host_ns;

	while (w->now_ns < end_ns)
		turn(w, end_ns - w->now_ns);
	return (double)(w->host_ns - before_ns) / ns;
}

static void test_share(void)
{
	static const u32 weights[][2] = {
		{ 256, 256 }, { 64, 256 }, { 1024, 256 }, { 1, 20 }, { 65535, 4096 },
	};
	unsigned int i, nr;
	struct world w;
	double got, ideal;

	for (i = 0; i < 5; i++) {
		for (nr = 1; nr <= VCPUS; nr *= 2) {
			world_init(&w, weights[i][0], nr, weights[i][1]);
			host_asks(&w);
			host_share(&w, 1000 * MS);
			got = host_share(&w, 4000 * MS);
			ideal = (double)weights[i][0] / (weights[i][0] + nr * weights[i][1]);
			/* The least that it is given, or the ends of the window. */
			expect(got - ideal < 0.02 && ideal - got < 0.02,
			       "%u : %u * %u: %.4f, ideal %.4f", weights[i][0], nr, weights[i][1],
			       got, ideal);
		}
	}
}

/* However small its weight: the host waits HOST_WAIT_NS at most, and gets HOST_TURN_NS. */
static void test_wait(void)
{
	u64 least_ns = ~0ULL, had_ns = 0, ns;
	unsigned int i;
	struct world w;
	double share;

	world_init(&w, BVT_WEIGHT_MIN, 4, BVT_WEIGHT_MAX);
	host_asks(&w);
	for (i = 0; i < 20000; i++) {
		ns = turn(&w, 300 * US);
		if (!ns && had_ns && had_ns < least_ns && i > 100)
			least_ns = had_ns;
		had_ns = ns ? had_ns + ns : 0;
	}
	share = (double)w.host_ns / w.now_ns;
	printf("# 1 : 4 * 65535: longest wait %llu us, shortest turn %llu us, share %.4f\n",
	       (unsigned long long)(w.longest_wait_ns / US), (unsigned long long)(least_ns / US),
	       share);
	expect(w.longest_wait_ns <= HOST_WAIT_NS + 300 * US, "waited %llu ns",
	       (unsigned long long)w.longest_wait_ns);
	expect(least_ns >= HOST_TURN_NS, "had %llu ns", (unsigned long long)least_ns);
	expect(share < 0.025, "got %.4f", share);
}

/* A host that wants little gets it at once, and a vCPU all the rest. */
static void test_light(void)
{
	u64 left_ns, end_ns;
	unsigned int i;
	struct world w;

	world_init(&w, 256, VCPUS, 256);
	for (i = 0; i < 1000; i++) {
		host_asks(&w);
		for (left_ns = 300 * US; left_ns; )
			left_ns -= turn(&w, left_ns);
		host_entity_block(&w.q, &w.h, w.now_ns);
		for (end_ns = w.now_ns + 9700 * US; w.now_ns < end_ns; )
			turn(&w, end_ns - w.now_ns);
	}
	expect(w.host_ns == 1000 * 300 * US, "got %llu ns", (unsigned long long)w.host_ns);
	/* It borrows W from those who wait for their turns. */
	expect(w.longest_wait_ns == 0, "waited %llu ns", (unsigned long long)w.longest_wait_ns);
}

/* Real-time tasks took all for ten seconds: that is not held against the others for long. */
static void test_lead(void)
{
	u64 waited_ns = 0;
	unsigned int i;
	struct world w;

	world_init(&w, 256, 4, 1024);
	host_asks(&w);
	for (i = 0; i < 1000; i++) {
		turn(&w, 100 * US);
		host_entity_ran(&w.q, &w.h, 10 * MS, w.now_ns += 10 * MS);
	}
	/* At this weight a lead of 100 ms takes the vCPUs 1.6 s; it is served before. */
	for (i = 0; i < 100; i++) {
		u64 from_ns = w.now_ns;

		if (!turn(&w, 1 * MS))
			waited_ns += w.now_ns - from_ns;
	}
	expect(waited_ns <= 100 * MS, "waited %llu ns", (unsigned long long)waited_ns);
	expect((s64)(w.h.bvt.avt_vt - bvt_svt(&w.q)) <=
	       (s64)bvt_run_to_vt(&w.h.bvt, HOST_LEAD_NS + 10 * MS), "leads by %llu ns",
	       (unsigned long long)bvt_vt_to_run(&w.h.bvt, w.h.bvt.avt_vt - bvt_svt(&w.q)));
	host_share(&w, 2000 * MS);
	expect(host_share(&w, 4000 * MS) > 0.05, "the share comes back");
}

/* Whatever is asked, whenever: the host's A stays within bounds of the others. */
static void test_storm(void)
{
	struct world w;
	unsigned int i;
	s64 lead_vt;

	world_init(&w, 300, 3, 100);
	for (i = 0; i < 200000; i++) {
		switch (ktap_random_below(4)) {
		case 0:
			host_asks(&w);
			break;
		case 1:
			host_entity_block(&w.q, &w.h, w.now_ns);
			break;
		case 2:
			if (host_entity_wants(&w.h))
				host_entity_ran(&w.q, &w.h, ktap_random_below(5 * MS), w.now_ns);
			break;
		default:
			turn(&w, 1 + ktap_random_below(20 * MS));
		}
		if (!host_entity_wants(&w.h))
			continue;
		lead_vt = (s64)(w.h.bvt.avt_vt - bvt_svt(&w.q));
		if (!expect(lead_vt >= 0 && lead_vt <=
			    (s64)bvt_run_to_vt(&w.h.bvt, HOST_LEAD_NS + HOST_TURN_NS),
			    "step %u: leads by %lld vt", i, (long long)lead_vt))
			return;
	}
	expect(w.longest_wait_ns <= HOST_WAIT_NS + 20 * MS, "waited %llu ns",
	       (unsigned long long)w.longest_wait_ns);
}

static const struct ktap_test tests[] = {
	{ "host: its share is what its weight says", test_share },
	{ "host: it never waits longer than HOST_WAIT_NS, and then gets HOST_TURN_NS", test_wait },
	{ "host: what wakes now and then does not wait", test_light },
	{ "host: real-time tasks' excess is held against it, but not for long", test_lead },
	{ "host: random wakes, sleeps and runs", test_storm },
};

KTAP_MAIN(tests)
