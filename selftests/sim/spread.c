// SPDX-License-Identifier: GPL-2.0-only
/*
 * spread.c: what sched/spread.c does, in the simulator.
 */
#include <stdlib.h>
#include "lodge.h"

/**
 * DOC: simulated-spread
 *
 * Function by function what stands in sched/spread.c, without locks and barriers:
 * whoever changes that changes this.  What decides is balance.c, the same for both.
 */

#define CAP_NS		(10 * MS)
#define CAP_DOMAINS	1024

static bool may_move(const struct bvt_entity *e, void *to)
{
	return cpuset_has(&vcpu_of(e)->affinity, ((struct cpu *)to)->nr);
}

static const struct bvt_view *view_of(unsigned int cpu, void *data)
{
	struct sim *s = data;

	return s->cpus[cpu].online ? &s->cpus[cpu].view : NULL;
}

void spread_init(struct sim *s)
{
	s->cap_load = BVT_LOAD_MAX;
	s->shares = calloc(CAP_DOMAINS, sizeof(*s->shares));
	if (!s->shares)
		abort();
}

void rq_refresh_base(struct sim *s)
{
	unsigned int i;

	if (s->now_ns - s->base_ns < BVT_BASE_NS)
		return;
	s->base_ns = s->now_ns;
	s->base_busy = 0;
	s->base_online = s->nr_online;
	for (i = 0; i < s->nr_cpus; i++) {
		if (!s->cpus[i].online)
			continue;
		sim_charge(s, &s->cpus[i]);
		rq_publish(s, &s->cpus[i]);
		s->base_busy += s->cpus[i].rq.nr_runnable > 0;
	}
	s->base_vt = bvt_base(view_of, s, s->nr_cpus, s->base_vt);
}

u64 rq_base_vt(struct sim *s, const struct cpu *c)
{
	if (s->base_online == 1 || (s->base_busy <= 1 && c->rq.nr_runnable))
		return bvt_svt(&c->rq);
	return s->base_vt;
}

static struct bvt_entity *worth_taking(struct cpu *c, struct cpu *from)
{
	return c->rq.nr_runnable ? bvt_most_lagging(&from->rq, may_move, c) :
				   bvt_least_waiting(&from->rq, may_move, c);
}

static struct cpu *most_behind(struct sim *s, struct cpu *c)
{
	struct cpu *from, *best = NULL;
	const struct bvt_entity *e;
	u64 least_vt = 0;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++) {
		from = &s->cpus[i];
		if (from == c || !from->online || !bvt_may_lag(&from->view, &c->view))
			continue;
		e = worth_taking(c, from);
		if (e && (!best || (s64)(e->avt_vt - least_vt) < 0)) {
			best = from;
			least_vt = e->avt_vt;
		}
	}
	return best;
}

static bool pull(struct sim *s, struct cpu *c)
{
	struct cpu *from = most_behind(s, c);
	struct bvt_entity *e;

	if (!from)
		return false;
	e = worth_taking(c, from);
	if (!e || !bvt_lags(&c->rq, e))
		return false;
	rq_move(s, from, c, vcpu_of(e));
	return true;
}

void rq_pull(struct sim *s, struct cpu *c)
{
	if (s->now_ns >= c->balance_ns || c->nudged || !c->view.nr_runnable) {
		c->nudged = false;
		pull(s, c);
	}
}

bool rq_rest(struct sim *s, struct cpu *c)
{
	c->idle = true;
	return pull(s, c);
}

void rq_call_idle(struct sim *s, struct cpu *c)
{
	unsigned int i, left = c->view.nr_waiting;

	for (i = 0; left && i < s->nr_cpus; i++)
		if (s->cpus[i].idle && i != c->nr &&
		    bvt_least_waiting(&c->rq, may_move, &s->cpus[i])) {
			s->cpus[i].idle = false;
			sim_kick(s, &s->cpus[i]);
			left--;
		}
}

static bool runs_ahead(struct sim *s, struct cpu *c, struct cpu *at)
{
	struct bvt_entity *e;

	sim_charge(s, at);
	e = bvt_most_lagging(&c->rq, may_move, at);
	if (!e || !bvt_is_ahead(&at->rq, e))
		return false;
	at->nudged = true;
	return true;
}

void rq_nudge(struct sim *s, struct cpu *c)
{
	unsigned int i;

	rq_call_idle(s, c);
	if (s->now_ns < c->balance_ns)
		return;
	c->balance_ns = s->now_ns + BVT_BALANCE_NS;
	if (!c->view.nr_waiting)
		return;
	for (i = 0; i < s->nr_cpus; i++) {
		struct cpu *at = &s->cpus[i];

		if (at == c || !at->online ||
		    !bvt_may_be_ahead(&at->view, &c->view, s->now_ns) || !runs_ahead(s, c, at))
			continue;
		sim_kick(s, at);
		return;
	}
}

u64 rq_slice_ns(struct sim *s, const struct cpu *c)
{
	u64 slice_ns = bvt_time_slice_ns(&c->rq);

	return s->nr_online == 1 ? slice_ns :
	       bvt_look_ns(&c->rq, slice_ns, c->balance_ns, s->now_ns);
}

static u32 compute_cap(struct sim *s)
{
	unsigned int nr = 0, i;

	for (i = 0; i < s->nr_domains; i++) {
		struct domain *d = &s->domains[i];

		if (!d->group.runnable)
			continue;
		if (nr == CAP_DOMAINS)
			return BVT_LOAD_MAX;
		s->shares[nr++] = (struct bvt_share){ d->params.weight, d->group.runnable };
	}
	return bvt_cap_load(s->shares, nr, s->nr_online);
}

void rq_look_at_weights(struct sim *s)
{
	if (s->now_ns - s->cap_ns >= CAP_NS) {
		s->cap_ns = s->now_ns;
		s->cap_load = compute_cap(s);
	}
}
