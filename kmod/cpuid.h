/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpuid.h: between cpuid.c and cpuid_features.c.
 */
#ifndef LODGE_CPUID_H
#define LODGE_CPUID_H

#include <linux/types.h>

struct guest_cpuid;

/* A feature's bit in its word. */
#define F(name)		(1U << (X86_FEATURE_##name & 31))
#define BIT32(n)	(1U << (n))
#define LFENCE_DISPATCH	BIT32(2)	/* 0x80000021.a; LFENCE_RDTSC to Linux */

/* ---- cpuid_features.c ---- */
void cpuid_mask_features(u32 leaf, u32 subleaf, struct guest_cpuid *res);

#endif
