// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c: what must be true at every moment of a run.
 */
#include <stdarg.h>
#include "sim.h"

/**
 * DOC: simulator-invariants
 *
 * Of any scheduler: no pCPU is idle while somebody waits who may run there, and
 * nobody waits longer than a bound (so no wake-up is lost).  Of lodge's besides:
 * entities, queues and counts agree, and the paper's bound: who runs leads any
 * that waits beside it by W + (C + G) / w at most, after every decision.
 *
 * The bound on waiting: each other one may run until it leads by what it may lead
 * by, and until it has caught up with what this one leads by.  The sums are over
 * all vCPUs that there ever were at once, as if they were all in one queue.  What it
 * leads by it has run up at the load that it counted as then, which may have been cut.
 */

#define SHOWN 10

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->t.failures++ >= SHOWN)
		return;
	fprintf(stderr, "# %s, seed %llu, %.9f s: ", s->w->name, (unsigned long long)s->w->seed,
		(double)(s->now_ns - s->begin_ns) / 1e9);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
}

static unsigned int number(const struct sim *s, const struct vcpu *v)
{
	return (unsigned int)(v - s->vcpus);
}

/* C, lateness (a tick may set a timer anew that was late), and what whole units may add */
static double grain_ns(const struct sim *s)
{
	return (double)(s->w->allowance_ns + 2 * s->w->late_ns + 2 * s->w->unit_ns);
}

static double warp_ns(const struct domain *d)
{
	return d->params.warp ? (double)d->params.warp_ns : 0;
}

/**
 * check_changed() - domains or their parameters have changed
 * @s: the simulation
 */
void check_changed(struct sim *s)
{
	double lead_ns = 0, weight = 0;
	unsigned int i;

	for (i = 0; i < s->nr_domains; i++) {
		const struct domain *d = &s->domains[i];

		if (!d->alive)
			continue;
		lead_ns += d->nr_vcpus * (grain_ns(s) + warp_ns(d));
		weight += d->params.weight;
	}
	if (lead_ns > s->sum_lead_ns)
		s->sum_lead_ns = lead_ns;
	if (weight > s->sum_weight)
		s->sum_weight = weight;
}

static double wait_bound_ns(const struct sim *s, const struct vcpu *v)
{
	const struct domain *d = v->domain;
	double own_ns = grain_ns(s) + warp_ns(d) + 2 * (double)BVT_LAG_NS;
	double load = (double)d->params.weight / d->nr_vcpus;

	if (v->least_load && (double)v->least_load / BVT_LOAD_ONE < load)
		load = (double)v->least_load / BVT_LOAD_ONE;
	if (s->w->needs_all)	/* it may have been moved to where all lie behind */
		own_ns += 2 * (double)BVT_CARRY_NS;
	return s->sum_lead_ns + s->sum_weight / load * own_ns;
}

/**
 * check_bound_start() - a vCPU begins to wait
 * @s: the simulation
 * @v: the vCPU
 */
void check_bound_start(struct sim *s, struct vcpu *v)
{
	if (s->ideal_old)
		check_changed(s);
	v->bound_ns = wait_bound_ns(s, v);
}

/**
 * check_dispatch() - a vCPU has waited and is to run, or waits still
 * @s: the simulation
 * @v: the vCPU
 */
void check_dispatch(struct sim *s, struct vcpu *v)
{
	double wait_ns = (double)(s->now_ns - v->ready_ns), bound_ns = v->bound_ns;

	s->t.checks++;
	if (wait_ns <= bound_ns)
		return;
	bound_ns = wait_bound_ns(s, v);		/* others may have come meanwhile */
	if (wait_ns > bound_ns && wait_ns > v->bound_ns && s->model == &model_lodge)
		sim_fail(s, "vCPU %u has waited for %.3f ms, bound %.3f ms", number(s, v),
			 wait_ns / 1e6, bound_ns / 1e6);
}

static void check_idle(struct sim *s, const struct vcpu *v)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		if (s->cpus[i].online && !s->cpus[i].curr && cpuset_has(&v->affinity, i))
			sim_fail(s, "pCPU %u is idle while vCPU %u waits for pCPU %u", i,
				 number(s, v), v->cpu);
}

/**
 * check_state() - is everything as it should be?
 * @s: the simulation, nothing left to do at this moment
 * @all: look at all vCPUs, not only at those that run
 */
void check_state(struct sim *s, bool all)
{
	unsigned int i, runs = 0;

	for (i = 0; i < s->nr_cpus; i++) {
		struct cpu *c = &s->cpus[i];

		s->t.checks++;
		if (!c->curr)
			continue;
		runs++;
		if (!c->online || !c->curr->runs || c->curr->cpu != i ||
		    c->curr->state != V_READY || c->curr->domain->paused || !c->curr->domain->alive)
			sim_fail(s, "pCPU %u runs vCPU %u, which should not run here", i,
				 number(s, c->curr));
	}
	for (i = 0; all && i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		runs -= v->runs;
		if (v->state != V_READY || v->runs)
			continue;
		check_dispatch(s, v);
		if (runs || s->model == &model_lodge)
			check_idle(s, v);
	}
	if (all && runs)
		sim_fail(s, "some vCPU runs twice or nowhere");
	if (s->model->check)
		s->model->check(s, all);
}

/* ---- lodge ---- */

/* In ns of its own running at its full weight, shared by all vCPUs of its domain. */
static double own_ns(const struct vcpu *v, s64 vt)
{
	return (double)vt * v->domain->params.weight / v->domain->nr_vcpus / BVT_K;
}

/* A stays when the load of an entity changes, and then a lead is another time. */
static bool loads_fixed(const struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->w->nr_classes; i++)
		if (s->w->classes[i].nr_vcpus > 1)
			return false;
	return !s->w->nr_actions && s->w->storm_rate == 0 && s->nr_cpus == 1;
}

/* The paper's bound for all pairs, where nothing but BVT moves virtual times. */
static bool pairs_bounded(const struct sim *s)
{
	return s->nr_cpus == 1 && loads_fixed(s);
}

/* Who runs leads all that wait here by so much: after every decision. */
static void check_lead(struct sim *s, const struct cpu *c)
{
	const struct vcpu *v = c->curr;
	s64 lead_vt;
	u64 lead_ns;

	if (!v || c->rq.nr_runnable < 2 || !loads_fixed(s))
		return;
	lead_vt = (s64)(v->bvt.avt_vt - bvt_svt(&c->rq));
	lead_ns = lead_vt > 0 ? bvt_vt_to_run(&v->bvt, (u64)lead_vt) : 0;
	lead_ns -= v->bvt.params.warp_ns < lead_ns ? v->bvt.params.warp_ns : lead_ns;
	if (lead_ns > s->t.lead_max_ns)
		s->t.lead_max_ns = lead_ns;
	if ((double)lead_ns > grain_ns(s))
		sim_fail(s, "vCPU %u leads by %.3f ms more than W", number(s, v),
			 (double)lead_ns / 1e6);
}

static void check_entity(struct sim *s, const struct vcpu *v, unsigned int *runnable)
{
	const struct bvt_entity *e = &v->bvt;
	const struct cpu *c = cpu_of(s, v);
	s64 lead_vt = (s64)(e->avt_vt - bvt_svt(&c->rq));
	enum bvt_state state = v->runs ? BVT_CURRENT : v->state == V_READY ? BVT_WAITING : BVT_IDLE;

	if (e->state != state || (state == BVT_CURRENT && c->rq.curr != e))
		sim_fail(s, "vCPU %u should be in state %d and is in %d", number(s, v), state,
			 e->state);
	if (state == BVT_IDLE)
		return;
	runnable[v->cpu]++;
	if (!c->online)
		sim_fail(s, "vCPU %u is left on pCPU %u, offline", number(s, v), v->cpu);
	if (lead_vt < 0)
		sim_fail(s, "vCPU %u lies behind SVT", number(s, v));
	if (pairs_bounded(s) && own_ns(v, lead_vt) > grain_ns(s) + warp_ns(v->domain) + 1)
		sim_fail(s, "vCPU %u leads SVT by %.3f ms", number(s, v),
			 own_ns(v, lead_vt) / 1e6);
	if (e->by_evt.key_vt != bvt_evt(e) && state == BVT_WAITING)
		sim_fail(s, "E of vCPU %u has changed in the queue", number(s, v));
	if (e->warped && !e->params.warp)
		sim_fail(s, "vCPU %u is warped against domain 0's will", number(s, v));
	if (e->warped && e->params.limit_ns &&
	    e->warped_ns > e->params.limit_ns + 2 * s->w->late_ns + 2 * s->w->unit_ns)
		sim_fail(s, "vCPU %u is warped beyond L", number(s, v));
}

/* How far did one lie behind, for as long as that, one that runs where it might? */
static void check_apart(struct sim *s, const struct vcpu *v)
{
	unsigned int i;
	u64 lag_ns;
	s64 lag_vt;

	for (i = 0; i < s->nr_cpus; i++) {
		const struct cpu *c = &s->cpus[i];

		if (!c->curr || !cpuset_has(&v->affinity, i) || v->bvt.params.warp)
			continue;
		lag_vt = (s64)(bvt_evt(&c->curr->bvt) - v->bvt.avt_vt);
		lag_ns = lag_vt > 0 ? bvt_vt_to_run(&v->bvt, (u64)lag_vt) : 0;
		if (lag_ns > s->now_ns - v->ready_ns)
			lag_ns = s->now_ns - v->ready_ns;
		if (lag_ns > s->t.apart_max_ns && s->now_ns >= s->start_ns)
			s->t.apart_max_ns = lag_ns;
	}
}

/**
 * check_lodge() - the invariants of the module's scheduler
 * @s: the simulation
 * @all: look at all vCPUs
 */
void check_lodge(struct sim *s, bool all)
{
	unsigned int runnable[CPUS_MAX] = { 0 }, i;

	for (i = 0; i < s->nr_cpus; i++)
		check_lead(s, &s->cpus[i]);
	if (!all)
		return;
	for (i = 0; i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		if (!v->domain->alive)
			continue;
		check_entity(s, v, runnable);
		if (v->state == V_READY && !v->runs)
			check_apart(s, v);
	}
	for (i = 0; i < s->nr_cpus; i++)
		if (runnable[i] != s->cpus[i].rq.nr_runnable)
			sim_fail(s, "pCPU %u counts %u runnable, not %u", i,
				 s->cpus[i].rq.nr_runnable, runnable[i]);
	for (i = 0; i < s->nr_domains; i++) {
		const struct domain *d = &s->domains[i];
		unsigned int n = 0, j;

		for (j = 0; j < d->nr_vcpus; j++)
			n += d->vcpus[j].state == V_READY;
		if (d->alive && n != d->group.runnable)
			sim_fail(s, "domain %u counts %u runnable, not %u", i, d->group.runnable, n);
	}
}
