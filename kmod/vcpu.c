// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The run loop
 *
 * One thread per pCPU runs all vCPUs there.  vcpu_thread() is the scheduler's
 * loop, vcpu_run() one vCPU's turn: its order is the architecture.
 *
 *	pick -> load state -> { finish what was begun -> enter -> why out -> handle }
 *	     -> put state back -> account -> let the host have its turn
 *
 * The thread is an ordinary task of domain 0's scheduler: when that wants another
 * one to run, need_resched() ends the turn.  How much it wants is up to sched/host.c.
 */
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "compat.h"
#include "lodge.h"
#include "time.h"
#include "trace.h"
#include "../ptvalidate/ptvalidate.h"

DEFINE_PER_CPU(struct pcpu, lodge_pcpu);

static bool hole_mmu = true;
module_param(hole_mmu, bool, 0644);
MODULE_PARM_DESC(hole_mmu, "let the switcher do common page-table updates of new domains (default: yes)");

/**
 * vcpu_should_yield - must this vCPU's turn end now?
 * @v: the vCPU, on this pCPU
 *
 * Long operations ask between bounded steps and return -ERESTART.
 *
 * Context: slice or sleepable.
 */
bool vcpu_should_yield(struct vcpu *v)
{
	const struct pcpu *p = READ_ONCE(v->pcpu);

	if (compat_need_resched())
		return true;
	/* On behalf of a vCPU that does not run yet (LODGE_START). */
	if (current != p->thread)
		return false;
	return local_softirq_pending() || READ_ONCE(p->need_pick) ||
	       READ_ONCE(v->domain->ended) || !READ_ONCE(p->online);
}

static void hypercall(struct vcpu *v)
{
	long ret = hypercall_dispatch(v);

	v->restart = ret == -ERESTART && v->hypercall_restarted;
	if (!v->restart)
		v->page->regs.rax = ret;
}

static void count_exit(struct vcpu *v, unsigned int vector)
{
	unsigned int class = vector < 32 ? vector : EXIT_CLASS_OTHER;

	if (vector == EXIT_NOT_ENTERED)
		return;
	if (vector == EXIT_HYPERCALL)
		class = EXIT_CLASS_HYPERCALL;
	else if (vector >= 32 && vector < 256)
		class = EXIT_CLASS_INTERRUPT;
	v->nr_exits[class]++;
}

static void inject_nmi(struct vcpu *v)
{
	struct vcpu_page *page = v->page;

	if (likely(!READ_ONCE(v->nmi_pending)) || page->inject.valid ||
	    (page->flags & VCPU_NMI_MASKED) || !page->nmi_address)
		return;
	WRITE_ONCE(v->nmi_pending, false);
	page->inject.valid = INJECT_NMI;
}

/* In a slice: go round until the vCPU must leave the pCPU, or sleep. */
static void vcpu_run_slice(struct pcpu *p, struct vcpu *v)
{
	unsigned int vector;

	while (!vcpu_should_yield(v) && !v->hypercall_sleeps) {
		if (unlikely(pt_undo(v) == -ERESTART))
			continue;
		if (unlikely(v->restart)) {
			hypercall(v);
			continue;
		}
		if (unlikely(!time_entry_ok(v)))
			time_update(v);
		inject_nmi(v);
		if (unlikely(READ_ONCE(v->windows_stale)))
			hole_load_vcpu(p, v);

		vector = switch_enter(p, v);
		count_exit(v, vector);
		trace_lodge_exit(v, vector);
		if (likely(vector == EXIT_HYPERCALL))
			hypercall(v);
		else
			trap_handle(v, vector);
		if (vector >= 32 && vector < 256) {
			time_update(v);
			host_look(p);
		}
	}
}

/*
 * A hypercall that sleeps is carried out between slices.  The vCPU pays for it, and
 * when its time is over the rest waits until its next turn.
 */
static void vcpu_run_sleeping(struct pcpu *p, struct vcpu *v)
{
	while (v->restart && v->hypercall_sleeps && !READ_ONCE(v->domain->ended) &&
	       READ_ONCE(p->online)) {
		sched_account_start(p, ktime_get_ns());
		hypercall(v);
		sched_account_stop(p, ktime_get_ns());
		compat_cond_resched();
		if (READ_ONCE(p->need_pick))
			break;
	}
}

static void vcpu_run(struct pcpu *p, struct vcpu *v)
{
	struct domain *d = v->domain;

	/*
	 * Whoever changes a page table after this sees us in the mask and waits
	 * for our answer to an IPI; what was changed before, our walks and the
	 * CR3 load see.  Pairs with domain_flush_others().
	 */
	cpumask_set_cpu(p->cpu, d->running_on);
	smp_mb__after_atomic();

	slice_begin(p, v);
	sched_account_start(p, ktime_get_ns());
	time_update(v);
	runstate_publish(v);
	vcpu_run_slice(p, v);
	sched_account_stop(p, ktime_get_ns());
	runstate_publish(v);	/* other vCPUs look whether this one runs */
	slice_end(p, v);
	vcpu_run_sleeping(p, v);

	smp_mb__before_atomic();
	cpumask_clear_cpu(p->cpu, d->running_on);
}

/**
 * vcpu_thread - a pCPU's thread: run whoever's turn it is
 * @data: struct pcpu
 *
 * Context: kthread bound to the pCPU.
 */
int vcpu_thread(void *data)
{
	struct pcpu *p = data;

	/*
	 * Bound is not enough: a pCPU that goes offline has its tasks pushed to
	 * others before it takes this thread down, and the window is the pCPU's.
	 */
	migrate_disable();
	while (!kthread_should_stop()) {
		struct vcpu *v = sched_pick(p);

		if (v)
			vcpu_run(p, v);
		else if (!host_run(p))
			wait_event_interruptible(p->wait, sched_has_work(p) ||
						 kthread_should_stop());
		compat_cond_resched();
	}
	sched_put_prev(p);
	migrate_enable();
	return 0;
}

static void answer(void *unused)
{
}

/**
 * domain_flush_others - no other pCPU uses an old translation of this domain
 * @d: the domain
 *
 * Waits until each pCPU that runs one of its vCPUs has taken an interrupt:
 * inside the guest that means leaving, which flushes; in a guest_mem walk it
 * means that the walk is over.
 *
 * Context: IRQs on; may hold mmu_lock; does not sleep.
 */
void domain_flush_others(struct domain *d)
{
	unsigned int others;

	lockdep_assert_irqs_enabled();
	smp_mb();		/* page-table writes before the mask is read: vcpu_run() */
	preempt_disable();
	others = cpumask_weight(d->running_on) -
		 cpumask_test_cpu(smp_processor_id(), d->running_on);
	if (others)
		smp_call_function_many(d->running_on, answer, NULL, true);
	preempt_enable();
	atomic64_inc(&d->nr_flushes);
	atomic64_add(others, &d->nr_flush_ipis);
}

/**
 * domain_flush_vcpus - the flush of some vCPUs' TLBs that a guest asks for
 * @v: the caller; its own TLB is empty while it is here
 * @vcpus: bit N: vCPU N
 *
 * One that is in no pCPU's hands has nothing in a TLB either, and loads its
 * tables when it comes back: sched_pick() has made it current before vcpu_run()'s
 * barrier, which pairs with ours.
 *
 * Context: slice.
 */
void domain_flush_vcpus(struct vcpu *v, unsigned long vcpus)
{
	struct cpumask *mask = this_cpu_read(lodge_pcpu.flush_mask);
	struct domain *d = v->domain;
	unsigned int id;

	lockdep_assert_irqs_enabled();
	smp_mb();		/* page-table writes before current_vcpu is read */
	cpumask_clear(mask);
	for_each_set_bit(id, &vcpus, d->nr_vcpus)
		if (id != v->id && time_is_current(d->vcpu[id]))
			cpumask_set_cpu(READ_ONCE(d->vcpu[id]->pcpu)->cpu, mask);
	cpumask_clear_cpu(smp_processor_id(), mask);
	if (!cpumask_empty(mask))
		smp_call_function_many(mask, answer, NULL, true);
	atomic64_inc(&d->nr_flushes);
	atomic64_add(cpumask_weight(mask), &d->nr_flush_ipis);
}

/**
 * domain_mmu_lock - page tables and frames stay as they are
 * @d: the domain
 *
 * Takes mmu_lock and keeps the switcher out, which changes page tables and
 * counts as well (switcher/mmu.c).  That never waits for us, and is done with
 * what it has begun in a bounded time, with IRQs off.
 *
 * Context: IRQs on; slice or sleepable.
 */
void domain_mmu_lock(struct domain *d)
{
	u32 *word = &d->page->mmu_word;

	spin_lock(&d->mmu_lock);
	atomic_or(MMU_HOST, (atomic_t *)word);
	smp_cond_load_acquire(word, VAL == MMU_HOST);
}

/**
 * domain_mmu_unlock - undo domain_mmu_lock()
 * @d: the domain
 */
void domain_mmu_unlock(struct domain *d)
{
	smp_store_release(&d->page->mmu_word, 0);
	spin_unlock(&d->mmu_lock);
}

/**
 * domain_mmu_abandoned - a vCPU's switcher has failed, perhaps with the lock
 * @v: the vCPU, out of the guest for good
 *
 * Context: slice.
 */
void domain_mmu_abandoned(struct vcpu *v)
{
	atomic_t *word = (atomic_t *)&v->domain->page->mmu_word;

	if ((atomic_read(word) & ~MMU_HOST) == v->id + 1)
		atomic_and(MMU_HOST, word);
}

/**
 * pcpu_kick - make a pCPU look at need_pick and at its vCPU's events
 * @p: the pCPU
 *
 * Wakes its thread, or makes the guest it is in come out.  The caller has set
 * what there is to see before.
 *
 * Context: any, rq_lock not held.
 */
void pcpu_kick(struct pcpu *p)
{
	int cpu;

	if (wq_has_sleeper(&p->wait))
		wake_up(&p->wait);
	cpu = get_cpu();
	if (p->cpu != cpu && READ_ONCE(p->current_vcpu) && READ_ONCE(p->online))
		smp_send_reschedule(p->cpu);
	put_cpu();
}

/**
 * vcpu_kick - make a vCPU that is inside the guest notice an event
 * @v: the vCPU
 *
 * Context: any.
 */
void vcpu_kick(struct vcpu *v)
{
	struct pcpu *p = READ_ONCE(v->pcpu);

	if (p && READ_ONCE(p->current_vcpu) == v)
		pcpu_kick(p);
}

/**
 * domain_stop_vcpus - take all vCPUs off their pCPUs, and wait for it
 * @d: the domain
 *
 * Context: sleepable, not on a vCPU's behalf.
 */
void domain_stop_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			sched_stop(d->vcpu[i]);
}

/**
 * domain_start_vcpus - let the vCPUs that domain_stop_vcpus() stopped run again
 * @d: the domain
 *
 * Context: sleepable.
 */
void domain_start_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			sched_resume(d->vcpu[i]);
}

/**
 * vcpu_create - make a vCPU, down and without state
 * @d: its domain, under construction
 * @id: its number, below d->nr_vcpus
 *
 * Return: the vCPU or NULL (no memory).
 * Context: sleepable.
 */
struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = kzalloc(offsetof(struct vcpu, affinity) + cpumask_size(),
				 GFP_KERNEL_ACCOUNT);

	if (!v)
		return NULL;
	v->domain = d;
	v->id = id;
	v->page = (struct vcpu_page *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!v->page)
		goto free;
	v->page->max_mfn = hole_max_mfn();
	v->page->flags = VCPU_KERNEL_MODE;
	v->page->domid = d->id;
	v->page->vcpu_id = id;
	v->page->alone = d->nr_vcpus == 1;
	v->page->mmu_fast = hole_mmu;
	if (vcpu_xstate_init(v))
		goto free_page;
	if (cpu_state_init(v))
		goto free_xstate;
	if (sched_vcpu_init(v))
		goto exit_state;
	time_vcpu_init(v);
	mutex_lock(&d->lock);
	sched_update_vcpu(v);	/* what was set while it was not there yet */
	d->vcpu[id] = v;
	mutex_unlock(&d->lock);
	return v;

exit_state:
	cpu_state_exit(v);
free_xstate:
	vcpu_xstate_exit(v);
free_page:
	free_page((unsigned long)v->page);
free:
	kfree(v);
	return NULL;
}

/**
 * vcpu_destroy - undo vcpu_create(); the vCPU is stopped
 * @v: the vCPU
 *
 * Context: sleepable.
 */
void vcpu_destroy(struct vcpu *v)
{
	v->domain->vcpu[v->id] = NULL;
	time_vcpu_exit(v);
	sched_vcpu_exit(v);
	cpu_state_exit(v);
	vcpu_xstate_exit(v);
	free_page((unsigned long)v->page);
	kfree(v);
}
