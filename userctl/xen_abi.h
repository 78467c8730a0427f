/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The guest ABI's definitions, in user space
 *
 * They are the kernel build headers' own (the Makefile finds them); those
 * headers expect the kernel's short type names, which this gives them.
 */
#ifndef LODGE_XEN_ABI_H
#define LODGE_XEN_ABI_H

#include <stdint.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;

#include <xen/interface/xen.h>
#include <xen/interface/elfnote.h>
#include <xen/interface/features.h>
#include <xen/interface/sched.h>

#define GUEST_PAGE_SHIFT	12
#define GUEST_PAGE_SIZE		(1UL << GUEST_PAGE_SHIFT)

/* The hole that the ABI reserves for the hypervisor: L4 slots 256..271. */
#define GUEST_HOLE_START	0xffff800000000000UL
#define GUEST_HOLE_END		0xffff880000000000UL

#endif
