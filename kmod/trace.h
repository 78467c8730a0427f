/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Tracepoints
 *
 * What the scheduler and the run loop do, for ftrace, perf and "lodge trace".
 * While nobody listens each is a jump that is not taken.
 *
 * The scheduler's are called with rq_lock held and IRQs off, the exit's in a
 * slice: the order of events is the order of what happened.  Only numbers are
 * recorded; who domain 7 is, the command asks by netlink.
 *
 * Included by those who trace; trace.c alone makes the definitions.
 */
#include "lodge.h"	/* first: it has tracepoints of the kernel's own */

#undef TRACE_SYSTEM
#define TRACE_SYSTEM lodge

#if !defined(LODGE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LODGE_TRACE_H

#include <linux/tracepoint.h>

#define TRACE_NOBODY	0xffff		/* domid where no vCPU is meant */

TRACE_DEFINE_ENUM(VCPU_DOWN);
TRACE_DEFINE_ENUM(VCPU_RUNNABLE);
TRACE_DEFINE_ENUM(VCPU_BLOCKED);
TRACE_DEFINE_ENUM(VCPU_STOPPED);

#define show_vcpu_state(state) __print_symbolic(state,				\
	{ VCPU_DOWN, "down" }, { VCPU_RUNNABLE, "runnable" },			\
	{ VCPU_BLOCKED, "blocked" }, { VCPU_STOPPED, "stopped" })

#define show_exit_reason(vector) __print_symbolic(vector,			\
	{ 0, "divide" }, { 1, "debug" }, { 2, "nmi" }, { 3, "breakpoint" },	\
	{ 4, "overflow" }, { 5, "bound" }, { 6, "opcode" }, { 7, "fpu" },	\
	{ 8, "double" }, { 10, "tss" }, { 11, "segment" }, { 12, "stack" },	\
	{ 13, "protection" }, { 14, "page_fault" }, { 16, "x87" },		\
	{ 17, "alignment" }, { 18, "machine_check" }, { 19, "simd" },		\
	{ EXIT_HYPERCALL, "hypercall" }, { EXIT_NMI_PENDING, "nmi_pending" },	\
	{ EXIT_BOUNCE_FAILED, "bounce_failed" }, { EXIT_BAD_IRET, "bad_iret" },	\
	{ EXIT_NO_HANDLER, "no_handler" }, { EXIT_NOT_ENTERED, "not_entered" },	\
	{ EXIT_BUG, "bug" })

/* Another vCPU, or none, is current on a pCPU from now on. */
TRACE_EVENT(lodge_switch,
	TP_PROTO(const struct pcpu *p, const struct vcpu *prev, const struct vcpu *next),
	TP_ARGS(p, prev, next),
	TP_STRUCT__entry(
		__field(u16, pcpu)
		__field(u16, prev_domid)
		__field(u16, prev_vcpu)
		__field(u16, prev_state)
		__field(u16, next_domid)
		__field(u16, next_vcpu)
	),
	TP_fast_assign(
		__entry->pcpu = p->cpu;
		__entry->prev_domid = prev ? prev->domain->id : TRACE_NOBODY;
		__entry->prev_vcpu = prev ? prev->id : 0;
		__entry->prev_state = prev ? prev->state : VCPU_DOWN;
		__entry->next_domid = next ? next->domain->id : TRACE_NOBODY;
		__entry->next_vcpu = next ? next->id : 0;
	),
	TP_printk("pcpu=%u prev_domid=%u prev_vcpu=%u prev_state=%s next_domid=%u next_vcpu=%u",
		  __entry->pcpu, __entry->prev_domid, __entry->prev_vcpu,
		  show_vcpu_state(__entry->prev_state), __entry->next_domid, __entry->next_vcpu)
);

DECLARE_EVENT_CLASS(lodge_vcpu,
	TP_PROTO(const struct pcpu *p, const struct vcpu *v),
	TP_ARGS(p, v),
	TP_STRUCT__entry(
		__field(u16, pcpu)
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u8, state)
		__field(u8, warped)
	),
	TP_fast_assign(
		__entry->pcpu = p->cpu;
		__entry->domid = v->domain->id;
		__entry->vcpu = v->id;
		__entry->state = v->state;
		__entry->warped = v->bvt.warped;
	),
	TP_printk("pcpu=%u domid=%u vcpu=%u state=%s warped=%u", __entry->pcpu,
		  __entry->domid, __entry->vcpu, show_vcpu_state(__entry->state),
		  __entry->warped)
);

/* The current vCPU begins to use the pCPU: its clock runs. */
DEFINE_EVENT(lodge_vcpu, lodge_run,
	TP_PROTO(const struct pcpu *p, const struct vcpu *v),
	TP_ARGS(p, v));

/* It stops; if its state is runnable and no switch follows, the host goes first. */
DEFINE_EVENT(lodge_vcpu, lodge_leave,
	TP_PROTO(const struct pcpu *p, const struct vcpu *v),
	TP_ARGS(p, v));

/* It has become runnable on this pCPU. */
DEFINE_EVENT(lodge_vcpu, lodge_wake,
	TP_PROTO(const struct pcpu *p, const struct vcpu *v),
	TP_ARGS(p, v));

/* It is no longer runnable; state says why. */
DEFINE_EVENT(lodge_vcpu, lodge_block,
	TP_PROTO(const struct pcpu *p, const struct vcpu *v),
	TP_ARGS(p, v));

/* It belongs to another pCPU. */
TRACE_EVENT(lodge_migrate,
	TP_PROTO(const struct pcpu *from, const struct pcpu *to, const struct vcpu *v),
	TP_ARGS(from, to, v),
	TP_STRUCT__entry(
		__field(u16, from)
		__field(u16, to)
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u16, state)
	),
	TP_fast_assign(
		__entry->from = from->cpu;
		__entry->to = to->cpu;
		__entry->domid = v->domain->id;
		__entry->vcpu = v->id;
		__entry->state = v->state;
	),
	TP_printk("from=%u to=%u domid=%u vcpu=%u state=%s", __entry->from, __entry->to,
		  __entry->domid, __entry->vcpu, show_vcpu_state(__entry->state))
);

/* Its warp is on or off from now on. */
TRACE_EVENT(lodge_warp,
	TP_PROTO(const struct vcpu *v),
	TP_ARGS(v),
	TP_STRUCT__entry(
		__field(u16, pcpu)
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u16, on)
	),
	TP_fast_assign(
		__entry->pcpu = v->pcpu->cpu;
		__entry->domid = v->domain->id;
		__entry->vcpu = v->id;
		__entry->on = v->bvt.warped;
	),
	TP_printk("pcpu=%u domid=%u vcpu=%u on=%u", __entry->pcpu, __entry->domid,
		  __entry->vcpu, __entry->on)
);

/* It came out of the guest; code is the hypercall's number, or the error code. */
TRACE_EVENT(lodge_exit,
	TP_PROTO(const struct vcpu *v, unsigned int vector),
	TP_ARGS(v, vector),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u16, vector)
		__field(u32, code)
		__field(u64, rip)
	),
	TP_fast_assign(
		__entry->domid = v->domain->id;
		__entry->vcpu = v->id;
		__entry->vector = vector;
		__entry->code = vector == EXIT_HYPERCALL ? v->page->regs.rax :
				vector < 32 ? v->page->regs.error : 0;
		__entry->rip = v->page->regs.rip;
	),
	TP_printk("domid=%u vcpu=%u vector=%u reason=%s code=%u rip=%#llx", __entry->domid,
		  __entry->vcpu, __entry->vector,
		  __entry->vector >= 32 && __entry->vector < 256 ? "interrupt" :
		  show_exit_reason(__entry->vector), __entry->code, __entry->rip)
);

/* The kernel's macros read this file several times. */
#ifndef TRACE_HEADER_MULTI_READ
/**
 * trace_warp() - tell of a vCPU's warp, if it changed
 * @v: the vCPU; rq_lock of its pCPU held
 */
static inline void trace_warp(struct vcpu *v)
{
	if (trace_lodge_warp_enabled() && v->bvt.warped != v->warp_traced) {
		v->warp_traced = v->bvt.warped;
		trace_lodge_warp(v);
	}
}

/**
 * trace_pick() - tell of a decision, if it changed something
 * @p: the pCPU, rq_lock held
 * @prev: the vCPU that was current, or NULL
 * @next: the one that is current from now on, or NULL
 */
static inline void trace_pick(const struct pcpu *p, struct vcpu *prev, struct vcpu *next)
{
	if (prev == next)
		return;
	if (prev)
		trace_warp(prev);	/* it may be warped anew while it waits */
	trace_lodge_switch(p, prev, next);
}
#endif
#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
