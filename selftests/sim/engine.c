// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine.c: simulated time, work and dispatching.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "sim.h"

/**
 * DOC: simulator
 *
 * The engine takes the earliest timer, brings the pCPUs that it concerns up to
 * date, and has every pCPU that was kicked meanwhile pick again, all at the same
 * instant.  Random numbers come from the workload's seed alone, so a run can be
 * repeated exactly.
 *
 * Called by main.c and by the unit tests.  It knows nothing of any scheduler: that
 * is struct model.
 */

/* ---- work ---- */

static u64 amount(struct sim *s, u64 mean_ns, bool random)
{
	double x;

	if (!random)
		return mean_ns;
	x = -log(1 - sim_random_unit(s)) * mean_ns;
	return x < 1 ? 1 : (u64)x;
}

static void new_work(struct sim *s, struct vcpu *v)
{
	const struct job *job = &v->domain->class->job;

	v->left_ns = job->work_ns ? amount(s, job->work_ns, job->random) : NEVER_NS;
}

/* When will it have work again? */
static u64 next_work(struct sim *s, struct vcpu *v)
{
	const struct job *job = &v->domain->class->job;

	if (!job->every_ns)
		return s->now_ns + amount(s, job->sleep_ns, job->random);
	v->release_ns += job->every_ns;
	return v->release_ns;
}

/* vcpu->timer */
void wake_fire(struct sim *s, struct timer *t)
{
	vcpu_wake(s, (struct vcpu *)((char *)t - offsetof(struct vcpu, timer)));
}

/* Cost of the model's calls, on demand: the clock itself is subtracted in the report. */
static u64 clock_ns(const struct sim *s)
{
	struct timespec t;

	if (!s->measure)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SEC + t.tv_nsec;
}

static void count_cost(struct sim *s, u64 begin_ns)
{
	if (!s->measure)
		return;
	s->t.cost_ns += clock_ns(s) - begin_ns;
	s->t.cost_calls++;
}

/**
 * vcpu_wake() - a vCPU of a domain that is not paused has something to do
 * @s: the simulation
 * @v: the vCPU; no effect if it is runnable
 */
void vcpu_wake(struct sim *s, struct vcpu *v)
{
	u64 begin_ns;

	if (v->state == V_READY || v->domain->paused || !v->domain->alive)
		return;
	timer_cancel(s, &v->timer);
	if (!v->left_ns)
		new_work(s, v);
	v->woken = v->state == V_SLEEPS;
	v->state = V_READY;
	v->ready_ns = s->now_ns;
	s->t.wakeups++;
	begin_ns = clock_ns(s);
	s->model->wake(s, v);
	count_cost(s, begin_ns);
	if (s->check)
		check_bound_start(s, v);
}

static void take_off(struct sim *s, struct vcpu *v)
{
	struct cpu *c = cpu_of(s, v);

	if (!v->runs)
		return;
	c->curr = NULL;
	v->runs = false;
	sim_kick(s, c);
}

static void leave(struct sim *s, struct vcpu *v, enum vcpu_state state)
{
	bool ran = v->runs;

	if (v->state != V_READY) {
		v->state = state;
		return;
	}
	if (ran)
		sim_charge(s, cpu_of(s, v));
	v->state = state;
	s->model->block(s, v);
	take_off(s, v);
}

/**
 * vcpu_stop() - a vCPU does not run any more: its domain was paused or has ended
 * @s: the simulation
 * @v: the vCPU
 */
void vcpu_stop(struct sim *s, struct vcpu *v)
{
	timer_cancel(s, &v->timer);
	leave(s, v, V_DOWN);
}

/* It has done its work; asleep, or at once on to what is due already. */
static void work_done(struct sim *s, struct vcpu *v)
{
	u64 at_ns = next_work(s, v);

	if (at_ns <= s->now_ns) {
		new_work(s, v);
		return;
	}
	leave(s, v, V_SLEEPS);
	timer_set(s, &v->timer, at_ns);
}

/* ---- pCPUs ---- */

/**
 * sim_kick() - have a pCPU pick again, at this instant
 * @s: the simulation
 * @c: the pCPU
 */
void sim_kick(struct sim *s, struct cpu *c)
{
	if (c->need_pick || !c->online)
		return;
	c->need_pick = true;
	if (!c->kicked) {
		c->kicked = true;
		c->next_kicked = NULL;
		*s->kicked_tail = c;
		s->kicked_tail = &c->next_kicked;
	}
}

/**
 * sim_unkick() - a pCPU has just picked, whatever has kicked it before
 * @s: the simulation
 * @c: the pCPU
 */
void sim_unkick(struct sim *s, struct cpu *c)
{
	(void)s;
	c->need_pick = false;
}

/**
 * sim_charge() - bring a pCPU's account up to date
 * @s: the simulation
 * @c: the pCPU
 */
void sim_charge(struct sim *s, struct cpu *c)
{
	u64 ran_ns = s->now_ns - c->since_ns, cost_ns;
	struct vcpu *v = c->curr;

	c->since_ns = s->now_ns;
	if (!c->online || !ran_ns)
		return;
	if (!v) {
		c->idle_ns += ran_ns;
		s->t.idle_ns += ran_ns;
		return;
	}
	cost_ns = ran_ns < c->cost_left_ns ? ran_ns : c->cost_left_ns;
	c->cost_left_ns -= cost_ns;
	if (v->left_ns != NEVER_NS)
		v->left_ns -= ran_ns - cost_ns;
	v->domain->got_ns += ran_ns;
	s->t.busy_ns += ran_ns;
	s->model->charge(s, c, v, ran_ns);
}

static void dispatched(struct sim *s, struct cpu *c, struct vcpu *v)
{
	struct class *k = v->domain->class;
	u64 wait_ns = s->now_ns - v->ready_ns;

	if (s->now_ns >= s->start_ns) {
		if (v->woken)
			hist_add(&k->wake, wait_ns);
		if (wait_ns > k->wait_max_ns)
			k->wait_max_ns = wait_ns;
	}
	if (s->check)
		check_dispatch(s, v);
	s->t.switches++;
	c->cost_left_ns = s->w->switch_ns;
	if (v->last_cpu >= 0 && v->last_cpu != (int)c->nr) {
		s->t.migrations++;
		c->cost_left_ns += s->w->migrate_ns;
	}
	v->last_cpu = (int)c->nr;
	v->woken = false;
	v->runs = true;
	c->picked_ns = s->now_ns;
}

/**
 * sim_rearm() - work out anew how long the one that runs may go on
 * @s: the simulation
 * @c: the pCPU, charged up to now
 */
void sim_rearm(struct sim *s, struct cpu *c)
{
	u64 slice_ns, end_ns = NEVER_NS, done_ns;

	if (c->curr) {
		slice_ns = s->model->slice_ns(s, c);
		if (slice_ns < NEVER_NS / 4)
			end_ns = s->now_ns + slice_ns +
				 (s->w->late_ns ? sim_random(s) % s->w->late_ns : 0);
		c->end_ns = end_ns;
		if (c->curr->left_ns != NEVER_NS) {
			done_ns = s->now_ns + c->cost_left_ns + c->curr->left_ns;
			end_ns = done_ns < end_ns ? done_ns : end_ns;
		}
	}
	timer_set(s, &c->timer, end_ns);
}

static void cpu_pick(struct sim *s, struct cpu *c)
{
	struct vcpu *prev, *next;
	u64 begin_ns;

	sim_charge(s, c);
	if (c->curr && !c->curr->left_ns)
		work_done(s, c->curr);
	c->need_pick = false;
	prev = c->curr;
	begin_ns = clock_ns(s);
	next = s->model->pick(s, c);
	count_cost(s, begin_ns);
	s->t.decisions++;
	if (next != prev || (next && !next->runs)) {
		if (prev && prev->runs && next != prev) {
			prev->runs = false;
			prev->ready_ns = s->now_ns;
			if (s->check)
				check_bound_start(s, prev);
		}
		c->curr = next;
		if (next)
			dispatched(s, c, next);
	}
	sim_rearm(s, c);
}

/* cpu->timer: the end of a slice, or of work */
void cpu_fire(struct sim *s, struct timer *t)
{
	sim_kick(s, (struct cpu *)((char *)t - offsetof(struct cpu, timer)));
}

static void pick_kicked(struct sim *s)
{
	unsigned int turns = 0;
	struct cpu *c;

	while (s->kicked) {
		c = s->kicked;
		s->kicked = c->next_kicked;
		if (!s->kicked)
			s->kicked_tail = &s->kicked;
		c->kicked = false;
		if (c->online && c->need_pick)
			cpu_pick(s, c);
		if (++turns > 100 * s->nr_cpus + 100) {
			sim_fail(s, "pCPUs kick each other for ever");
			abort();
		}
	}
}

/* ---- a whole run ---- */

/**
 * sim_run() - run a simulation from its beginning to its end
 * @s: the simulation; results are in @s->t, its domains and the workload's classes
 */
void sim_run(struct sim *s)
{
	u64 end_ns = s->now_ns + s->w->time_ns, events = 0;
	struct timer *t;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		s->cpus[i].since_ns = s->now_ns;
	stats_init(s);
	script_init(s);
	storm_init(s);
	pick_kicked(s);
	while (s->heap_len && s->heap[1]->at_ns <= end_ns) {
		t = s->heap[1];
		s->now_ns = t->at_ns;
		timer_cancel(s, t);
		t->fire(s, t);
		pick_kicked(s);
		if (s->ideal_old)
			stats_ideal(s);
		if (s->check)
			check_state(s, ++events % 64 == 0 || s->nr_vcpus <= 64);
	}
	s->now_ns = end_ns;
	for (i = 0; i < s->nr_cpus; i++)
		sim_charge(s, &s->cpus[i]);
	stats_end(s);
}
