/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * env.h: all that the core of ptvalidate/ needs of the world around it.
 *
 * The kernel's side is here; the other side is declared here and defined by
 * the unit tests (selftests/unit/ptvalidate_env.c) or by a model checker.
 */
#ifndef LODGE_PTVALIDATE_ENV_H
#define LODGE_PTVALIDATE_ENV_H

#include "ptvalidate.h"
#include "../hypercall/descriptor.h"

#ifdef LODGE_HOLE	/* entry.c, compiled for the switcher */
#include <linux/errno.h>
#include "../kmod/switcher/layout.h"
#define pt_rules (*(const struct pt_rules *)HOLE_RULES)

#elif defined(__KERNEL__)
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "../kmod/lodge.h"

static inline domid_t env_domid(const struct domain *d)
{
	return d->id;
}

static inline struct domain *env_domain(const struct vcpu *v)
{
	return v->domain;
}

static inline struct pt_undo *env_undo(struct vcpu *v)
{
	return &v->undo;
}

static inline u64 env_base(const struct vcpu *v, bool user)
{
	return user ? v->page->l4_user : v->page->l4_kernel;
}

static inline void env_set_base(struct vcpu *v, bool user, u64 mfn)
{
	vcpu_set_roots(v, user ? v->page->l4_kernel : mfn, user ? mfn : v->page->l4_user);
}

static inline struct frame *env_frame(u64 mfn)
{
	return frame_lookup(mfn);
}

static inline u64 *env_table(u64 mfn)
{
	return frame_address(mfn);
}

/* Hardware sets A and D in live tables behind our back. */
static inline u64 env_read(const u64 *entry)
{
	return READ_ONCE(*entry);
}

static inline u64 env_cmpxchg(u64 *entry, u64 old, u64 new)
{
	return cmpxchg(entry, old, new);
}

static inline void env_flush_others(struct domain *d)
{
	domain_flush_others(d);
}

/* Counts full flushes, modulo 2^16; under mmu_lock. */
static inline u16 *env_flush_clock(struct domain *d)
{
	return &d->page->flush_clock;
}

static inline bool env_should_yield(struct vcpu *v)
{
	return vcpu_should_yield(v);
}

static inline void env_fill_l4(struct domain *d, u64 *l4)
{
	hole_fill_l4(d, l4);
}

static inline void env_clear_l4(u64 *l4)
{
	hole_clear_l4(l4);
}

static inline void env_clear_page(u64 mfn)
{
	clear_page(frame_address(mfn));
}

static inline void env_copy_page(u64 dst_mfn, u64 src_mfn)
{
	copy_page(frame_address(dst_mfn), frame_address(src_mfn));
}

/* The last reference of a frame that the domain gave up is gone. */
void env_frame_free(struct domain *d, u64 mfn);
/* A bug of ours: end the domain, never the host. */
void env_bug(struct domain *d, const char *what);
bool env_revoke_ldt(struct vcpu *v, u64 mfn);	/* hypercall/segment.c */

static inline void env_assert_locked(struct domain *d)
{
	lockdep_assert_held(&d->mmu_lock);
}

#else /* user space */
#include <errno.h>
#include <stddef.h>

#ifndef ERESTART
#define ERESTART 85
#endif

domid_t env_domid(const struct domain *d);
struct domain *env_domain(const struct vcpu *v);
struct pt_undo *env_undo(struct vcpu *v);
u64 env_base(const struct vcpu *v, bool user);
void env_set_base(struct vcpu *v, bool user, u64 mfn);
struct frame *env_frame(u64 mfn);
u64 *env_table(u64 mfn);
u64 env_read(const u64 *entry);
u64 env_cmpxchg(u64 *entry, u64 old, u64 new);
void env_flush_others(struct domain *d);
u16 *env_flush_clock(struct domain *d);
bool env_should_yield(struct vcpu *v);
void env_fill_l4(struct domain *d, u64 *l4);
void env_clear_l4(u64 *l4);
void env_clear_page(u64 mfn);
void env_copy_page(u64 dst_mfn, u64 src_mfn);
void env_frame_free(struct domain *d, u64 mfn);
bool env_revoke_ldt(struct vcpu *v, u64 mfn);
void env_bug(struct domain *d, const char *what);
void env_assert_locked(struct domain *d);
#endif

#endif
