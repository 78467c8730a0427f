/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the C files that run in the hole (hole.c, mmu.c); nobody else.
 */
#ifndef LODGE_INSIDE_H
#define LODGE_INSIDE_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/vcpu.h>

#include "iret.h"
#include "layout.h"
#include "../../ptvalidate/ptvalidate.h"

#define MSR_FS_BASE_		0xc0000100
#define MSR_GS_BASE_		0xc0000101
#define MSR_KERNEL_GS_BASE_	0xc0000102
#define MSR_DEBUGCTL_		0x1d9
#define MSR_PEBS_ENABLE_	0x3f1
#define DEBUGCTL_TRACES		(7UL << 6)	/* TR, BTS, BTINT */
#define CR4_FSGSBASE		(1UL << 16)
#define CR0_TS			(1UL << 3)

#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_USER		4

static inline void wrmsr_(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static inline u64 rdmsr_(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return low | (u64)high << 32;
}

static inline u64 get_gs_base(u64 cr4)
{
	u64 base;

	if (!(cr4 & CR4_FSGSBASE))
		return rdmsr_(MSR_GS_BASE_);
	asm volatile("rdgsbase %0" : "=r" (base));
	return base;
}

static inline void set_gs_base(u64 cr4, u64 base)
{
	if (cr4 & CR4_FSGSBASE)
		asm volatile("wrgsbase %0" : : "r" (base));
	else
		wrmsr_(MSR_GS_BASE_, base);
}

static inline u64 get_fs_base(u64 cr4)
{
	u64 base;

	if (!(cr4 & CR4_FSGSBASE))
		return rdmsr_(MSR_FS_BASE_);
	asm volatile("rdfsbase %0" : "=r" (base));
	return base;
}

static inline void set_fs_base(u64 cr4, u64 base)
{
	if (cr4 & CR4_FSGSBASE)
		asm volatile("wrfsbase %0" : : "r" (base));
	else
		wrmsr_(MSR_FS_BASE_, base);
}

static inline bool canonical48(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

/* The guest's half of the world: canonical, and not the hole. */
static inline bool guest_address(u64 address)
{
	return canonical48(address) && (address < HOLE_START || address >= HOLE_END);
}

static inline u64 *dmap(u64 entry)
{
	return (u64 *)(HOLE_DMAP + (entry & PTE_ADDR));
}

static inline bool kernel_mode(const struct vcpu_page *v)
{
	return v->flags & VCPU_KERNEL_MODE;
}

/* Bounds a speculative load as well: used before every index a guest chose. */
static inline u64 index_nospec(u64 index, u64 size)
{
	u64 mask;

	asm volatile("cmp %1, %2; sbb %0, %0" : "=r" (mask) : "g" (size), "r" (index) : "cc");
	return index & mask;
}

/* hole.c */
bool copy_words(const struct vcpu_page *v, u64 address, u64 *words, int n, bool write);
void hole_load_root(struct vcpu_page *v, struct pcpu_page *p);
/* mmu.c */
bool hole_mmu_hypercall(struct vcpu_page *v, struct pcpu_page *p);

#endif
