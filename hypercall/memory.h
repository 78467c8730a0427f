/* SPDX-License-Identifier: GPL-2.0-only */
/* memory.h: between memory.c (the commands), reservation.c and exchange.c. */
#ifndef LODGE_HYPERCALL_MEMORY_H
#define LODGE_HYPERCALL_MEMORY_H

#include "hypercall.h"

/* How Xen encodes where a preempted call was: part of the ABI, if a dull one. */
#define MEMOP_SHIFT	6
#define MEMOP_MASK	((1u << MEMOP_SHIFT) - 1)

#define MAX_ORDER_DOMU	9	/* Xen's default for a domain without devices */

/* xen_memory_reservation.address_bits of Linux' header is more than that: */
#define MEMF_ADDRESS_BITS(flags)	((flags) & 0xff)
#define MEMF_NODE(flags)		((((flags) >> 8) - 1) & 0xff)
#define MEMF_NO_NODE			0xff
#define MEMF_POPULATE_ON_DEMAND		BIT(16)
#define MEMF_EXACT_NODE			BIT(17)
#define MEMF_VNODE			BIT(18)

int memory_check_domain(const struct domain *d, domid_t domid);
bool memory_node_ok(u32 flags);
long memory_change_reservation(struct vcpu *v, unsigned int op, u64 start, u64 arg);
long memory_exchange(struct vcpu *v, u64 arg);
long memory_refuse(struct vcpu *v, unsigned int op, u64 start, u64 arg);

#endif
