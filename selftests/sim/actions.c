// SPDX-License-Identifier: GPL-2.0-only
/*
 * actions.c: what domain 0 does during a run: by the workload's script, or at random.
 */
#include <math.h>
#include <stdlib.h>
#include "sim.h"

/**
 * DOC: actions
 *
 * Domains come, go and are paused, weights, warp and affinities change, pCPUs go
 * offline and come back: at the times that the workload file says, and in a storm
 * at random ones.  Called by the engine's timers.
 */

/* ---- domains ---- */

static u64 first_wake(struct sim *s, const struct job *job)
{
	u64 period_ns = job->every_ns ? job->every_ns : job->work_ns + job->sleep_ns;

	return job->work_ns ? s->now_ns + sim_random(s) % (period_ns + 1) : s->now_ns;
}

/**
 * domain_start() - a domain is created
 * @s: the simulation
 * @d: a domain that is not alive
 *
 * Those that work now and then begin at a random moment of their period.
 */
void domain_start(struct sim *s, struct domain *d)
{
	unsigned int i;

	if (d->alive)
		return;
	d->alive = true;
	d->paused = false;
	d->params = d->class->params;
	d->group = (struct bvt_group){ 0 };
	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = &d->vcpus[i];

		v->state = V_DOWN;
		v->left_ns = 0;
		v->affinity = d->class->affinity;
		s->model->vcpu_init(s, v);
		v->release_ns = first_wake(s, &d->class->job);
		if (v->release_ns == s->now_ns)
			vcpu_wake(s, v);
		else
			timer_set(s, &v->timer, v->release_ns);
	}
	s->ideal_old = true;
}

/**
 * domain_end() - a domain is destroyed
 * @s: the simulation
 * @d: any domain
 */
void domain_end(struct sim *s, struct domain *d)
{
	unsigned int i;

	if (!d->alive)
		return;
	for (i = 0; i < d->nr_vcpus; i++) {
		vcpu_stop(s, &d->vcpus[i]);
		if (s->model->vcpu_exit)
			s->model->vcpu_exit(s, &d->vcpus[i]);
	}
	d->alive = false;
	s->ideal_old = true;
}

static void pause_domain(struct sim *s, struct domain *d)
{
	unsigned int i;

	if (!d->alive || d->paused)
		return;
	for (i = 0; i < d->nr_vcpus; i++)
		vcpu_stop(s, &d->vcpus[i]);
	d->paused = true;
	s->ideal_old = true;
}

static void resume_domain(struct sim *s, struct domain *d)
{
	unsigned int i;

	if (!d->alive || !d->paused)
		return;
	d->paused = false;
	for (i = 0; i < d->nr_vcpus; i++) {
		d->vcpus[i].release_ns = s->now_ns;
		vcpu_wake(s, &d->vcpus[i]);
	}
	s->ideal_old = true;
}

static void set_affinity(struct sim *s, struct domain *d, const struct cpuset *affinity)
{
	unsigned int i;

	for (i = 0; d->alive && i < d->nr_vcpus; i++) {
		d->vcpus[i].affinity = *affinity;
		s->model->set_affinity(s, &d->vcpus[i]);
	}
}

static void set_params(struct sim *s, struct domain *d, const struct bvt_entity_params *params)
{
	if (!d->alive)
		return;
	d->params = *params;
	s->model->set_params(s, d);
	s->ideal_old = true;
}

/* ---- pCPUs ---- */

static void cpu_offline(struct sim *s, struct cpu *c)
{
	if (!c->online || s->nr_online == 1)
		return;
	sim_charge(s, c);
	timer_cancel(s, &c->timer);
	if (c->curr) {
		c->curr->runs = false;
		c->curr->ready_ns = s->now_ns;
		if (s->check)
			check_bound_start(s, c->curr);
		c->curr = NULL;
	}
	c->online = false;
	s->nr_online--;
	s->model->offline(s, c);
	s->ideal_old = true;
}

static void cpu_online(struct sim *s, struct cpu *c)
{
	if (c->online)
		return;
	c->online = true;
	c->need_pick = false;
	c->since_ns = s->now_ns;
	s->nr_online++;
	s->model->online(s, c);
	sim_kick(s, c);
	s->ideal_old = true;
}

/**
 * sim_action() - do what one line of the script says
 * @s: the simulation
 * @a: the action; one of a class is done to all its domains
 */
void sim_action(struct sim *s, const struct action *a)
{
	struct class *k = &s->w->classes[a->class];
	struct bvt_entity_params params;
	unsigned int i;

	if (a->kind == ACT_ONLINE)
		cpu_online(s, &s->cpus[a->cpu]);
	else if (a->kind == ACT_OFFLINE)
		cpu_offline(s, &s->cpus[a->cpu]);
	else for (i = 0; i < k->nr_domains; i++) {
		struct domain *d = &k->domains[i];

		params = d->params;
		if (a->kind == ACT_CREATE) {
			domain_start(s, d);
		} else if (a->kind == ACT_DESTROY) {
			domain_end(s, d);
		} else if (a->kind == ACT_PAUSE) {
			pause_domain(s, d);
		} else if (a->kind == ACT_RESUME) {
			resume_domain(s, d);
		} else if (a->kind == ACT_AFFINITY) {
			set_affinity(s, d, &a->affinity);
		} else if (a->kind == ACT_WEIGHT) {
			params.weight = a->params.weight;
			set_params(s, d, &params);
		} else {
			params.warp = a->params.warp;
			set_params(s, d, &params);
		}
	}
}

/* ---- the script ---- */

static void script_fire(struct sim *s, struct timer *t)
{
	struct workload *w = s->w;

	while (s->next_action < w->nr_actions &&
	       w->actions[s->next_action].at_ns + SEC <= s->now_ns)
		sim_action(s, &w->actions[s->next_action++]);
	if (s->next_action < w->nr_actions)
		timer_set(s, t, w->actions[s->next_action].at_ns + SEC);
}

/**
 * script_init() - create the domains that are there from the beginning
 * @s: the simulation, its time at the beginning
 *
 * The others come when the script creates them.
 */
void script_init(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_domains; i++)
		if (!s->domains[i].class->later)
			domain_start(s, &s->domains[i]);
	s->script.fire = script_fire;
	if (s->w->nr_actions)
		timer_set(s, &s->script, s->w->actions[0].at_ns + SEC);
}

/* ---- storms ---- */

static u64 below(struct sim *s, u64 n)
{
	return sim_random(s) % n;
}

/* Any magnitude is as likely as any other. */
static u64 magnitude(struct sim *s, u64 max)
{
	u64 x = below(s, max + 1);

	return x >> below(s, 20);
}

/* One statement each: C does not say which of two calls in one comes first. */
static void random_params(struct sim *s, struct domain *d)
{
	struct bvt_entity_params params = { 0 };

	params.weight = 1 + (u32)magnitude(s, BVT_WEIGHT_MAX - 1);
	params.warp = below(s, 2);
	params.warp_ns = magnitude(s, 20 * MS);
	if (below(s, 2))
		params.limit_ns = magnitude(s, 20 * MS);
	params.rest_ns = magnitude(s, 100 * MS);
	set_params(s, d, &params);
}

static void random_affinity(struct sim *s, struct domain *d)
{
	struct cpuset affinity = { { 0 } };
	unsigned int i, nr = 1 + (unsigned int)below(s, 4);

	for (i = 0; i < nr; i++)
		cpuset_add(&affinity, (unsigned int)below(s, s->nr_cpus));
	if (below(s, 2))
		affinity = d->class->affinity;
	set_affinity(s, d, &affinity);
}

static void storm_fire(struct sim *s, struct timer *t)
{
	struct domain *d = &s->domains[below(s, s->nr_domains)];
	struct cpu *c = &s->cpus[below(s, s->nr_cpus)];

	switch (below(s, 10)) {
	case 0:
	case 1:
		pause_domain(s, d);
		break;
	case 2:
	case 3:
		resume_domain(s, d);
		break;
	case 4:
		domain_end(s, d);
		break;
	case 5:
		domain_start(s, d);
		break;
	case 6:
		random_params(s, d);
		break;
	case 7:
		random_affinity(s, d);
		break;
	case 8:
		if (c->online)
			cpu_offline(s, c);
		else
			cpu_online(s, c);
		break;
	default:	/* an event for a vCPU, whatever it does */
		vcpu_wake(s, &d->vcpus[below(s, d->nr_vcpus)]);
	}
	timer_set(s, t, s->now_ns + 1 + (u64)(-log(1 - sim_random_unit(s)) * SEC / s->w->storm_rate));
}

/**
 * storm_init() - begin a storm if the workload wants one
 * @s: the simulation
 */
void storm_init(struct sim *s)
{
	s->storm.fire = storm_fire;
	if (s->w->storm_rate > 0)
		timer_set(s, &s->storm, s->now_ns + 1);
}
