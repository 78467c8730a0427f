/* SPDX-License-Identifier: GPL-2.0-only */
/* time.h: private to time.c and timer.c; the rest is in lodge.h. */
#ifndef LODGE_TIME_H
#define LODGE_TIME_H

#include "lodge.h"

bool time_is_current(const struct vcpu *v);
int time_copy_out(struct vcpu *v, u64 gva, const void *src, size_t len);
u64 time_vcpu_now(const struct vcpu *v);

#endif
