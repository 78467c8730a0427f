// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c: what a run is judged by.
 */
#include <stdlib.h>
#include <string.h>
#include "sim.h"

/**
 * DOC: stats
 *
 * A domain's ideal share follows from the weights, but nobody gets more than it
 * asks for or than its vCPUs can use, and what that leaves is shared by the rest
 * (max-min fairness).  It is worked out anew at each change and summed up over
 * time, so that windows with changes in them are judged as well.
 */

/* ---- latencies: logarithmic buckets ---- */

static unsigned int hist_bucket(u64 ns)
{
	unsigned int log2;

	if (ns < HIST_SUB)
		return (unsigned int)ns;
	log2 = 63 - (unsigned int)__builtin_clzll(ns);
	return (log2 - 4) * HIST_SUB + (unsigned int)(ns >> (log2 - 5)) - HIST_SUB;
}

static u64 hist_value(unsigned int bucket)
{
	unsigned int log2 = bucket / HIST_SUB + 4;

	if (bucket < HIST_SUB)
		return bucket;
	return (u64)(bucket % HIST_SUB + HIST_SUB) << (log2 - 5);
}

void hist_add(struct hist *h, u64 ns)
{
	h->bucket[hist_bucket(ns)]++;
	h->nr++;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	unsigned int i;

	for (i = 0; i < HIST_SIZE; i++)
		to->bucket[i] += from->bucket[i];
	to->nr += from->nr;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
}

/**
 * hist_percentile() - the value that so many do not exceed
 * @h: the histogram
 * @percent: 0..100
 *
 * Return: ns, up to 3 % too low; 0 when it is empty.
 */
u64 hist_percentile(const struct hist *h, double percent)
{
	double sum = 0;
	unsigned int i;

	if (!h->nr)
		return 0;
	for (i = 0; i < HIST_SIZE; i++) {
		sum += h->bucket[i];
		if (sum >= percent / 100 * (double)h->nr)
			break;
	}
	return hist_value(i);
}

/* ---- ideal shares ---- */

/* pCPUs that a domain can use at most */
static double demand(const struct sim *s, const struct domain *d)
{
	const struct job *job = &d->class->job;
	double most = d->nr_vcpus < s->nr_online ? d->nr_vcpus : s->nr_online, each = 1;

	if (job->every_ns)
		each = (double)job->work_ns / (double)job->every_ns;
	else if (job->work_ns)
		each = (double)job->work_ns / (double)(job->work_ns + job->sleep_ns);
	each = each > 1 ? 1 : each;
	return each * d->nr_vcpus < most ? each * d->nr_vcpus : most;
}

struct claim {
	struct domain *d;
	double demand;
};

static int by_level(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	double p = x->demand / x->d->params.weight, q = y->demand / y->d->params.weight;

	return p < q ? -1 : p > q;
}

/* From who needs least for its weight: it gets that, or its share of what is left. */
static void ideal_rates(struct sim *s)
{
	struct claim *claims = calloc(s->nr_domains, sizeof(*claims));
	double left = s->nr_online, weights = 0, share;
	unsigned int i, nr = 0;

	if (!claims)
		abort();
	for (i = 0; i < s->nr_domains; i++) {
		struct domain *d = &s->domains[i];

		d->ideal_rate = 0;
		if (!d->alive || d->paused)
			continue;
		claims[nr++] = (struct claim){ d, demand(s, d) };
		weights += d->params.weight;
	}
	qsort(claims, nr, sizeof(*claims), by_level);
	for (i = 0; i < nr; i++) {
		share = left * claims[i].d->params.weight / weights;
		weights -= claims[i].d->params.weight;
		claims[i].d->ideal_rate = share < claims[i].demand ? share : claims[i].demand;
		left -= claims[i].d->ideal_rate;
	}
	free(claims);
}

static void ideal_advance(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_domains; i++)
		s->domains[i].ideal_ns += s->domains[i].ideal_rate *
					  (double)(s->now_ns - s->ideal_since_ns);
	s->ideal_since_ns = s->now_ns;
}

/**
 * stats_ideal() - something has changed that ideal shares depend on
 * @s: the simulation
 */
void stats_ideal(struct sim *s)
{
	ideal_advance(s);
	ideal_rates(s);
	s->ideal_old = false;
	if (s->check)
		check_changed(s);
}

/* ---- windows ---- */

static void charge_all(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		sim_charge(s, &s->cpus[i]);
}

static void judge(struct sim *s, struct domain *d, double whole_ns)
{
	double ideal_ns = d->ideal_ns - d->window_ideal_ns;
	double error_ns = (double)(d->got_ns - d->window_got_ns) - ideal_ns;

	if (error_ns < 0)
		error_ns = -error_ns;
	if (error_ns / whole_ns > d->worst_whole)
		d->worst_whole = error_ns / whole_ns;
	if (ideal_ns > 0 && error_ns / ideal_ns > d->worst_own)
		d->worst_own = error_ns / ideal_ns;
	if (d->worst_whole > s->t.worst_whole)
		s->t.worst_whole = d->worst_whole;
	if (d->worst_own > s->t.worst_own)
		s->t.worst_own = d->worst_own;
}

static void window_fire(struct sim *s, struct timer *t)
{
	unsigned int i;

	charge_all(s);
	ideal_advance(s);
	for (i = 0; i < s->nr_domains; i++) {
		struct domain *d = &s->domains[i];

		if (s->now_ns > s->start_ns)
			judge(s, d, (double)s->w->window_ns * s->nr_cpus);
		d->window_got_ns = d->got_ns;
		d->window_ideal_ns = d->ideal_ns;
		if (s->now_ns == s->start_ns) {
			d->counted_got_ns = d->got_ns;
			d->counted_ideal_ns = d->ideal_ns;
		}
	}
	timer_set(s, t, s->now_ns + s->w->window_ns);
}

static void plot_fire(struct sim *s, struct timer *t)
{
	unsigned int i, j;

	charge_all(s);
	for (i = 0; i < s->w->nr_classes && s->nr_plot < s->plot_len; i++) {
		struct class *k = &s->w->classes[i];
		u64 got_ns = 0;

		for (j = 0; j < k->nr_domains; j++)
			got_ns += k->domains[j].got_ns;
		k->plot[s->nr_plot] = (double)(got_ns - k->plot_got_ns) / (double)s->plot_ns;
		k->plot_got_ns = got_ns;
	}
	s->nr_plot++;
	timer_set(s, t, s->now_ns + s->plot_ns);
}

/**
 * stats_init() - begin to count
 * @s: the simulation, at its beginning
 *
 * With s->plot_ns, each class's share is kept for each such stretch of time.
 */
void stats_init(struct sim *s)
{
	unsigned int i;

	s->ideal_since_ns = s->now_ns;
	s->ideal_old = true;
	s->begin_ns = s->now_ns;
	s->window.fire = window_fire;
	timer_set(s, &s->window, s->start_ns);
	if (!s->plot_ns)
		return;
	s->plot_len = (unsigned int)(s->w->time_ns / s->plot_ns);
	for (i = 0; i < s->w->nr_classes; i++) {
		s->w->classes[i].plot = calloc(s->plot_len + 1, sizeof(double));
		if (!s->w->classes[i].plot)
			abort();
	}
	s->plot.fire = plot_fire;
	timer_set(s, &s->plot, s->now_ns + s->plot_ns);
}

/**
 * stats_end() - the run is over
 * @s: the simulation
 */
void stats_end(struct sim *s)
{
	unsigned int i;

	ideal_advance(s);
	if (s->nr_plot > s->plot_len)
		s->nr_plot = s->plot_len;
	/* One who still waits has waited. */
	for (i = 0; i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		if (v->state == V_READY && !v->runs &&
		    s->now_ns - v->ready_ns > v->domain->class->wait_max_ns)
			v->domain->class->wait_max_ns = s->now_ns - v->ready_ns;
	}
}
