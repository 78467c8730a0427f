/* SPDX-License-Identifier: GPL-2.0-only */
/* time.h: private to time.c, timer.c and the run loop; the rest is in lodge.h. */
#ifndef LODGE_TIME_H
#define LODGE_TIME_H

#include "lodge.h"

bool time_is_current(const struct vcpu *v);
int time_copy_out(struct vcpu *v, u64 gva, const void *src, size_t len);
u64 time_vcpu_now(const struct vcpu *v);

/* May this vCPU be entered?  Not while the domain's clock changes. */
static inline bool time_entry_ok(const struct vcpu *v)
{
	return v->clock_gen == READ_ONCE(v->domain->clock_gen);
}

#endif
