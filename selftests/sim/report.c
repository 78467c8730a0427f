// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c: results in words and numbers.
 */
#include <string.h>
#include <time.h>
#include "sim.h"

/**
 * DOC: report
 *
 * One table per run for people, or one row per run in a table that
 * Documentation/scheduling.rst can hold.
 */

static double seconds(const struct sim *s)
{
	return (double)s->w->time_ns / 1e9;
}

static void class_line(const struct sim *s, const struct class *k, FILE *out)
{
	double got = 0, ideal = 0, least = 1e18, most = 0, worst = 0, own = 0, x;
	double counted_ns = (double)(s->w->time_ns - s->w->settle_ns) * s->nr_cpus / 100;
	unsigned int i;

	for (i = 0; i < k->nr_domains; i++) {
		const struct domain *d = &k->domains[i];

		x = (double)(d->got_ns - d->counted_got_ns) / counted_ns;
		got += x;
		ideal += (d->ideal_ns - d->counted_ideal_ns) / counted_ns;
		least = x < least ? x : least;
		most = x > most ? x : most;
		worst = d->worst_whole > worst ? d->worst_whole : worst;
		own = d->worst_own > own ? d->worst_own : own;
	}
	fprintf(out, "%-12s %6u %5u %6u %8.3f %8.3f", k->name, k->nr_domains, k->nr_vcpus,
		k->params.weight, ideal, got);
	if (s->w->no_fair)
		fprintf(out, "        -        -");
	else
		fprintf(out, " %8.3f %8.2f", worst * 100, own * 100);
	if (k->wake.nr)
		fprintf(out, " %8.3f %8.3f %8.3f", (double)hist_percentile(&k->wake, 50) / 1e6,
			(double)hist_percentile(&k->wake, 99) / 1e6, (double)k->wake.max_ns / 1e6);
	else
		fprintf(out, "        -        -        -");
	fprintf(out, " %9.3f", (double)k->wait_max_ns / 1e6);
	if (k->nr_domains > 1)
		fprintf(out, "  each %.4f..%.4f", least, most);
	fprintf(out, "\n");
}

/* What asking the clock twice costs: it is in every measured call. */
static double clock_cost_ns(void)
{
	struct timespec a, b;
	double best = 1e9, ns;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
		best = ns < best ? ns : best;
	}
	return best;
}

static void all_wakes(const struct sim *s, struct hist *h)
{
	unsigned int i;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < s->w->nr_classes; i++)
		hist_merge(h, &s->w->classes[i].wake);
}

/**
 * report_text() - all about a run
 * @s: a simulation that is over
 * @out: where to
 */
void report_text(const struct sim *s, FILE *out)
{
	const struct totals *t = &s->t;
	struct hist h;
	unsigned int i;

	fprintf(out, "%s under %s, seed %llu: %u pCPUs, %u domains, %u vCPUs, %.3f s\n\n",
		s->w->name, s->model->name, (unsigned long long)s->w->seed, s->nr_cpus,
		s->nr_domains, s->nr_vcpus, seconds(s));
	fprintf(out, "%-12s %6s %5s %6s %8s %8s %8s %8s %8s %8s %8s %9s\n", "domain", "count",
		"vcpus", "weight", "ideal %", "got %", "error %", "of own %", "wake p50", "p99",
		"max ms", "wait ms");
	for (i = 0; i < s->w->nr_classes; i++)
		class_line(s, &s->w->classes[i], out);
	if (!s->w->no_fair)
		fprintf(out, "\nworst share error in a window of %.1f s: %.3f %% of the machine, %.2f %% of the share\n",
			(double)s->w->window_ns / 1e9, t->worst_whole * 100, t->worst_own * 100);
	all_wakes(s, &h);
	if (h.nr)
		fprintf(out, "wake to run: p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms\n",
			(double)hist_percentile(&h, 50) / 1e6, (double)hist_percentile(&h, 90) / 1e6,
			(double)hist_percentile(&h, 99) / 1e6,
			(double)hist_percentile(&h, 99.9) / 1e6, (double)h.max_ns / 1e6);
	fprintf(out, "per second: %.0f switches, %.0f migrations, %.0f picks, %.0f wake-ups; idle %.2f %%\n",
		(double)t->switches / seconds(s), (double)t->migrations / seconds(s),
		(double)t->decisions / seconds(s), (double)t->wakeups / seconds(s),
		(double)t->idle_ns * 100 / (double)(t->idle_ns + t->busy_ns));
	if (s->measure && t->cost_calls)
		fprintf(out, "cost of a pick or wake-up: %.0f ns\n",
			(double)t->cost_ns / (double)t->cost_calls - clock_cost_ns());
	if (s->check)
		fprintf(out, "%llu checks, %llu failed", (unsigned long long)t->checks,
			(unsigned long long)t->failures);
	if (s->check && s->model->check)
		fprintf(out, "; largest lead beyond W in a queue %.3f ms, lag behind another pCPU %.3f ms",
			(double)t->lead_max_ns / 1e6, (double)t->apart_max_ns / 1e6);
	fprintf(out, "%s\n", s->check ? "\n" : "");
}

static const char rule[] =
	"============ ======== ========= ========= ======== ======== ======== ========== ==========";

void report_table_head(FILE *out)
{
	fprintf(out, "%s\n%-12s %-8s %9s %9s %8s %8s %8s %10s %10s\n%s\n", rule, "workload",
		"model", "error %", "of own %", "wake p50", "p99", "max ms", "switches/s",
		"moves/s", rule);
}

void report_table_end(FILE *out)
{
	fprintf(out, "%s\n", rule);
}

/**
 * report_table_row() - one run as a row of an RST table
 * @s: a simulation that is over
 * @out: where to
 */
void report_table_row(const struct sim *s, FILE *out)
{
	double cpu_seconds = seconds(s) * s->nr_cpus;
	struct hist h;

	all_wakes(s, &h);
	fprintf(out, "%-12s %-8s", s->w->name, s->model->name);
	if (s->w->no_fair)
		fprintf(out, " %9s %9s", "\\-", "\\-");
	else
		fprintf(out, " %9.2f %9.1f", s->t.worst_whole * 100, s->t.worst_own * 100);
	if (h.nr)
		fprintf(out, " %8.2f %8.2f %8.2f", (double)hist_percentile(&h, 50) / 1e6,
			(double)hist_percentile(&h, 99) / 1e6, (double)h.max_ns / 1e6);
	else
		fprintf(out, " %8s %8s %8s", "\\-", "\\-", "\\-");
	fprintf(out, " %10.0f %10.1f\n", (double)s->t.switches / cpu_seconds,
		(double)s->t.migrations / cpu_seconds);
}
