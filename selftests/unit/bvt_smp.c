// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_smp.c: several queues, as sched/spread.c drives them: shares of domains
 * are those of their weights, wherever their vCPUs run.
 */
#include <string.h>
#include "bvt_model.h"

#define CPUS_MAX	16
#define DOMAINS_MAX	64
#define VCPUS_MAX	256
#define STEP_NS		(50 * US)

struct smp_vcpu {
	struct bvt_entity e;
	unsigned int domain, cpu;
	u64 affinity;		/* a bit for each pCPU */
	u64 run_ns, sleep_ns;	/* 0: spins */
	u64 left_ns, wake_at_ns;
};

struct smp {
	struct bvt_queue q[CPUS_MAX];
	struct bvt_view view[CPUS_MAX];
	u64 balance_ns[CPUS_MAX];
	u64 base_vt, base_ns;
	unsigned int nr_cpus, nr_domains, nr_vcpus;
	struct bvt_group group[DOMAINS_MAX];
	u32 weight[DOMAINS_MAX];
	unsigned int size[DOMAINS_MAX];
	u64 got_ns[DOMAINS_MAX];
	struct smp_vcpu v[VCPUS_MAX];
	u64 now_ns, moves;
};

static struct smp *smp_new(unsigned int nr_cpus)
{
	struct smp *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (!s)
		abort();
	s->nr_cpus = nr_cpus;
	for (i = 0; i < nr_cpus; i++)
		bvt_queue_init(&s->q[i], BVT_ALLOWANCE_NS, BVT_UNIT_NS);
	s->now_ns = 1000 * MS;
	return s;
}

static void smp_publish(struct smp *s, unsigned int cpu)
{
	bvt_publish(&s->q[cpu], &s->view[cpu], s->now_ns);
}

static const struct bvt_view *view_of(unsigned int i, void *data)
{
	return &((struct smp *)data)->view[i];
}

static void smp_wake(struct smp *s, struct smp_vcpu *v)
{
	unsigned int i;

	if (s->now_ns - s->base_ns >= BVT_BASE_NS) {
		for (i = 0; i < s->nr_cpus; i++)
			smp_publish(s, i);
		s->base_vt = bvt_base(view_of, s, s->nr_cpus, s->base_vt);
		s->base_ns = s->now_ns;
	}
	bvt_wake_among(&s->q[v->cpu], &v->e, s->now_ns, s->base_vt);
	smp_publish(s, v->cpu);
	v->left_ns = v->run_ns;
	v->wake_at_ns = 0;
}

static struct smp_vcpu *smp_add(struct smp *s, u32 weight, unsigned int vcpus)
{
	struct bvt_entity_params params = { .weight = weight };
	struct smp_vcpu *v = NULL;
	unsigned int i;

	s->weight[s->nr_domains] = weight;
	s->size[s->nr_domains] = vcpus;
	for (i = 0; i < vcpus; i++) {
		v = &s->v[s->nr_vcpus++];
		v->domain = s->nr_domains;
		v->cpu = ktap_random_below(s->nr_cpus);
		v->affinity = ~0ULL;
		bvt_entity_init(&v->e, &params, &s->group[v->domain]);
		smp_wake(s, v);
	}
	s->nr_domains++;
	return v;
}

static struct smp_vcpu *smp_vcpu_of(const struct bvt_entity *e)
{
	return (struct smp_vcpu *)((char *)e - offsetof(struct smp_vcpu, e));
}

static bool may_move(const struct bvt_entity *e, void *data)
{
	return smp_vcpu_of(e)->affinity >> *(unsigned int *)data & 1;
}

static void smp_move(struct smp *s, struct bvt_entity *e, unsigned int to)
{
	struct smp_vcpu *v = smp_vcpu_of(e);

	bvt_migrate(&s->q[v->cpu], &s->q[to], e);
	smp_publish(s, v->cpu);
	smp_publish(s, to);
	v->cpu = to;
	s->moves++;
}

/* As rq_pull() does. */
static void smp_pull(struct smp *s, unsigned int cpu)
{
	struct bvt_entity *best = NULL, *e;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++) {
		if (i == cpu || !bvt_may_lag(&s->view[i], &s->view[cpu]))
			continue;
		e = bvt_least_waiting(&s->q[i], may_move, &cpu);
		if (e && bvt_lags(&s->q[cpu], e) &&
		    (!best || (s64)(e->avt_vt - best->avt_vt) < 0))
			best = e;
	}
	if (best)
		smp_move(s, best, cpu);
}

/* As sched_pick() does; @nudged: another pCPU asked for it. */
static void smp_pick(struct smp *s, unsigned int cpu, bool nudged)
{
	struct bvt_queue *q = &s->q[cpu];
	bool balance = s->now_ns >= s->balance_ns[cpu];
	struct bvt_entity *e;
	unsigned int i;

	smp_publish(s, cpu);
	if (balance || nudged || !q->nr_runnable)
		smp_pull(s, cpu);
	bvt_pick(q, s->now_ns);
	smp_publish(s, cpu);
	if (!balance)
		return;
	s->balance_ns[cpu] = s->now_ns + BVT_BALANCE_NS;
	for (i = 0; i < s->nr_cpus; i++) {
		e = i == cpu ? NULL : bvt_least_waiting(q, may_move, &i);
		if (!e || !bvt_may_be_ahead(&s->view[i], &s->view[cpu], s->now_ns) ||
		    !bvt_is_ahead(&s->q[i], e))
			continue;
		smp_pick(s, i, true);
		return;
	}
}

static void smp_charge(struct smp *s, unsigned int cpu)
{
	struct bvt_entity *e = s->q[cpu].curr;
	struct smp_vcpu *v;

	if (!e)
		return;
	v = smp_vcpu_of(e);
	bvt_charge(&s->q[cpu], e, STEP_NS, s->now_ns);
	s->got_ns[v->domain] += STEP_NS;
	if (!v->run_ns)
		return;
	v->left_ns -= STEP_NS < v->left_ns ? STEP_NS : v->left_ns;
	if (!v->left_ns) {
		bvt_block(&s->q[cpu], e, s->now_ns);
		v->wake_at_ns = s->now_ns + v->sleep_ns;
	}
}

/* Every 10 ms, as the module does. */
static void smp_cap(struct smp *s)
{
	struct bvt_share shares[DOMAINS_MAX];
	unsigned int i;
	u32 cap;

	if (s->now_ns % (10 * MS))
		return;
	for (i = 0; i < s->nr_domains; i++) {
		shares[i].weight = s->weight[i];
		shares[i].runnable = s->group[i].runnable;
	}
	cap = bvt_cap_load(shares, s->nr_domains, s->nr_cpus);
	for (i = 0; i < s->nr_cpus; i++)
		s->q[i].cap_load = cap;
}

static bool must_look(const struct smp *s, unsigned int cpu)
{
	return bvt_look_ns(&s->q[cpu], BVT_FOREVER_NS, s->balance_ns[cpu], s->now_ns) <= STEP_NS;
}

static void smp_run(struct smp *s, u64 ns)
{
	u64 end_ns = s->now_ns + ns;
	unsigned int i;

	while (s->now_ns < end_ns) {
		s->now_ns += STEP_NS;
		for (i = 0; i < s->nr_cpus; i++)
			smp_charge(s, i);
		for (i = 0; i < s->nr_vcpus; i++)
			if (s->v[i].wake_at_ns && s->v[i].wake_at_ns <= s->now_ns)
				smp_wake(s, &s->v[i]);
		smp_cap(s);
		for (i = 0; i < s->nr_cpus; i++)
			if (!s->q[i].curr || bvt_must_switch(&s->q[i]) || must_look(s, i))
				smp_pick(s, i, false);
	}
}

/* What spinners should get: by weight, but nobody more than it has vCPUs. */
static void ideal(const struct smp *s, double *share)
{
	double left = s->nr_cpus, weights;
	bool full[DOMAINS_MAX] = { false }, more = true;
	unsigned int i;

	while (more) {
		more = false;
		weights = 0;
		for (i = 0; i < s->nr_domains; i++)
			weights += full[i] ? 0 : s->weight[i];
		for (i = 0; i < s->nr_domains; i++) {
			double most = s->size[i] < s->nr_cpus ? s->size[i] : s->nr_cpus;

			if (full[i])
				continue;
			share[i] = left * s->weight[i] / weights;
			if (share[i] < most)
				continue;
			share[i] = most;
			full[i] = true;
			left -= most;
			more = true;
			break;
		}
	}
}

#define WINDOW_NS	(2000 * MS)

/*
 * How far off what a domain got in a window may be, in pCPUs.  A vCPU may be ahead by C,
 * and behind by as much as others then look for (2 * BVT_LAG_NS) and do not see before
 * the next look: that, of its own vCPUs, and its share of that of all others.
 */
static double apart(const struct smp *s, unsigned int domain, double share)
{
	double part = share / s->nr_cpus, each_ns = BVT_ALLOWANCE_NS + 2 * BVT_UNIT_NS;

	if (s->nr_cpus > 1)
		each_ns += 2 * BVT_LAG_NS + BVT_LOOK_NS;
	return each_ns / WINDOW_NS * ((1 - part) * s->size[domain] +
				      part * (s->nr_vcpus - s->size[domain]));
}

/*
 * 1 s to settle, then windows of 2 s: each domain within @percent of the whole.
 * Return: how many were not; those that are too far apart() for any reason fail.
 */
static unsigned int judge_shares(struct smp *s, double percent)
{
	double share[DOMAINS_MAX], off, most;
	unsigned int window, i, far = 0;

	ideal(s, share);
	smp_run(s, 1000 * MS);
	for (window = 0; window < 3; window++) {
		memset(s->got_ns, 0, sizeof(s->got_ns));
		smp_run(s, WINDOW_NS);
		for (i = 0; i < s->nr_domains; i++) {
			off = s->got_ns[i] / (double)WINDOW_NS - share[i];
			off = off < 0 ? -off : off;
			most = apart(s, i, share[i]);
			far += off > percent * s->nr_cpus / 100;
			expect(off <= most || off <= percent * s->nr_cpus / 100,
			       "window %u: domain %u of weight %u with %u vCPUs got %.3f pCPUs, not %.3f: more than %.3f off",
			       window, i, s->weight[i], s->size[i],
			       s->got_ns[i] / (double)WINDOW_NS, share[i], most);
		}
	}
	return far;
}

static void expect_shares(struct smp *s, double percent)
{
	expect(!judge_shares(s, percent), "a share is more than %.1f %% off", percent);
}

void test_smp_shares(void)
{
	struct smp *s = smp_new(2);

	smp_add(s, 1, 1);
	smp_add(s, 2, 1);
	smp_add(s, 4, 1);
	smp_add(s, 8, 1);
	expect_shares(s, 1);
	free(s);

	s = smp_new(2);		/* 3 against 1 */
	smp_add(s, 256, 3);
	smp_add(s, 256, 1);
	expect_shares(s, 1);
	free(s);

	s = smp_new(2);		/* no partition is fair: somebody must move */
	smp_add(s, 256, 1);
	smp_add(s, 256, 1);
	smp_add(s, 256, 1);
	expect_shares(s, 1);
	expect(s->moves < 7 * 100, "%llu moves in 7 s", (unsigned long long)s->moves);
	free(s);
}

void test_smp_random(void)
{
	unsigned int round, n, far = 0, all = 0;

	for (round = 0; round < 60; round++) {
		struct smp *s = smp_new(1 + ktap_random_below(round % 4 ? 4 : CPUS_MAX));

		n = 1 + ktap_random_below(12);
		while (n--)
			smp_add(s, 1 + ktap_random_below(16) * (1 + ktap_random_below(40)),
				1 + ktap_random_below(5));
		far += judge_shares(s, 1);
		all += 3 * s->nr_domains;
		free(s);
	}
	printf("# %u of %u shares are more than 1 %% of the whole off\n", far, all);
	expect(far * 20 <= all, "%u of %u shares are too far off", far, all);
}
