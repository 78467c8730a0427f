/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ktap.h: KTAP output and seeded random numbers for the unit tests.
 *
 * A program is a table of struct ktap_test handed to ktap_main().  A test calls
 * expect() as often as it likes; the first failures are printed with their
 * place, and the test goes on unless it returns.
 */
#ifndef LODGE_KTAP_H
#define LODGE_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct ktap_test {
	const char *name;
	void (*run)(void);
};

#define KTAP_SHOWN 10		/* failures printed in full, per test */

extern unsigned int ktap_failures;
extern uint64_t ktap_random_state;

#define expect(cond, ...)						\
	(__extension__ ({						\
		bool ok_ = (cond);					\
									\
		if (!ok_)						\
			ktap_fail(__FILE__, __LINE__, #cond, __VA_ARGS__);	\
		ok_;							\
	}))

__attribute__((format(printf, 4, 5)))
static inline void ktap_fail(const char *file, int line, const char *cond, const char *fmt, ...)
{
	va_list ap;

	if (ktap_failures++ >= KTAP_SHOWN)
		return;
	printf("# %s:%d: not true: %s: ", file, line, cond);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* splitmix64 */
static inline uint64_t ktap_random(void)
{
	uint64_t z = (ktap_random_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Uniform enough in 0..below-1. */
static inline uint64_t ktap_random_below(uint64_t below)
{
	return ktap_random() % below;
}

/* Any magnitude is as likely as any other: finds limits. */
static inline uint64_t ktap_random_log(void)
{
	return ktap_random() >> ktap_random_below(64);
}

static inline int ktap_main(const struct ktap_test *tests, unsigned int nr)
{
	const char *env = getenv("SEED");
	uint64_t seed = env ? strtoull(env, NULL, 0) : 1;
	unsigned int i, failed = 0;

	printf("KTAP version 1\n1..%u\n# SEED=%llu\n", nr, (unsigned long long)seed);
	for (i = 0; i < nr; i++) {
		ktap_failures = 0;
		ktap_random_state = seed;
		tests[i].run();
		printf("%sok %u - %s\n", ktap_failures ? "not " : "", i + 1, tests[i].name);
		fflush(stdout);
		failed += ktap_failures != 0;
	}
	return failed != 0;
}

#define KTAP_MAIN(tests)						\
	unsigned int ktap_failures;					\
	uint64_t ktap_random_state;					\
									\
	int main(void)							\
	{								\
		return ktap_main(tests, sizeof(tests) / sizeof((tests)[0]));	\
	}

#endif
