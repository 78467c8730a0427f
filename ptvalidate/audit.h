/* SPDX-License-Identifier: GPL-2.0-only */
/* audit.h: between audit.c (frames, tables) and audit_grants.c. */
#ifndef LODGE_AUDIT_H
#define LODGE_AUDIT_H

#include <linux/xarray.h>
#include "env.h"
#include "../kmod/frame.h"

/* What was counted for a frame. */
struct tally {
	u32 refs;
	u32 type_refs;
};

/**
 * struct audit - one run
 * @d: the domain
 * @tallies: by chunk: CHUNK_FRAMES of struct tally
 * @granted: by number of an L1 entry of all memory: the struct grant_handle
 *	whose frame it names
 * @result: for the caller
 */
struct audit {
	struct domain *d;
	struct xarray tallies;
	struct xarray granted;
	struct pt_audit_result *result;
};

void audit_mismatch(struct audit *a, u64 mfn, const char *what);
void audit_count(struct audit *a, u64 mfn, u8 type);

/* ---- audit_grants.c ---- */
int audit_find_granted(struct audit *a);
bool audit_is_granted(struct audit *a, u64 table_mfn, unsigned int index, u64 entry);
void audit_count_pins(struct audit *a, u64 first);
int audit_compare_grants(struct audit *a);

#endif
