// SPDX-License-Identifier: GPL-2.0-only
/*
 * model_fair.c: simple models of Linux's CFS and EEVDF.
 */
#include <math.h>
#include "sim.h"

/**
 * DOC: simulated-linux
 *
 * CFS as in Linux 6.1 and EEVDF as in 6.6 with their defaults and a tick of 4 ms,
 * each domain a group of its vCPUs, as libvirt makes it.  From the kernel's
 * documentation, its numbers, and Stoica and Abdel-Wahab's paper.
 *
 * A group's weight is shared by its runnable vCPUs alike.  Present loads stand
 * for averages when pCPUs are balanced, and there is one level of balancing.
 */

#define TICK_NS		(4 * MS)
#define ONE		1024.0		/* the weight whose virtual time is real */

static bool is_eevdf(const struct sim *s)
{
	return s->model == &model_eevdf;
}

/* Defaults grow with the number of pCPUs, up to 8. */
static double factor(const struct sim *s)
{
	return 1 + floor(log2(s->nr_cpus < 8 ? s->nr_cpus : 8));
}

static double latency_ns(const struct sim *s)
{
	return 6.0 * MS * factor(s);
}

static double least_ns(const struct sim *s)	/* EEVDF's base slice, too */
{
	return 0.75 * MS * factor(s);
}

static s64 virtual(const struct vcpu *v, double ns)
{
	return (s64)(ns * ONE / v->fair.load);
}

static void set_load(struct vcpu *v)
{
	const struct domain *d = v->domain;
	unsigned int i, n = 0;

	for (i = 0; i < d->nr_vcpus; i++)
		n += d->vcpus[i].state == V_READY;
	v->fair.load = (double)d->params.weight * 4 / (n ? n : 1);	/* 256 is 1024 */
}

static void enqueue(struct cpu *c, struct vcpu *v)
{
	v->next = c->queue;
	c->queue = v;
	c->nr_queued++;
	v->queued = true;
}

static void dequeue(struct cpu *c, struct vcpu *v)
{
	struct vcpu **link = &c->queue;

	while (*link != v)
		link = &(*link)->next;
	*link = v->next;
	c->nr_queued--;
	v->queued = false;
}

static double load_of(const struct cpu *c)
{
	double load = c->curr ? c->curr->fair.load : 0;
	const struct vcpu *v;

	for (v = c->queue; v; v = v->next)
		load += v->fair.load;
	return load;
}

/* EEVDF: the average by weight */
static s64 average(const struct cpu *c)
{
	double sum = 0, load = load_of(c);
	const struct vcpu *v;

	if (load <= 0)
		return c->min_vr;
	if (c->curr)
		sum = (double)(c->curr->fair.vr - c->min_vr) * c->curr->fair.load;
	for (v = c->queue; v; v = v->next)
		sum += (double)(v->fair.vr - c->min_vr) * v->fair.load;
	return c->min_vr + (s64)(sum / load);
}

static void update_min(struct cpu *c)
{
	const struct vcpu *v, *least = c->curr;

	for (v = c->queue; v; v = v->next)
		if (!least || v->fair.vr < least->fair.vr)
			least = v;
	if (least && least->fair.vr > c->min_vr)
		c->min_vr = least->fair.vr;
}

static void place(struct sim *s, struct cpu *c, struct vcpu *v, bool new)
{
	double load = load_of(c);

	if (!is_eevdf(s)) {
		s64 least = c->min_vr - virtual(v, new ? 0 : latency_ns(s) / 2 * v->fair.load / ONE);

		if (v->fair.vr < least)
			v->fair.vr = least;
		return;
	}
	/* The average moves when this one comes: its lag is to be the same after. */
	v->fair.vr = average(c) - (s64)((double)v->fair.lag * (load + v->fair.load) /
					(load > 0 ? load : v->fair.load));
	v->fair.deadline = v->fair.vr + virtual(v, least_ns(s));
}

static void keep_lag(struct sim *s, const struct cpu *c, struct vcpu *v)
{
	s64 lag = average(c) - v->fair.vr, limit = virtual(v, fmax(2 * least_ns(s), TICK_NS));

	v->fair.lag = lag > limit ? limit : lag < -limit ? -limit : lag;
}

static bool before(const struct sim *s, const struct vcpu *a, const struct vcpu *b)
{
	return is_eevdf(s) ? a->fair.deadline < b->fair.deadline : a->fair.vr < b->fair.vr;
}

/* Who should run, the current one included */
static struct vcpu *first(struct sim *s, struct cpu *c)
{
	s64 avg = is_eevdf(s) ? average(c) : 0;
	struct vcpu *best = NULL, *v, *any = c->curr;

	if (c->curr && (!is_eevdf(s) || c->curr->fair.vr <= avg))
		best = c->curr;
	for (v = c->queue; v; v = v->next) {
		any = v;
		if ((!is_eevdf(s) || v->fair.vr <= avg) && (!best || before(s, v, best)))
			best = v;
	}
	return best ? best : any;	/* rounding may leave none eligible */
}

/* ---- between pCPUs ---- */

static void fair_move(struct sim *s, struct cpu *from, struct cpu *to, struct vcpu *v)
{
	sim_charge(s, from);
	sim_charge(s, to);
	update_min(from);
	update_min(to);
	keep_lag(s, from, v);
	dequeue(from, v);
	v->fair.vr += to->min_vr - from->min_vr;
	if (is_eevdf(s))
		place(s, to, v, false);
	v->cpu = to->nr;
	enqueue(to, v);
}

static struct cpu *busiest(struct sim *s, const struct cpu *c, double *load, double *all)
{
	struct cpu *best = NULL;
	unsigned int i;
	double x;

	*load = 0;
	*all = 0;
	for (i = 0; i < s->nr_cpus; i++) {
		x = load_of(&s->cpus[i]);
		*all += x;
		if (&s->cpus[i] == c || !s->cpus[i].queue || x <= *load)
			continue;
		*load = x;
		best = &s->cpus[i];
	}
	return best;
}

static bool balance(struct sim *s, struct cpu *c)
{
	double load, all, own = load_of(c), imbalance;
	struct cpu *from = busiest(s, c, &load, &all);
	bool idle = !c->curr && !c->queue, moved = false;
	struct vcpu *v, *next;

	if (!from || (!idle && load * 100 <= own * 117))
		return false;
	imbalance = fmin(load - all / s->nr_cpus, all / s->nr_cpus - own);
	for (v = from->queue; v && (idle ? !moved : imbalance > 0); v = next) {
		next = v->next;
		if (!idle && ldexp(v->fair.load, -(int)c->failed) > imbalance)
			continue;
		imbalance -= v->fair.load;
		fair_move(s, from, c, v);
		moved = true;
	}
	c->failed = moved ? 0 : c->failed < 8 ? c->failed + 1 : 8;
	return moved;
}

/* ---- the model ---- */

static void tick_fire(struct sim *s, struct timer *t)
{
	struct cpu *c = (struct cpu *)((char *)t - offsetof(struct cpu, tick));
	struct vcpu *curr = c->curr, *v;
	double slice_ns, load = load_of(c);

	timer_set(s, t, s->now_ns + TICK_NS);
	sim_charge(s, c);
	update_min(c);
	if (s->now_ns >= c->balance_at_ns) {
		c->balance_at_ns = s->now_ns + s->nr_cpus * MS * (curr ? 16 : 1);
		if (balance(s, c) && !curr)
			sim_kick(s, c);
	}
	if (!curr || !c->queue)
		return;
	if (is_eevdf(s)) {
		if (curr->fair.vr >= curr->fair.deadline)
			sim_kick(s, c);
		return;
	}
	slice_ns = fmax(latency_ns(s), least_ns(s) * (c->nr_queued + 1)) * curr->fair.load / load;
	slice_ns = fmax(slice_ns, least_ns(s));
	v = first(s, c);
	if ((double)(s->now_ns - c->picked_ns) > slice_ns ||
	    ((double)(s->now_ns - c->picked_ns) >= least_ns(s) &&
	     (double)(curr->fair.vr - v->fair.vr) > slice_ns))
		sim_kick(s, c);
}

static void fair_init(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++) {
		s->cpus[i].tick.fire = tick_fire;
		timer_set(s, &s->cpus[i].tick, s->now_ns + TICK_NS * (i + 1) / s->nr_cpus);
	}
}

static void fair_vcpu_init(struct sim *s, struct vcpu *v)
{
	unsigned int i;

	v->cpu = 0;
	for (i = 1; i < s->nr_cpus; i++)
		if (s->cpus[i].load < s->cpus[v->cpu].load)
			v->cpu = i;
	cpu_of(s, v)->load += v->domain->params.weight;
	v->fair = (struct vcpu_fair){ .vr = cpu_of(s, v)->min_vr };
}

static struct cpu *idle_cpu(struct sim *s, struct vcpu *v)
{
	unsigned int i;

	if (!cpu_of(s, v)->curr && !cpu_of(s, v)->queue)
		return cpu_of(s, v);
	for (i = 0; i < s->nr_cpus; i++)
		if (!s->cpus[i].curr && !s->cpus[i].queue)
			return &s->cpus[i];
	return cpu_of(s, v);
}

static void fair_wake(struct sim *s, struct vcpu *v)
{
	struct cpu *c = idle_cpu(s, v), *from = cpu_of(s, v);

	sim_charge(s, c);
	sim_charge(s, from);
	set_load(v);
	update_min(c);
	update_min(from);
	if (c != from)
		v->fair.vr += c->min_vr - from->min_vr;
	place(s, c, v, !v->woken);
	v->cpu = c->nr;
	enqueue(c, v);
	if (!c->curr)
		sim_kick(s, c);
	else if (is_eevdf(s) ? first(s, c) == v && (c->curr->fair.vr > average(c) ||
						    c->curr->fair.slice_ran_ns >= least_ns(s)) :
		 c->curr->fair.vr - v->fair.vr > virtual(v, MS * factor(s)))
		sim_kick(s, c);
}

static void fair_block(struct sim *s, struct vcpu *v)
{
	struct cpu *c = cpu_of(s, v);

	keep_lag(s, c, v);
	if (v->queued)
		dequeue(c, v);
}

static void fair_charge(struct sim *s, struct cpu *c, struct vcpu *v, u64 ran_ns)
{
	(void)c;
	set_load(v);
	v->fair.vr += virtual(v, (double)ran_ns);
	v->fair.slice_ran_ns += ran_ns;
	(void)s;
}

static struct vcpu *fair_pick(struct sim *s, struct cpu *c)
{
	struct vcpu *curr = c->curr, *next;

	update_min(c);
	/* A new slice, now that the old one was used up */
	if (curr && curr->fair.vr >= curr->fair.deadline) {
		curr->fair.deadline = curr->fair.vr + virtual(curr, least_ns(s));
		curr->fair.slice_ran_ns = 0;
	}
	next = first(s, c);
	if (!next && balance(s, c))
		next = first(s, c);
	if (next == curr || !next)
		return next;
	dequeue(c, next);
	if (curr)
		enqueue(c, curr);
	next->fair.slice_ran_ns = 0;
	return next;
}

static u64 fair_slice_ns(struct sim *s, struct cpu *c)
{
	(void)s;
	(void)c;
	return NEVER_NS;	/* the tick says */
}

static void fair_set_params(struct sim *s, struct domain *d)
{
	unsigned int i;

	(void)s;
	for (i = 0; i < d->nr_vcpus; i++)
		set_load(&d->vcpus[i]);
}

#define FAIR_MODEL(which)			\
const struct model model_##which = {		\
	.name = #which,				\
	.init = fair_init,			\
	.vcpu_init = fair_vcpu_init,		\
	.wake = fair_wake,			\
	.block = fair_block,			\
	.charge = fair_charge,			\
	.pick = fair_pick,			\
	.slice_ns = fair_slice_ns,		\
	.set_params = fair_set_params,		\
}

FAIR_MODEL(cfs);
FAIR_MODEL(eevdf);
