// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim.c: what must hold of the scheduler, in the simulator (selftests/sim).
 */
#include <string.h>
#include "../sim/sim.h"
#include "ktap.h"

/* From the text of a workload file, checked all the time. */
static struct sim *run(const char *text)
{
	char error[256];
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct workload *w = workload_read(file, "test", error, sizeof(error));
	struct sim *s;

	fclose(file);
	if (!w) {
		printf("# %s\n%s\n", error, text);
		abort();
	}
	s = sim_new(w, &model_lodge);
	s->check = true;
	sim_run(s);
	expect(!s->t.failures, "%llu invariants failed, see above; workload:\n%s",
	       (unsigned long long)s->t.failures, text);
	return s;
}

static void done(struct sim *s)
{
	workload_free(s->w);
	sim_free(s);
}

/* The error of the workload file, or NULL. */
static const char *refused(const char *text)
{
	static char error[256];
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct workload *w = workload_read(file, "test", error, sizeof(error));

	fclose(file);
	if (w)
		workload_free(w);
	return w ? NULL : error;
}

static void expect_fair(struct sim *s, const char *text, double percent)
{
	expect(s->t.worst_whole * 100 <= percent, "a domain was %.3f %% of the machine off:\n%s",
	       s->t.worst_whole * 100, text);
	done(s);
}

/*
 * What must be so whatever the vCPUs are: see apart() in bvt_smp.c.
 * Return: is a domain more than 1 % of the machine off in a window?
 */
static bool judge_fair(struct sim *s, const char *text)
{
	double each_ns = (double)(s->w->allowance_ns + 2 * s->w->unit_ns + 2 * s->w->late_ns);
	bool far = s->t.worst_whole > 0.01;
	unsigned int i;

	if (s->nr_cpus > 1)
		each_ns += 2 * BVT_LAG_NS + BVT_LOOK_NS;
	for (i = 0; i < s->nr_domains; i++) {
		const struct domain *d = &s->domains[i];
		double part = d->ideal_rate / s->nr_cpus;
		double most = each_ns / (double)s->w->window_ns / s->nr_cpus *
			((1 - part) * d->nr_vcpus + part * (s->nr_vcpus - d->nr_vcpus));

		expect(d->worst_whole <= most || d->worst_whole <= 0.01,
		       "a domain was %.3f %% of the machine off, not %.3f:\n%s",
		       d->worst_whole * 100, most * 100, text);
	}
	done(s);
	return far;
}

static void test_shares(void)
{
	static const char *const texts[] = {
		"domain a weight=1\ndomain b weight=2\ndomain c weight=4\ndomain d weight=8\n",
		"pcpus 2\ndomain a weight=1\ndomain b weight=2\ndomain c weight=4\ndomain d weight=8\n",
		"pcpus 2\ndomain wide vcpus=3\ndomain one\n",
		"pcpus 2\ndomain wide vcpus=3 weight=512\ndomain one count=2\n",
		"pcpus 2\nlate 50us\ndomain a\ndomain b\ndomain c\n",
		"domain io work=1ms every=10ms\ndomain spin count=8\n",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_fair(run(texts[i]), texts[i], 1);
}

static void test_random_shares(void)
{
	char text[1024];
	unsigned int round, n, len, far = 0;

	for (round = 0; round < 25; round++) {
		len = (unsigned int)snprintf(text, sizeof(text), "pcpus %u\nseed %u\nlate 20us\n",
					     1 + (unsigned int)ktap_random_below(8), round);
		for (n = 1 + (unsigned int)ktap_random_below(8); n; n--)
			len += (unsigned int)snprintf(text + len, sizeof(text) - len,
				"domain d%u count=%u vcpus=%u weight=%u\n", n,
				1 + (unsigned int)ktap_random_below(3),
				1 + (unsigned int)ktap_random_below(4),
				(1 + (unsigned int)ktap_random_below(8)) *
				(1 + (unsigned int)ktap_random_below(64)));
		far += judge_fair(run(text), text);
	}
	printf("# %u of %u runs have a window in which a share is more than 1 %% off\n", far,
	       round);
	expect(far * 5 <= round, "%u of %u runs are not fair", far, round);
}

/* One pCPU, where the paper's bound is checked for all pairs after every event. */
static void test_bound(void)
{
	char text[1024];
	unsigned int round, n, len;

	for (round = 0; round < 30; round++) {
		len = (unsigned int)snprintf(text, sizeof(text),
			"seed %u\ntime 2s\nsettle 0s\nwindow 2s\nlate 50us\nallowance %uus\n", round,
			(unsigned int)ktap_random_below(10000));
		for (n = 2 + (unsigned int)ktap_random_below(6); n; n--) {
			len += (unsigned int)snprintf(text + len, sizeof(text) - len,
				"domain d%u weight=%u", n,
				1 + (unsigned int)ktap_random_below(2000));
			if (ktap_random_below(3))
				len += (unsigned int)snprintf(text + len, sizeof(text) - len,
					" work=%uus sleep=%uus random",
					1 + (unsigned int)ktap_random_below(8000),
					1 + (unsigned int)ktap_random_below(20000));
			if (ktap_random_below(2))
				len += (unsigned int)snprintf(text + len, sizeof(text) - len,
					" warp=%ums limit=%ums rest=%ums",
					(unsigned int)ktap_random_below(20),
					(unsigned int)ktap_random_below(10),
					(unsigned int)ktap_random_below(50));
			len += (unsigned int)snprintf(text + len, sizeof(text) - len, "\n");
		}
		done(run(text));
	}
}

static void test_storms(void)
{
	char text[512];
	unsigned int round;

	for (round = 0; round < 12; round++) {
		snprintf(text, sizeof(text),
			 "pcpus %u\nseed %llu\nlate 50us\ntime 3s\nstorm %u\n"
			 "domain spin count=6 vcpus=2\n"
			 "domain io count=6 work=1ms sleep=4ms random warp=3ms limit=2ms rest=5ms\n"
			 "domain tick count=4 work=500us every=5ms weight=1000\n"
			 "domain burst count=4 vcpus=3 work=7ms sleep=2ms random\n",
			 1 + (unsigned int)ktap_random_below(6),
			 (unsigned long long)ktap_random(),
			 (unsigned int)(round % 2 ? 2000 : 100));
		done(run(text));
	}
}

static void test_latency(void)
{
	struct sim *s = run("domain io work=1ms every=10ms warp=20ms limit=5ms rest=5ms\n"
			    "domain spin count=8\n");
	const struct class *io = &s->w->classes[0];

	expect(hist_percentile(&io->wake, 50) <= BVT_ALLOWANCE_NS, "median %llu ns",
	       (unsigned long long)hist_percentile(&io->wake, 50));
	/* W covers the others' lead: it waits for no more than the timer's unit. */
	expect(io->wake.max_ns <= 2 * BVT_UNIT_NS, "worst %llu ns",
	       (unsigned long long)io->wake.max_ns);
	expect(io->wake.nr > 500, "%llu wake-ups", (unsigned long long)io->wake.nr);
	done(s);
}

static void test_repeatable(void)
{
	static const char text[] = "pcpus 3\nstorm 500\ntime 3s\nseed 7\n"
				   "domain a count=5 vcpus=2\n"
				   "domain b count=5 work=1ms sleep=1ms random\n";
	struct sim *a = run(text), *b = run(text);

	expect(!memcmp(&a->t, &b->t, sizeof(a->t)), "two runs with one seed differ");
	done(a);
	done(b);
	a = run(text);
	b = run("pcpus 3\nstorm 500\ntime 3s\nseed 8\ndomain a count=5 vcpus=2\n"
		"domain b count=5 work=1ms sleep=1ms random\n");
	expect(memcmp(&a->t, &b->t, sizeof(a->t)), "the seed changes nothing");
	done(a);
	done(b);
}

static void test_files(void)
{
	static const char *const bad[] = {
		"", "domain\n", "domain a weight=0\n", "domain a weight=65536\n",
		"domain a work=1ms\n", "domain a work=1 sleep=1ms\n", "domain a sleep=1ms\n",
		"domain a work=1ms sleep=1ms every=1ms\n", "domain a\npcpus 2\n", "pcpus 257\n",
		"domain a affinity=1\n", "domain a\nat 1s weight b 2\n", "domain a\nat 1s weight a\n",
		"domain a\nat 2s pause a\nat 1s resume a\n", "domain a\nat 1 pause a\n",
		"domain a\ntime 2s\n", "domain a\nunit 0s\n", "domain a warp=101s\n", "what\n",
		"domain a count=99999999\n", "domain a\nat 1s offline 1\n",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(refused(bad[i]), "accepted: %s", bad[i]);
	expect(!refused("# only this\npcpus 4\ndomain a affinity=0,2-3 # here\n"
			"at 1500ms affinity a 1\nat 2s offline 3\n"), "refused a good file");
}

static const struct ktap_test tests[] = {
	{ "spinning domains get their shares", test_shares },
	{ "random weights, vCPUs and pCPUs: shares", test_random_shares },
	{ "the bound on A_i - A_j at every decision", test_bound },
	{ "storms: invariants, no lost wake-up, no starvation", test_storms },
	{ "a warped sleeper runs at once", test_latency },
	{ "a seed repeats a run", test_repeatable },
	{ "workload files: what is wrong is refused", test_files },
};

KTAP_MAIN(tests)
