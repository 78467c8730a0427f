/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h: what differs between kernel versions, and nowhere else.
 */
#ifndef LODGE_COMPAT_H
#define LODGE_COMPAT_H

#include <linux/version.h>

/* Since 6.16 only KVM may use the kernel's own write_ibpb(): gate.S has one. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define COMPAT_WRITE_IBPB
#endif

#ifndef __ASSEMBLY__
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <net/genetlink.h>

/* 6.4 made smp_send_reschedule() a macro that traces, without its header's tracepoint. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <trace/events/ipi.h>
#endif

/* 6.16 gave the functions for whole MSRs names that say how wide they are. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#include <asm/cpuid/api.h>	/* no longer in asm/processor.h */
#include <asm/msr.h>
#define rdmsrl		rdmsrq
#define wrmsrl		wrmsrq
#define rdmsrl_safe	rdmsrq_safe
#define wrmsrl_safe	wrmsrq_safe
#endif

/*
 * Preemption became lazy in 6.13: a task that should give way is asked before it
 * returns to user mode, and only the next tick insists.  A guest is user mode.
 */
static inline bool compat_need_resched(void)
{
#ifdef TIF_NEED_RESCHED_LAZY
	return need_resched() || test_thread_flag(TIF_NEED_RESCHED_LAZY);
#else
	return need_resched();
#endif
}

static inline void compat_cond_resched(void)
{
#ifdef TIF_NEED_RESCHED_LAZY
	if (test_thread_flag(TIF_NEED_RESCHED_LAZY))
		schedule();
#endif
	cond_resched();
}

/*
 * How long the current task has waited for a CPU.  A kernel without SCHED_INFO, which
 * KVM selects, does not know; host tasks are then charged for their own turns only.
 */
static inline u64 compat_run_delay_ns(void)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.run_delay;
#else
	return 0;
#endif
}

/* vma->vm_flags became read-only in 6.3. */
static inline void compat_vma_flags(struct vm_area_struct *vma, unsigned long set,
				    unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* A timer on CLOCK_MONOTONIC; 6.13 brought hrtimer_setup(), 6.15 took hrtimer_init(). */
static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*fn)(struct hrtimer *),
					enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
#endif
}

/* The parsed attributes of a dump request; 6.6 gave dumps a genl_info. */
static inline struct nlattr **compat_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* 6.10 gave ubuf_info a table of operations in place of a callback. */
#include <linux/skbuff.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define COMPAT_UBUF_OPS(name, fn)	\
	static const struct ubuf_info_ops name = { .complete = (fn) }
#define compat_ubuf_init(ubuf, name)	((ubuf)->ops = &(name))
#else
#define COMPAT_UBUF_OPS(name, fn)	\
	static void (*const name)(struct sk_buff *, struct ubuf_info *, bool) = (fn)
#define compat_ubuf_init(ubuf, name)	((ubuf)->callback = (name))
#endif

#endif /* !__ASSEMBLY__ */
#endif
