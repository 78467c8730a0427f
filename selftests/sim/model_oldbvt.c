// SPDX-License-Identifier: GPL-2.0-only
/*
 * model_oldbvt.c: a simple model of the BVT that Xen 2.0 to 3.2 had.
 */
#include "sim.h"

/**
 * DOC: simulated-old-bvt
 *
 * Time is counted in MCUs of 100 us, rounded up whenever somebody stops running;
 * a domain moves by so many units for each ("mcuadv", 10 by default: the inverse
 * of a weight).  A vCPU stays on the pCPU that it was born on, every vCPU has the
 * domain's whole weight, and the pick walks through all that are runnable.
 *
 * Left out: the limits on warp.
 */

#define MCU_NS		(100 * US)
#define ADVANCE		(10 * 256)	/* of weight 1 */

static u32 advance_of(const struct vcpu *v)
{
	u32 a = (ADVANCE + v->domain->params.weight / 2) / v->domain->params.weight;

	return a ? a : 1;
}

/* A, as it would be if it stopped now */
static u32 avt_of(const struct vcpu *v)
{
	return v->old.avt + (u32)((v->old.partial_ns + MCU_NS - 1) / MCU_NS) * advance_of(v);
}

static u32 evt_of(const struct vcpu *v)
{
	u32 warp = v->domain->params.warp ? (u32)(v->domain->params.warp_ns / MCU_NS) : 0;

	return avt_of(v) - warp * advance_of(v);
}

static void settle(struct vcpu *v)
{
	v->old.avt = avt_of(v);
	v->old.partial_ns = 0;
}

static void preempt_fire(struct sim *s, struct timer *t)
{
	sim_kick(s, (struct cpu *)((char *)t - offsetof(struct cpu, tick)));
}

static void old_init(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		s->cpus[i].tick.fire = preempt_fire;
}

/* Where the fewest are; a domain's vCPUs side by side. */
static void old_vcpu_init(struct sim *s, struct vcpu *v)
{
	unsigned int i;

	v->cpu = 0;
	for (i = 1; i < s->nr_cpus; i++)
		if (s->cpus[i].load < s->cpus[v->cpu].load)
			v->cpu = i;
	cpu_of(s, v)->load++;
	v->old = (struct vcpu_oldbvt){ .avt = cpu_of(s, v)->svt };
}

static void old_vcpu_exit(struct sim *s, struct vcpu *v)
{
	cpu_of(s, v)->load--;
}

static void enqueue(struct cpu *c, struct vcpu *v)
{
	v->next = c->queue;
	c->queue = v;
	v->queued = true;
}

static void dequeue(struct cpu *c, struct vcpu *v)
{
	struct vcpu **link = &c->queue;

	while (*link != v)
		link = &(*link)->next;
	*link = v->next;
	v->queued = false;
}

static void old_wake(struct sim *s, struct vcpu *v)
{
	struct cpu *c = cpu_of(s, v);
	u64 at_ns = c->picked_ns + s->w->allowance_ns;

	if ((s32)(v->old.avt - c->svt) < 0)
		v->old.avt = c->svt;
	enqueue(c, v);
	sim_charge(s, c);
	if (!c->curr || s->now_ns >= at_ns || (s32)(evt_of(v) - evt_of(c->curr)) < 0)
		sim_kick(s, c);
	else if (!c->tick.pos || c->tick.at_ns > at_ns)
		timer_set(s, &c->tick, at_ns);
}

static void old_block(struct sim *s, struct vcpu *v)
{
	if (v->queued)
		dequeue(cpu_of(s, v), v);
	else
		settle(v);
}

static void old_charge(struct sim *s, struct cpu *c, struct vcpu *v, u64 ran_ns)
{
	(void)s;
	(void)c;
	v->old.partial_ns += ran_ns;
}

static struct vcpu *old_pick(struct sim *s, struct cpu *c)
{
	struct vcpu *v, *next = c->curr, *second = NULL;
	u32 svt;

	timer_cancel(s, &c->tick);
	if (c->curr)
		settle(c->curr);
	for (v = c->queue; v; v = v->next) {
		if (!next || (s32)(evt_of(v) - evt_of(next)) < 0) {
			second = next;
			next = v;
		} else if (!second || (s32)(evt_of(v) - evt_of(second)) < 0) {
			second = v;
		}
	}
	if (!next)
		return NULL;
	svt = next->old.avt;
	if (c->curr && (s32)(c->curr->old.avt - svt) < 0)
		svt = c->curr->old.avt;
	for (v = c->queue; v; v = v->next)
		if ((s32)(v->old.avt - svt) < 0)
			svt = v->old.avt;
	c->svt = svt;
	c->preempt_at_ns = 10 * MS;
	if (second)
		c->preempt_at_ns = s->w->allowance_ns + MCU_NS *
			((evt_of(second) - evt_of(next)) / advance_of(next));
	if (next == c->curr)
		return next;
	dequeue(c, next);
	if (c->curr)
		enqueue(c, c->curr);
	return next;
}

static u64 old_slice_ns(struct sim *s, struct cpu *c)
{
	(void)s;
	return c->preempt_at_ns;
}

static void old_set_params(struct sim *s, struct domain *d)
{
	unsigned int i;

	(void)s;
	for (i = 0; i < d->nr_vcpus; i++)
		settle(&d->vcpus[i]);
}

const struct model model_oldbvt = {
	.name = "oldbvt",
	.init = old_init,
	.vcpu_init = old_vcpu_init,
	.vcpu_exit = old_vcpu_exit,
	.wake = old_wake,
	.block = old_block,
	.charge = old_charge,
	.pick = old_pick,
	.slice_ns = old_slice_ns,
	.set_params = old_set_params,
};
