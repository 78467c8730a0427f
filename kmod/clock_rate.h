/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock_rate.h: the arithmetic of the paravirtual clock, in which
 *
 *	ns = ((ticks << shift) * mul) >> 32	(>> -shift if shift is negative)
 *
 * Pure: user-space tests compile the same code.
 */
#ifndef LODGE_CLOCK_RATE_H
#define LODGE_CLOCK_RATE_H

#ifdef __KERNEL__
#include <linux/math64.h>
#else
#include <stdint.h>
typedef uint64_t u64;
typedef uint32_t u32;
typedef int8_t s8;
#define mul_u64_u32_shr(a, b, s)	((u64)((unsigned __int128)(a) * (b) >> (s)))
#define mul_u64_u64_div_u64(a, b, c)	((u64)((unsigned __int128)(a) * (b) / (c)))
#endif

struct clock_rate {
	u32 mul;
	s8 shift;
};

#define CLOCK_TOLERATED_NS	1000		/* ahead of true time, not worth slewing */
#define CLOCK_TICKS_MAX		(1ULL << 56)	/* more is no measurement */

/**
 * clock_rate_of() - the rate at which @ticks pass in @ns
 * @ns: not 0
 * @ticks: not 0, below CLOCK_TICKS_MAX; between a hundredth and a hundred times @ns
 */
static inline struct clock_rate clock_rate_of(u64 ns, u64 ticks)
{
	struct clock_rate rate = {};

	while (ns >= ticks) {
		ticks <<= 1;
		rate.shift++;
	}
	while (ns << 1 < ticks) {
		ns <<= 1;
		rate.shift--;
	}
	rate.mul = mul_u64_u64_div_u64(ns, 1ULL << 32, ticks);
	return rate;
}

/**
 * clock_scale() - what the guest makes of a number of ticks
 * @ticks: since the anchor
 * @mul: of the rate
 * @shift: of the rate
 */
static inline u64 clock_scale(u64 ticks, u32 mul, s8 shift)
{
	if (shift < 0)
		ticks >>= -shift;
	else
		ticks <<= shift;
	return mul_u64_u32_shr(ticks, mul, 32);
}

/**
 * clock_slewed() - a slower rate for a clock that is ahead
 * @mul: of the true rate
 * @ahead_ns: by how much; the further, the slower
 */
static inline u32 clock_slewed(u32 mul, u64 ahead_ns)
{
	if (ahead_ns <= CLOCK_TOLERATED_NS)
		return mul;
	if (ahead_ns <= 100000)
		return mul - (mul >> 10);
	return mul - (mul >> (ahead_ns <= 1000000 ? 7 : 4));
}

/**
 * clock_slewed_over() - the rate that gives a lead back in a given time
 * @mul: of the true rate
 * @ahead_ns: the lead; if it is too long for that, the clock goes 6 % slower
 * @over_ns: the time
 */
static inline u32 clock_slewed_over(u32 mul, u64 ahead_ns, u64 over_ns)
{
	if (ahead_ns >= over_ns / 16)
		return mul - (mul >> 4);
	return mul - (u32)mul_u64_u64_div_u64(mul, ahead_ns, over_ns);
}

/**
 * clock_plausible() - can @ns have passed in @ticks?
 * @ns: measured
 * @ticks: measured
 * @khz: nominal rate, not 0
 *
 * Return: true if that is within 6 % of the nominal rate.  A suspend of the
 * host, or a firmware that writes the TSC, gives something else.
 */
static inline int clock_plausible(u64 ns, u64 ticks, u32 khz)
{
	u64 nominal_ns;

	if (!ns || !ticks || ticks >= CLOCK_TICKS_MAX)
		return 0;
	nominal_ns = mul_u64_u64_div_u64(ticks, 1000000, khz);
	return nominal_ns >= ns - (ns >> 4) && nominal_ns <= ns + (ns >> 4);
}

#endif
