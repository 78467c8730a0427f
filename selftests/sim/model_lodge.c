// SPDX-License-Identifier: GPL-2.0-only
/*
 * model_lodge.c: the module's own scheduler.
 */
#include "lodge.h"

/**
 * DOC: simulated-lodge
 *
 * bvt.c and balance.c are compiled from sched/ as they are.  What stands here is
 * what sched.c, place.c and affinity.c do around them, and spread.c has the rest;
 * function by function, without the locks: whoever changes those changes this.
 */

#define TICK_NS		(4 * MS)	/* of the host: HZ=250 */

void rq_publish(struct sim *s, struct cpu *c)
{
	bvt_publish(&c->rq, &c->view, s->now_ns);
}

static void repick(struct sim *s, struct cpu *c)
{
	if (c->rq.curr && !bvt_must_switch(&c->rq) && c->end_ns >= s->now_ns &&
	    bvt_time_slice_ns(&c->rq) >= c->end_ns - s->now_ns)
		return;
	sim_kick(s, c);
}

/* ---- place.c and affinity.c ---- */

static void attach(struct cpu *c, struct vcpu *v)
{
	v->cpu = c->nr;
	c->load += v->bvt.params.weight;
}

static void detach(struct cpu *c, struct vcpu *v)
{
	c->load -= v->bvt.params.weight;
}

/* rq_move_locked() */
void rq_move(struct sim *s, struct cpu *from, struct cpu *to, struct vcpu *v)
{
	sim_charge(s, to);
	bvt_migrate(&from->rq, &to->rq, &v->bvt);
	detach(from, v);
	attach(to, v);
	rq_publish(s, from);
	rq_publish(s, to);
	if (v->bvt.state == BVT_WAITING)
		repick(s, to);
}

static struct cpu *least_loaded(struct sim *s, const struct cpuset *affinity)
{
	struct cpu *best = NULL;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		if (s->cpus[i].online && (!affinity || cpuset_has(affinity, i)) &&
		    (!best || s->cpus[i].load < best->load))
			best = &s->cpus[i];
	return best;
}

static struct cpu *choose(struct sim *s, const struct vcpu *v)
{
	struct cpu *c = least_loaded(s, &v->affinity);

	return c ? c : least_loaded(s, NULL);
}

static bool misplaced(struct sim *s, const struct vcpu *v)
{
	unsigned int i;

	if (cpuset_has(&v->affinity, v->cpu))
		return false;
	for (i = 0; i < s->nr_cpus; i++)
		if (s->cpus[i].online && cpuset_has(&v->affinity, i))
			return true;
	return false;
}

/* A pCPU's vCPUs are not linked here; both of these are rare. */
static void move_those(struct sim *s, struct cpu *c, bool all)
{
	unsigned int i;

	for (i = 0; i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		if (v->domain->alive && v->cpu == c->nr && (all || misplaced(s, v))) {
			rq_move(s, c, choose(s, v), v);
			rq_call_idle(s, cpu_of(s, v));
		}
	}
}

static void move_misplaced(struct sim *s, struct cpu *c)
{
	c->misplaced = false;
	if (c->curr && misplaced(s, c->curr))
		bvt_put(&c->rq, s->now_ns);
	move_those(s, c, false);
}

static void check_affinity(struct sim *s, struct cpu *c)
{
	unsigned int i;

	for (i = 0; i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		if (v->domain->alive && v->cpu == c->nr && misplaced(s, v)) {
			c->misplaced = true;
			sim_kick(s, c);
			return;
		}
	}
}

static void lodge_set_affinity(struct sim *s, struct vcpu *v)
{
	check_affinity(s, cpu_of(s, v));
	rq_call_idle(s, cpu_of(s, v));
}

/* sched_put_prev() and sched_evacuate() */
static void lodge_offline(struct sim *s, struct cpu *c)
{
	bvt_put(&c->rq, s->now_ns);
	rq_publish(s, c);
	c->idle = false;
	move_those(s, c, true);
}

static void lodge_online(struct sim *s, struct cpu *c)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		if (i != c->nr && s->cpus[i].online)
			check_affinity(s, &s->cpus[i]);
}

/* ---- sched.c ---- */

/* The host's tick ends a slice, and another one begins. */
static void tick_fire(struct sim *s, struct timer *t)
{
	struct cpu *c = (struct cpu *)((char *)t - offsetof(struct cpu, tick));

	timer_set(s, t, s->now_ns + TICK_NS);
	sim_charge(s, c);
	rq_publish(s, c);
	if (c->curr)
		sim_rearm(s, c);
}

static void lodge_init(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++) {
		bvt_queue_init(&s->cpus[i].rq, s->w->allowance_ns, s->w->unit_ns);
		s->cpus[i].tick.fire = tick_fire;
		timer_set(s, &s->cpus[i].tick, s->now_ns + TICK_NS * (i + 1) / s->nr_cpus);
	}
	spread_init(s);
}

static void lodge_vcpu_init(struct sim *s, struct vcpu *v)
{
	bvt_entity_init(&v->bvt, &v->domain->params, &v->domain->group);
	attach(choose(s, v), v);
}

static void lodge_vcpu_exit(struct sim *s, struct vcpu *v)
{
	detach(cpu_of(s, v), v);
}

static void lodge_wake(struct sim *s, struct vcpu *v)
{
	struct cpu *c = cpu_of(s, v);

	rq_refresh_base(s);
	sim_charge(s, c);
	bvt_wake_among(&c->rq, &v->bvt, s->now_ns, rq_base_vt(s, c));
	rq_publish(s, c);
	repick(s, c);
	rq_call_idle(s, c);
}

static void lodge_block(struct sim *s, struct vcpu *v)
{
	struct cpu *c = cpu_of(s, v);

	sim_charge(s, c);
	bvt_block(&c->rq, &v->bvt, s->now_ns);
	rq_publish(s, c);
}

static void lodge_charge(struct sim *s, struct cpu *c, struct vcpu *v, u64 ran_ns)
{
	c->rq.cap_load = s->cap_load;
	if (v->bvt.ran_ns == 0 || v->bvt.load < v->least_load)
		v->least_load = v->bvt.load;
	bvt_charge(&c->rq, &v->bvt, ran_ns, s->now_ns);
}

static struct vcpu *lodge_pick(struct sim *s, struct cpu *c)
{
	struct vcpu *next;

	if (c->misplaced)
		move_misplaced(s, c);
	rq_look_at_weights(s);
	c->rq.cap_load = s->cap_load;
	rq_pull(s, c);
	do {
		next = vcpu_of(bvt_pick(&c->rq, s->now_ns));
		rq_publish(s, c);
	} while (!next && rq_rest(s, c));
	sim_unkick(s, c);
	if (next) {
		c->idle = false;
		rq_nudge(s, c);
	}
	return next;
}

static u64 lodge_slice_ns(struct sim *s, struct cpu *c)
{
	return rq_slice_ns(s, c);
}

static void lodge_set_params(struct sim *s, struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = &d->vcpus[i];
		struct cpu *c = cpu_of(s, v);

		sim_charge(s, c);
		detach(c, v);
		bvt_set_params(&c->rq, &v->bvt, &d->params, s->now_ns);
		attach(c, v);
		if (v->state == V_READY)
			repick(s, c);
	}
}

const struct model model_lodge = {
	.name = "lodge",
	.init = lodge_init,
	.vcpu_init = lodge_vcpu_init,
	.vcpu_exit = lodge_vcpu_exit,
	.wake = lodge_wake,
	.block = lodge_block,
	.charge = lodge_charge,
	.pick = lodge_pick,
	.slice_ns = lodge_slice_ns,
	.set_params = lodge_set_params,
	.set_affinity = lodge_set_affinity,
	.offline = lodge_offline,
	.online = lodge_online,
	.check = check_lodge,
};
