// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c: the unit tests of kmod/clock_rate.h, and of the way kmod/time.c
 * moves anchors: a guest that reads its clock at any moment never sees it go
 * back, and stays near true time though the TSC is not what it claims to be.
 */
#include "../../kmod/clock_rate.h"
#include "ktap.h"

#define MS	1000000ULL
#define S	1000000000ULL

/* As the guest would compute with unlimited precision. */
static long double exact_ns(u64 ticks, u64 khz)
{
	return (long double)ticks * 1000000 / khz;
}

static void test_scale(void)
{
	int i;

	for (i = 0; i < 300000; i++) {
		u64 khz = 100000 + ktap_random_below(6000000);
		u64 ticks = ktap_random_below(khz * 10000);
		struct clock_rate rate = clock_rate_of(MS, khz);
		u64 got = clock_scale(ticks, rate.mul, rate.shift);
		long double want = exact_ns(ticks, khz), slack = want * 1e-9 + 2;

		if (rate.shift < 0)
			slack += exact_ns(1 << -rate.shift, khz);
		if (!expect(got <= want && want - got <= slack, "%llu kHz, %llu ticks: %llu",
			    (unsigned long long)khz, (unsigned long long)ticks,
			    (unsigned long long)got) ||
		    !expect(rate.mul >> 31, "%llu kHz: mul %#x", (unsigned long long)khz, rate.mul))
			return;
	}
}

static void test_slew(void)
{
	const u32 mul = 0x80000000;

	expect(clock_slewed(mul, 0) == mul, "no lead");
	expect(clock_slewed(mul, CLOCK_TOLERATED_NS) == mul, "tolerated");
	expect(clock_slewed(mul, 2000) == mul - (mul >> 10), "small lead");
	expect(clock_slewed(mul, MS) < clock_slewed(mul, 2000), "larger lead");
	expect(clock_slewed(mul, S) < clock_slewed(mul, MS) && clock_slewed(mul, ~0ULL) > mul / 2,
	       "any lead");
}

static void test_slew_over(void)
{
	const u32 mul = 0xc0000000;
	int i;

	expect(clock_slewed_over(mul, 0, S) == mul, "no lead");
	for (i = 0; i < 10000; i++) {
		u64 over = 10 * MS + ktap_random_below(S), ahead = ktap_random_below(over / 16);
		u32 got = clock_slewed_over(mul, ahead, over);
		double gives_back = (double)(mul - got) / mul * over;

		if (!expect(gives_back <= ahead + 1.0 && gives_back >= ahead - over / 1e9 - 1.0,
			    "%llu ns over %llu ns: %f", (unsigned long long)ahead,
			    (unsigned long long)over, gives_back))
			return;
	}
	expect(clock_slewed_over(mul, ~0ULL, S) == mul - (mul >> 4), "any lead");
}

static void test_plausible(void)
{
	expect(clock_plausible(S, 3000000000ULL, 3000000), "as nominal");
	expect(clock_plausible(S, 2850000000ULL, 3000000), "5 %% slow");
	expect(!clock_plausible(S, 2700000000ULL, 3000000), "10 %% slow");
	expect(!clock_plausible(S, 3300000000ULL, 3000000), "10 %% fast");
	expect(!clock_plausible(S, 9000 * S, 3000000), "the TSC ran on in a suspend");
	expect(!clock_plausible(S, ~0ULL, 3000000), "the TSC was written");
	expect(!clock_plausible(0, 1, 3000000) && !clock_plausible(1, 0, 3000000), "nothing");
}

/* A host and a vCPU's anchor, as in kmod/time.c. */
struct sim {
	double khz, true_khz;
	double now_ns;
	struct clock_rate rate;
	u64 rate_tsc, rate_ns;
	u64 tsc, system_ns;
	u32 mul;
	s8 shift;
};

static u64 sim_tsc(const struct sim *s)
{
	return s->now_ns * s->true_khz / 1000000;
}

static u64 sim_read(const struct sim *s)
{
	u64 tsc = sim_tsc(s);

	return s->system_ns + (tsc > s->tsc ? clock_scale(tsc - s->tsc, s->mul, s->shift) : 0);
}

static void sim_anchor(struct sim *s)
{
	u64 tsc = sim_tsc(s), seen = s->mul ? sim_read(s) : 0, ns;

	s->now_ns += ktap_random_below(1000);	/* between the two clocks */
	ns = s->now_ns;
	if (!s->rate.mul || ns - s->rate_ns >= S) {
		if (s->rate.mul && clock_plausible(ns - s->rate_ns, tsc - s->rate_tsc, s->khz))
			s->rate = clock_rate_of(ns - s->rate_ns, tsc - s->rate_tsc);
		else
			s->rate = clock_rate_of(MS, s->khz);
		s->rate_tsc = tsc;
		s->rate_ns = ns;
	}
	s->system_ns = seen > ns ? seen : ns;
	s->mul = clock_slewed(s->rate.mul, s->system_ns - ns);
	s->shift = s->rate.shift;
	s->tsc = tsc;
}

static void sim_run(struct sim *s)
{
	u64 last = 0, read, lead = 0, lag = 0;
	int i, k;

	for (i = 0; i < 20000; i++) {
		double step = ktap_random_below(4 * MS) / 3.0;

		sim_anchor(s);
		for (k = 0; k < 3; k++) {
			s->now_ns += step;
			read = sim_read(s);
			if (!expect(read >= last, "%llu after %llu", (unsigned long long)read,
				    (unsigned long long)last))
				return;
			last = read;
			if (i < 2000)	/* until the rate has been measured */
				continue;
			if (read > s->now_ns && read - s->now_ns > lead)
				lead = read - s->now_ns;
			if (read < s->now_ns && s->now_ns - read > lag)
				lag = s->now_ns - read;
		}
		if (!ktap_random_below(100))	/* nobody runs for a while */
			s->now_ns += ktap_random_below(2 * S);
	}
	expect(lead < 20000 && lag < 20000, "TSC off by %+.2f %%: lead %llu ns, lag %llu ns",
	       (s->true_khz / s->khz - 1) * 100, (unsigned long long)lead, (unsigned long long)lag);
}

static void test_anchors(void)
{
	int i;

	for (i = 0; i < 60; i++) {
		struct sim s = { .khz = 1000000 + ktap_random_below(3000000) };

		s.true_khz = s.khz * (1 + ((double)ktap_random_below(2000) - 1000) / 50000);
		sim_run(&s);
	}
}

static const struct ktap_test tests[] = {
	{ "ticks become nanoseconds, rounded down, for any TSC", test_scale },
	{ "the further ahead, the slower, and never stopped", test_slew },
	{ "a lead is given back in the time asked for", test_slew_over },
	{ "a measurement that cannot be is not believed", test_plausible },
	{ "the guest's clock never goes back and stays near true time", test_anchors },
};

KTAP_MAIN(tests)
