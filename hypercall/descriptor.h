/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * descriptor.h: judging segment descriptors and selectors of a guest.
 *
 * Pure: no kernel function, so that user-space tests compile the same code.
 */
#ifndef LODGE_DESCRIPTOR_H
#define LODGE_DESCRIPTOR_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
#endif

/* Bits of a descriptor, as one little-endian 64-bit word. */
#define DESC_TYPE(d)	((unsigned int)((d) >> 40) & 0xf)
#define DESC_S		(1ULL << 44)	/* code or data; clear: system */
#define DESC_DPL	(3ULL << 45)
#define DESC_P		(1ULL << 47)
#define DESC_CODE	(1ULL << 43)
#define DESC_RW		(1ULL << 41)	/* data: writable; code: readable */

u64 segment_descriptor_fixup(u64 desc);
bool segment_descriptor_ok(u64 desc);
u64 segment_descriptor_base(u64 desc);
bool segment_loadable_as_data(u64 desc);

/**
 * guest_selector() - force the privilege of a selector to the guest's ring
 * @sel: selector from the guest
 *
 * Guests run at CPL 3, kernel and user alike: any lower RPL becomes 3.
 */
static inline u16 guest_selector(u16 sel)
{
	return sel | 3;
}

#endif
