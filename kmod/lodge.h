/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lodge.h: the module's contents page.
 *
 * Structures first, then the functions that cross a file, grouped under the
 * file that defines them (their kernel-doc is there).  Pure logic has headers
 * of its own: sched/bvt.h, ptvalidate/ptvalidate.h.
 *
 * Contexts, used in the kernel-doc of every function:
 *   slice      the pCPU's kthread with a vCPU's state loaded: preemption and
 *              bottom halves off, IRQs on; must not sleep
 *   sleepable  ordinary process context
 *   IRQs off   between two instructions of a world switch, or a guest_mem walk
 */
#ifndef LODGE_H
#define LODGE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>
#include <xen/interface/sched.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/memory.h>

#include "compat.h"
#include "uapi/lodge.h"
#include "switcher/layout.h"
#include "../ptvalidate/ptvalidate.h"
#include "../sched/bvt.h"
#include "../sched/host_entity.h"

#undef pr_fmt
#define pr_fmt(fmt) "lodge: " fmt

struct console;
struct evtchn;
struct frame;
struct grant_map;
struct grant_table;
struct pcpu;
struct vcpu;

/* ---- domains ---- */

enum domain_state {
	DOMAIN_BUILDING,	/* LODGE_CREATE done, no vCPU runs */
	DOMAIN_RUNNING,		/* may be paused: see pause_count */
	DOMAIN_DYING,		/* vCPUs are stopped, resources go */
	DOMAIN_ENDED,		/* only name, reason and console log are left */
};

/* domain.ended */
#define DOMAIN_STOP_BIT		0	/* set once: the guest has shut down or was killed */
#define DOMAIN_END_BIT		1	/* its resources must go too (not on suspend, nor if kept) */

/* Beside SHUTDOWN_* of xen/interface/sched.h: */
#define LODGE_SHUTDOWN_DESTROYED	6	/* by domain 0 */
#define LODGE_SHUTDOWN_NONE		7	/* still alive */

/**
 * struct hole_domain - a domain's own part of the hole (hole.c)
 * @l3: what slots 256..264 of each of its L4s point to: M2P, frames' records, direct map
 * @nr_pages: table and M2P pages allocated, for accounting
 */
struct hole_domain {
	u64 *l3[HOLE_SLOTS_DOMAIN];
	unsigned long nr_pages;
};

/* An anchor: system_ns at tsc, and how fast it goes on from there (time.c). */
struct vcpu_clock {
	u64 tsc, system_ns;
	u64 ahead_ns;			/* of true time, when it was made */
	u32 mul;
	s8 shift;
	u32 version;
	int cpu;
};

/* Exits are counted by hardware vector below 32, and these. */
#define EXIT_CLASS_HYPERCALL	32
#define EXIT_CLASS_INTERRUPT	33
#define EXIT_CLASS_OTHER	34
#define EXIT_CLASSES		35

/* What a vCPU, or all of a domain's, did so far. */
struct vcpu_counters {
	u64 run_ns;
	u64 wait_ns;			/* runnable, for a pCPU */
	u64 exits, syscalls, bounces, irets, events, hole_hypercalls;
	u64 exits_of[EXIT_CLASSES];
};

/**
 * struct domain - one guest
 *
 * Locking (Documentation/locking.rst): lifecycle fields under @lock (mutex),
 * whole transitions under @life_lock, never taken by a hypercall;
 * frames and page types under @mmu_lock; event channels under @evtchn_lock.
 * Order: life_lock > domains_lock > lock > grant lock > mmu_lock > evtchn_lock > runqueue lock.
 * mmu_lock is never taken with IRQs off: holders wait for IPIs.
 */
struct domain {
	struct kref ref;
	struct rcu_head rcu;
	struct list_head list;		/* all domains, domains_lock */
	domid_t id;
	char name[LODGE_NAME_MAX];
	u8 uuid[16];
	struct mutex life_lock;		/* held across a whole start, pause or end: long */
	struct mutex lock;		/* lifecycle fields, held briefly */
	enum domain_state state;	/* written under both, read under either */
	unsigned int pause_count;	/* > 0: vCPUs do not run */
	bool paused_by_user;
	u8 shutdown_reason;		/* SHUTDOWN_* or LODGE_SHUTDOWN_* */
	char reason[LODGE_REASON_MAX];	/* the first one, in words */
	spinlock_t reason_lock;		/* shutdown_reason and reason; IRQ-safe */
	unsigned long ended;		/* DOMAIN_*_BIT; not 0: no vCPU may run */
	u8 keep;			/* shutdown codes, as bits, after which memory is kept */
	bool kept;			/* it has shut down and keeps its memory; life_lock */
	u64 suspend_mfn;		/* its start_info, as it said when it suspended itself */
	u64 store_mfn;			/* for its start_info; 0: none */
	u32 store_port;
	struct work_struct end_work;
	wait_queue_head_t wait;		/* state changes */
	u64 created_ns, died_ns;	/* CLOCK_BOOTTIME */
	u64 created_real_ns;		/* since 1970 */
	struct vcpu_counters gone;	/* of vCPUs that are destroyed */
	struct address_space *mapping;	/* the builder's, life_lock; see chardev.c */
	bool sealed;			/* no new user mapping of its memory */

	unsigned int nr_vcpus;
	struct vcpu *vcpu[LODGE_MAX_VCPUS];

	/* memory (frame.c, ptvalidate/) */
	spinlock_t mmu_lock;		/* domain_mmu_lock() */
	struct domain_page *page;	/* shared with the switcher */
	unsigned long nr_pages;		/* pseudo-physical size at creation */
	unsigned long tot_pages;	/* frames owned now, the module's extra ones not counted */
	unsigned long max_pages;	/* tot_pages does not grow beyond it; under lock */
	struct memory_map *memory_map;	/* hypercall/memory.c; under lock */
	unsigned long map_pages;	/* where that ends if the guest has set none */
	struct page *spare_page;	/* for the next frame that the module adds */
	u64 *build_mfns;		/* gpfn -> mfn until LODGE_START, then freed */
	struct xarray chunks;		/* struct frame_chunk with frames of it, now or before */
	unsigned long nr_chunks;	/* of them; chunks_lock */
	unsigned long nr_extra_frames;	/* that it has beside tot_pages */
	struct page *freed;		/* given up, not yet flushed; linked by page->private */
	struct work_struct free_work;	/* flushes and frees those */
	struct hole_domain hole;
	cpumask_var_t running_on;	/* pCPUs whose thread runs one of its vCPUs */
	atomic64_t nr_flushes;		/* of other pCPUs' TLBs */
	atomic64_t nr_flush_ipis;	/* pCPUs that were interrupted for it */
	u64 vm_assist;
	u32 pci_cf8;			/* latched by out, read back by in */
	u8 cmos_index;
	unsigned long nr_ptwr;

	/* shared info: a frame of the domain with a writable reference of ours */
	struct shared_info *shared_info;
	u64 shared_info_mfn;
	u64 time_epoch_ns;		/* CLOCK_MONOTONIC at system time 0 */

	/* event channels (hypercall/evtchn.c) */
	spinlock_t evtchn_lock;		/* taken in hard IRQs too: always irqsave */
	struct evtchn_table *evtchn;	/* NULL before init and after exit */
	unsigned long poll_mask;	/* vCPUs in SCHEDOP_poll, atomic bits */

	/* hypercall/sched_op.c, kmod/time.c */
	struct delayed_work watchdog[2];
	unsigned long watchdog_inuse;	/* atomic bits */
	u8 shutdown_code;		/* SCHEDOP_shutdown_code + 1, 0: none */
	struct vcpu_clock clock;	/* of all vCPUs; changes while clock_gen is odd */
	u32 clock_gen;
	u32 wc_version;
	s64 wc_epoch_ns;		/* published wall clock at system time 0 */

	struct grant_table *grant;	/* hypercall/grant.h; as long as the record */

	/* back ends */
	struct console *console;
	struct mutex backends_lock;
	struct list_head backends;	/* struct backend (backend/device.h), oldest first */
	bool backends_closed;		/* there will be none any more */

	struct bvt_entity_params sched_params;	/* of each vCPU; lock */
	bool guest_warp;		/* but each vCPU decides when it is warped; lock */
	struct bvt_group sched_group;	/* its vCPUs share the weight */
	u64 nr_hypercalls[64];
};

/* ---- vCPUs ---- */

enum vcpu_state {
	VCPU_DOWN,		/* never initialised, or VCPUOP_down */
	VCPU_RUNNABLE,
	VCPU_BLOCKED,		/* until an event is pending */
	VCPU_STOPPED,		/* domain paused or ended */
};

/**
 * struct hypercall_args - the six argument registers, copied once
 */
struct hypercall_args {
	u64 a[6];
};

/* A preempted hypercall's progress; zero when none is under way. */
struct hypercall_resume {
	u64 done;
	u64 extra;
};

/* A multicall under way (hypercall/multicall.c). */
struct multicall_state {
	struct multicall_entry entry;	/* the copy that is carried out */
	u32 done;			/* entries finished */
	bool loaded;			/* entry is valid, its call was preempted */
	bool left;			/* an iret in it: the value returned is RAX */
};

struct vcpu {
	struct domain *domain;
	unsigned int id;
	struct vcpu_page *page;		/* shared with the switcher */

	/* scheduling (sched/) */
	struct bvt_entity bvt;
	struct pcpu *pcpu;		/* whose queue it belongs to; rq lock */
	struct list_head pcpu_link;	/* pcpu->vcpus, rq lock */
	enum vcpu_state state;		/* rq lock of pcpu */
	enum vcpu_state resume_state;	/* while STOPPED: what it would be otherwise */
	bool is_up;			/* VCPUOP_up; changed with state */
	bool init_busy;			/* VCPUOP_initialise is under way; xchg */
	bool guest_warp;		/* it decides about bvt.params.warp; rq lock */
	bool on_pcpu;			/* a kthread has its state loaded */
	bool warp_traced;		/* bvt.warped as trace_warp() saw it last; rq lock */

	/* guest memory that the module writes: references are held on the frames */
	struct vcpu_info *info;		/* host address */
	u64 info_mfn;			/* 0: in shared_info */
	struct vcpu_runstate_info runstate;
	u64 runstate_past[4];		/* ns, before the guest last suspended itself */
	bool runstate_down;		/* offline by the guest's own wish: see runstate.c */
	u64 runstate_gva;		/* 0: not registered */
	u64 time_gva;			/* secondary time area, 0: not registered */

	/* time (time.c) */
	raw_spinlock_t time_lock;	/* time, runstate; a leaf, taken in hard IRQs */
	struct vcpu_clock clock;
	u32 clock_gen;			/* domain.clock_gen whose anchor it has */
	struct hrtimer singleshot;
	struct hrtimer periodic;
	struct hrtimer poll_timer;
	u64 singleshot_ns;		/* deadline, system time */
	u64 periodic_ns;
	u32 virq_port[NR_VIRQS];	/* evtchn_lock; 0: not bound */
	u32 poll_port;			/* SCHEDOP_poll of one port, else 0 */
	bool nmi_pending;		/* VCPUOP_send_nmi: deliver when unmasked */

	/* descriptors (hypercall/cpu_state.c): a type reference on each frame */
	u64 gdt_mfn[GUEST_GDT_PAGES];
	unsigned int gdt_entries;
	u64 ldt_mfn[GUEST_LDT_PAGES];	/* mmu_lock: env_revoke_ldt() */
	unsigned int ldt_entries;
	u64 ldt_gva;
	bool windows_stale;		/* GDT/LDT windows must be rewritten before entry */

	u64 dr[8];			/* 0-3, 6, 7 */
	u64 ctrlreg[5];			/* virtual CR0, CR2, -, CR4 */
	u64 debug_enabled;
	u64 xcr0;			/* guest's XCR0; guest_xcr0_mask() bounds it */
	u32 tsc_aux;			/* guest's MSR_TSC_AUX */
	u64 iobmp_gva;			/* PHYSDEVOP_set_iobitmap */
	unsigned int iobmp_ports;	/* 0: none */

	/* page tables (ptvalidate/) */
	struct pt_undo undo;		/* partial tables to tear down before the vCPU runs on */

	struct hypercall_resume resume;
	struct multicall_state multicall;
	bool restart;			/* dispatch the hypercall again instead of entering */
	bool hypercall_restarted;	/* already counted */
	bool hypercall_sleeps;		/* dispatch it outside the slice */

	/* FPU, CR4 (switch.c) */
	u64 cr4_bits;			/* of the guest's CR4, what the CPU shall have */
	void *xstate;			/* XSAVE area, 64-byte aligned */

	/* statistics */
	u64 nr_exits[EXIT_CLASSES];

	/* rq lock of pcpu; the last member: only cpumask_size() bytes of it exist */
	cpumask_t affinity;
};

/* ---- pCPUs ---- */

/* Domain 0 on a pCPU (sched/host.c) */
struct host_turn {
	struct host_entity entity;
	u64 from_ns;			/* while it has its turn: charged up to here */
	u64 end_ns;			/* and when that is over */
	struct hrtimer timer;		/* looks meanwhile whether the pCPU is idle, */
	u64 poll_ns;			/* after so long */
	u64 delay_ns;			/* what the kthread has waited for the pCPU, as charged */
	unsigned int version;		/* of domain 0's parameters */
};

struct pcpu {
	unsigned int cpu;
	bool online;
	struct task_struct *thread;
	wait_queue_head_t wait;

	/* the window (hole.c); addresses are the host's own */
	struct pcpu_page *page;
	u64 *window_l1;
	u64 *bridge;			/* root table; two pages aligned to 8 KiB */
	u64 *bridge_p4d;		/* LA57 */

	/* scheduling (sched/) */
	raw_spinlock_t rq_lock;
	struct bvt_queue rq;
	struct vcpu *current_vcpu;
	struct hrtimer slice_timer;
	bool need_pick;			/* set by the slice timer, a wake-up, a pause */
	bool in_slice;			/* the clock of current_vcpu runs; rq lock */
	u64 slice_start_ns;		/* charged up to here */
	u64 slice_end_ns;		/* when slice_timer fires; BVT_FOREVER_NS: never */
	bool misplaced;			/* some vCPU must move away: see sched/affinity.c */
	struct list_head vcpus;		/* all that belong here, runnable or not */
	unsigned int load;		/* sum of their weights */
	u64 run_ns;			/* in slices, charged so far; rq lock */
	u64 nr_switches;		/* picks of another vCPU than before; rq lock */
	u64 balance_ns;			/* when to look at other queues; kthread only */
	bool nudged;			/* look at once: one runs here who is far ahead */
	struct bvt_view view;		/* of rq, for others */
	struct host_turn host;

	/* current vCPU's slice (switch.c) */
	u64 host_msr[10];
	u16 host_sel[4];		/* ds es fs gs */
	unsigned long host_dr[4], host_dr7;
	domid_t last_domain;		/* IBPB when it changes */
	u64 host_xcr0;
	u64 host_cpuid_fault;		/* the MSR of cpuid_fault.c */
	cpumask_var_t flush_mask;	/* domain_flush_vcpus() at work here */
};
DECLARE_PER_CPU(struct pcpu, lodge_pcpu);

/* ---- kmod/host_check.c ---- */
int host_check(void);

/* ---- kmod/hole.c, hole_window.c, hole_domain.c: the maps ---- */
int hole_init(void);
void hole_exit(void);
int hole_pcpu_init(struct pcpu *p);
void hole_pcpu_exit(struct pcpu *p);
void hole_bridge_refresh(struct pcpu *p);
void hole_load_vcpu(struct pcpu *p, struct vcpu *v);
int hole_domain_init(struct domain *d);
void hole_domain_exit(struct domain *d);
int hole_add_frame(struct domain *d, u64 mfn, u64 gpfn, const void *record);
void hole_disown_frame(struct domain *d, u64 mfn);
void hole_unmap_frame(struct domain *d, u64 mfn);
void hole_set_m2p(struct domain *d, u64 mfn, u64 gpfn);
u64 hole_get_m2p(struct domain *d, u64 mfn);
void hole_fill_l4(struct domain *d, u64 *l4);
void hole_clear_l4(u64 *l4);
u64 hole_max_mfn(void);
void hole_set_rules(void);

/* ---- kmod/switch.c: the host half of the world switch ---- */
int switch_init(void);
void slice_begin(struct pcpu *p, struct vcpu *v);
void slice_end(struct pcpu *p, struct vcpu *v);
unsigned int switch_enter(struct pcpu *p, struct vcpu *v);
int vcpu_xstate_init(struct vcpu *v);
void vcpu_xstate_exit(struct vcpu *v);
void vcpu_update_cr4(struct vcpu *v);
void vcpu_set_roots(struct vcpu *v, u64 l4_kernel_mfn, u64 l4_user_mfn);
u64 guest_xcr0_mask(void);
bool guest_has_sysenter(void);

/* ---- kmod/vcpu.c: the run loop ---- */
struct vcpu *vcpu_create(struct domain *d, unsigned int id);
void vcpu_destroy(struct vcpu *v);
int vcpu_thread(void *pcpu);
void vcpu_kick(struct vcpu *v);
void pcpu_kick(struct pcpu *p);		/* any context: wake its kthread, or make its guest exit */
void domain_stop_vcpus(struct domain *d);
void domain_start_vcpus(struct domain *d);
void domain_flush_others(struct domain *d);
void domain_flush_vcpus(struct vcpu *v, unsigned long vcpus);
void domain_mmu_lock(struct domain *d);
void domain_mmu_unlock(struct domain *d);
void domain_mmu_abandoned(struct vcpu *v);
bool vcpu_should_yield(struct vcpu *v);

/* ---- kmod/trap.c: exits that are not hypercalls ---- */
struct guest_trap vcpu_trap(const struct vcpu *v, u8 vector);
void trap_handle(struct vcpu *v, unsigned int vector);
void trap_inject(struct vcpu *v, unsigned int vector, u32 error);
void trap_inject_pf(struct vcpu *v, u32 error, u64 cr2);
bool guest_kernel_mode(const struct vcpu *v);

/* ---- kmod/emulate.c: privileged instructions of the guest kernel ---- */
bool emulate_privileged(struct vcpu *v);
bool emulate_forced(struct vcpu *v);
bool emulate_soft_int(struct vcpu *v, u32 error);
unsigned int emulate_fetch(struct vcpu *v, u8 *buf);
void emulate_retire(struct vcpu *v, unsigned int len);
bool emulate_code64(struct vcpu *v, bool *code64);

/* ---- kmod/cpuid.c, kmod/msr.c, kmod/debugreg.c: what a guest may see and set ---- */
struct guest_cpuid {
	u32 a, b, c, d;
};
void guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, bool forced,
		 struct guest_cpuid *res);
bool guest_has_xsave(void);
u32 cpuid_xsave_size(u64 xcr0, bool compacted);
void cpuid_fault_init(void);
u64 cpuid_fault_on(void);
void cpuid_fault_restore(u64 host);
u64 guest_cr4(u64 wanted);
int guest_rdmsr(struct vcpu *v, u32 msr, u64 *val);
int guest_wrmsr(struct vcpu *v, u32 msr, u64 val);
int debugreg_get(struct vcpu *v, unsigned int n, u64 *val);
int debugreg_set(struct vcpu *v, unsigned int n, u64 val);

/* ---- kmod/guest_mem.c: the only door to guest memory by virtual address ---- */
int copy_from_guest(struct vcpu *v, void *dst, u64 gva, size_t len);
int copy_to_guest(struct vcpu *v, u64 gva, const void *src, size_t len);
int copy_insn_from_guest(struct vcpu *v, void *dst, u64 gva, size_t len);
bool guest_access_allowed(struct vcpu *v, u64 gva, u32 error);
int guest_walk_pte(struct vcpu *v, u64 gva, u64 *pte, u64 *pte_maddr);

/* ---- kmod/frame.c: machine frames ---- */
int frame_init(void);
void frame_exit(void);
struct frame *frame_lookup(u64 mfn);
void *frame_address(u64 mfn);
unsigned long frames_in_use(void);
void frames_kept(long n);
#define FRAME_NO_GPFN	0x5555555555555555ULL	/* M2P of a frame that has no gpfn */

/* ---- kmod/frame_alloc.c: memory from the host and back ---- */
int domain_alloc_memory(struct domain *d, unsigned long nr_pages);
void domain_free_memory(struct domain *d);
int domain_alloc_shared_info(struct domain *d);
int domain_add_module_frame(struct domain *d, u64 *mfn);
struct page *frame_alloc_block(unsigned int order, unsigned int bits);
void frame_free_block(u64 mfn, unsigned int order);
void frame_put_page(struct page *page);

/* ---- kmod/frame_change.c: frames that come and go ---- */
int domain_give_up_frame(struct domain *d, u64 mfn);
int domain_add_frames(struct domain *d, u64 gpfn, unsigned int order, unsigned int bits,
		      u64 *mfn);
int frame_add_block(struct domain *d, u64 mfn, u64 gpfn, unsigned int order);
void frame_take_back_block(struct domain *d, u64 mfn, unsigned int order);
int domain_set_max_pages(struct domain *d, u64 nr_pages);

/* ---- kmod/frame_steal.c ---- */
#define STOLEN_MAX	512
struct stolen_frames {
	unsigned int nr;
	struct {
		u64 mfn, gpfn;
		struct frame *record;
	} frame[STOLEN_MAX];
};
int frames_steal(struct domain *d, struct stolen_frames *s);
void frames_unsteal(struct domain *d, const struct stolen_frames *s);
void frames_free_stolen(struct domain *d, const struct stolen_frames *s);

/* ---- kmod/overhead.c ---- */
u64 domain_overhead(struct domain *d);

/* ---- kmod/domain.c: create, pause ---- */
struct domain *domain_create(struct lodge_create *args);
void domain_free_resources(struct domain *d);
void domain_count(struct domain *d, struct vcpu_counters *sum);
void domain_count_vcpu(struct vcpu_counters *sum, struct vcpu *v);
int domain_pause(struct domain *d);
int domain_unpause(struct domain *d);
int domain_hold(struct domain *d);
void domain_release(struct domain *d);
int domain_pin(struct domain *d, int id, const struct cpumask *mask);

/* ---- kmod/domain_start.c ---- */
void domain_set_mapping(struct domain *d, struct address_space *mapping);
void domain_seal_memory(struct domain *d);
int domain_start(struct domain *d, const struct lodge_start *start);

/* ---- kmod/domain_end.c: shutdown, kill, destroy ---- */
int domain_init(void);
void domain_exit(void);
__printf(2, 3) void domain_set_reason(struct domain *d, const char *fmt, ...);
u8 domain_get_reason(struct domain *d, char *reason);
void domain_shutdown(struct domain *d, u8 reason);
__printf(2, 3) void domain_kill(struct domain *d, const char *fmt, ...);
void domain_become_record(struct domain *d, bool keep);
void domain_end_work(struct work_struct *work);
void domain_keep(struct domain *d);
bool domain_end_suspend(struct domain *d);
int domain_destroy(struct domain *d);
void domain_builder_gone(struct domain *d);

/* ---- kmod/domain_resume.c ---- */
int domain_resume(struct domain *d);

/* ---- kmod/domain_list.c: ids, names, records of ended domains ---- */
extern struct mutex domains_lock;
extern struct list_head domains;
int domain_list_add(struct domain *d);
void domain_list_ended(struct domain *d);
int domain_rename(struct domain *d, const char *name);
bool domain_name_ok(const char *name);
void domain_get_name(struct domain *d, char *name);
int domain_forget(struct domain *d);
void domains_forget_ended(void);
void domains_count(unsigned int *live, unsigned int *ended);
struct domain *domain_get(domid_t id);
struct domain *domain_get_by_name(const char *name);
struct domain *domain_get_next(unsigned int *id);
void domain_put(struct domain *d);

/* ---- kmod/chardev.c, kmod/netlink.c ---- */
int chardev_init(void);
void chardev_exit(void);
static inline u64 lodge_mmap_offset(domid_t id)	/* of a domain's memory in its builder's file */
{
	return (u64)id << 44;
}
int netlink_init(void);
void netlink_exit(void);
void netlink_notify(struct domain *d, u8 ntf);

/* ---- kmod/time.c ---- */
u64 domain_system_time(const struct domain *d);
void time_vcpu_init(struct vcpu *v);
void time_vcpu_exit(struct vcpu *v);
void time_update(struct vcpu *v);
void time_update_wallclock(struct domain *d);

/* ---- kmod/runstate.c: where a vCPU's time goes ---- */
void runstate_init(struct vcpu *v);
void runstate_change(struct vcpu *v, int runstate, bool down);
void runstate_total(struct vcpu *v, u64 ns[4]);
void runstate_reset(struct vcpu *v);
void runstate_publish(struct vcpu *v);

/* ---- kmod/backend/console.c ---- */
int console_create(struct domain *d);
int console_connect(struct domain *d, u64 gpfn, u32 *port);
u64 console_ring_mfn(struct domain *d);
void console_stop(struct domain *d);
void console_pause(struct domain *d);
void console_resume(struct domain *d, u64 *mfn, u32 *port);
void console_free(struct domain *d);
u64 console_overhead(const struct domain *d);
void console_write_log(struct domain *d, const char *text, size_t len);
ssize_t console_read(struct domain *d, char __user *buf, size_t len, u64 *pos,
		     u64 end, bool nonblock);
ssize_t console_write(struct domain *d, const char __user *buf, size_t len, bool nonblock);
__poll_t console_poll(struct domain *d, struct file *file, poll_table *wait, u64 pos);
u64 console_log_end(struct domain *d);

/* ---- kmod/backend/device.c: devices that the kernel serves ---- */
void backends_init(struct domain *d);
void backends_exit(struct domain *d);

/* ---- kmod/backend/evtchn_dev.c: /dev/xen/evtchn ---- */
int evtchn_dev_init(void);
void evtchn_dev_exit(void);

/* ---- hypercall/ ---- */
long hypercall_dispatch(struct vcpu *v);
void watchdog_exit(struct domain *d);
void vcpu_info_reset(struct domain *d);
void vcpu_uninitialise(struct vcpu *v);
int evtchn_domain_init(struct domain *d);
void evtchn_domain_exit(struct domain *d);
u64 evtchn_overhead(struct domain *d);
typedef void (*evtchn_notify_fn)(struct domain *d, void *data);
int evtchn_bind_host(struct domain *d, evtchn_notify_fn fn, void *data, u32 *port);
int evtchn_alloc_unbound_host(struct domain *d, u32 *port);
void evtchn_notify_guest(struct domain *d, u32 port);
void evtchn_reset_for_resume(struct domain *d);
void evtchn_send_virq(struct vcpu *v, unsigned int virq);
bool vcpu_event_pending(const struct vcpu *v);

/* hypercall/evtchn_dom0.c: domain 0's own ports */

/**
 * struct evtchn_sink - who takes the events of a port of domain 0
 * @event: called with IRQs off and event channel locks held: must not sleep,
 *	nor call evtchn_*(); only wake_up() and the like
 */
struct evtchn_sink {
	void (*event)(struct evtchn_sink *sink, u32 port);
};

int evtchn_dom0_init(void);
void evtchn_dom0_exit(void);
int evtchn_dom0_alloc_unbound(struct evtchn_sink *sink, domid_t remote_id);
int evtchn_dom0_bind_interdomain(struct evtchn_sink *sink, domid_t remote_id, u32 remote_port);
int evtchn_dom0_bind_virq(struct evtchn_sink *sink, unsigned int virq);
void evtchn_dom0_close(u32 port);
int evtchn_dom0_send(u32 port);
void evtchn_dom0_virq(unsigned int virq);

int cpu_state_init(struct vcpu *v);
void cpu_state_exit(struct vcpu *v);

/* ---- hypercall/grant_table.c, grant_host.c: grants ---- */
int grant_domain_alloc(struct domain *d);
u64 grant_overhead(const struct domain *d);
void grant_domain_free(struct domain *d);
int grant_domain_init(struct domain *d);
void grant_domain_exit(struct domain *d);
struct grant_map *grant_map_host(struct domain *d, u32 ref, bool readonly);
void grant_unmap_host(struct grant_map *map);
struct page *grant_map_page(const struct grant_map *map);
bool grant_map_readonly(const struct grant_map *map);
struct grant_pin;
int grant_pin_host(struct domain *d, u32 ref, bool readonly, struct grant_pin *pin);
int grant_permit_host(struct domain *d, u32 ref, u64 gpfn);

/* ---- sched/sched.c: who runs ---- */
int sched_pcpu_init(struct pcpu *p);
void sched_pcpu_exit(struct pcpu *p);
void sched_pcpu_online(struct pcpu *p);
void sched_evacuate(struct pcpu *p);
int sched_vcpu_init(struct vcpu *v);
void sched_vcpu_exit(struct vcpu *v);
struct vcpu *sched_pick(struct pcpu *p);
void sched_put_prev(struct pcpu *p);
bool sched_has_work(struct pcpu *p);
void sched_account_start(struct pcpu *p, u64 now_ns);
void sched_account_stop(struct pcpu *p, u64 now_ns);
void sched_wake(struct vcpu *v);
bool sched_block(struct vcpu *v);
void sched_yield_vcpu(struct vcpu *v);
void sched_up(struct vcpu *v);
void sched_down(struct vcpu *v);
void sched_stop_async(struct vcpu *v);
void sched_stop(struct vcpu *v);
void sched_resume(struct vcpu *v);
void sched_choose_affinity(struct vcpu *v, const struct cpumask *mask);
int sched_set_affinity(struct vcpu *v, const struct cpumask *mask);
unsigned int sched_get_affinity(struct vcpu *v, struct cpumask *mask);

/* ---- sched/account.c ---- */

/* What a pCPU did since the module was loaded. */
struct pcpu_account {
	u64 now_ns;			/* CLOCK_MONOTONIC, when this was read */
	u64 run_ns;			/* for vCPUs */
	u64 switches;
	u32 runnable;			/* vCPUs in its queue that can run, or do */
	bool running;			/* one does: */
	domid_t domain;
	u32 vcpu;
};
bool sched_pcpu_account(struct pcpu *p, struct pcpu_account *a);

/* ---- sched/params.c: domain 0's policy ---- */
#define SCHED_WARP_NS	10000000ULL	/* W of a new domain; it is not warped */
void sched_set_params(struct domain *d, const struct bvt_entity_params *params,
		      bool guest_warp);
void sched_update_vcpu(struct vcpu *v);
int sched_guest_warp(struct vcpu *v, bool on);
int sched_guest_wants_warp(struct vcpu *v);
void sched_set_system(u64 allowance_ns, u64 unit_ns);
void sched_get_system(u64 *allowance_ns, u64 *unit_ns);

/* ---- sched/host.c: domain 0's own tasks ---- */
bool host_run(struct pcpu *p);
void host_look(struct pcpu *p);
void sched_get_host_params(struct bvt_entity_params *params);
int sched_set_host_params(const struct bvt_entity_params *params);

/* ---- ptvalidate/ is in ptvalidate/ptvalidate.h ---- */

#endif
