// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The start of a domain
 *
 * From a creator that fills memory to a guest that runs: the memory is taken
 * away from user space, the page tables are validated, vCPU 0 gets its
 * registers.  Called by chardev.c; domain_end.c seals memory too.  Guest
 * tables are ptvalidate's business.
 */
#include <linux/mm.h>
#include <asm/processor-flags.h>

#include "../ptvalidate/ptvalidate.h"
#include "lodge.h"
#include "uapi/lodge_netlink.h"

/**
 * domain_set_mapping() - where the builder's mappings of the memory will be
 * @d: the domain
 * @mapping: address space of the builder's file
 *
 * Context: sleepable, before the file can be mapped.
 */
void domain_set_mapping(struct domain *d, struct address_space *mapping)
{
	mutex_lock(&d->life_lock);
	d->mapping = mapping;
	mutex_unlock(&d->life_lock);
}

/**
 * domain_seal_memory() - take the memory away from user space
 * @d: the domain
 *
 * Faults check @sealed under @lock, so after the flag is up and the mappings
 * are zapped (which flushes TLBs), no thread can write any more, in the middle
 * of a copy or not; it gets SIGBUS or -EFAULT.  Mappings are VM_PFNMAP|VM_IO:
 * nobody can have pinned the pages.
 *
 * Context: sleepable, life_lock held.
 */
void domain_seal_memory(struct domain *d)
{
	lockdep_assert_held(&d->life_lock);
	mutex_lock(&d->lock);
	d->sealed = true;
	mutex_unlock(&d->lock);
	if (d->mapping)
		unmap_mapping_range(d->mapping, lodge_mmap_offset(d->id),
				    (loff_t)d->nr_pages << PAGE_SHIFT, 1);
}

static void unseal_memory(struct domain *d)
{
	mutex_lock(&d->lock);
	d->sealed = false;
	mutex_unlock(&d->lock);
}

/* A guest address that its kernel may use: canonical, outside the hole. */
static bool guest_address_ok(u64 gva)
{
	return (s64)gva == (s64)(gva << 16) >> 16 && (gva < HOLE_START || gva >= HOLE_END);
}

static int check_start(struct domain *d, const struct lodge_start *start)
{
	if (start->flags & ~LODGE_START_PAUSED || start->reserved) {
		domain_set_reason(d, "LODGE_START has unknown flags");
		return -EINVAL;
	}
	if (!guest_address_ok(start->rip) || !guest_address_ok(start->rsp) ||
	    !guest_address_ok(start->start_info)) {
		domain_set_reason(d, "LODGE_START has an address that no guest can use");
		return -EINVAL;
	}
	if (start->l4_gpfn >= d->nr_pages) {
		domain_set_reason(d, "LODGE_START names a page table outside the domain");
		return -EINVAL;
	}
	return 0;
}

/* As the Xen ABI wants it: flat kernel segments, RSI = start_info, events masked. */
static void set_start_registers(struct vcpu *v, const struct lodge_start *start)
{
	struct vcpu_page *page = v->page;

	memset(&page->regs, 0, sizeof(page->regs));
	page->regs.rip = start->rip;
	page->regs.cs = SEL_GUEST_CS64;
	page->regs.rflags = X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	page->regs.rsp = start->rsp;
	page->regs.ss = SEL_GUEST_DS;
	page->regs.rsi = start->start_info;
	page->kernel_sp = start->rsp;
	page->kernel_ss = SEL_GUEST_DS;
	page->flags |= VCPU_KERNEL_MODE;
}

static void mask_events(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < min_t(unsigned int, d->nr_vcpus, MAX_VIRT_CPUS); i++)
		d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
}

static void forget_build_mfns(struct domain *d)
{
	u64 *mfns = d->build_mfns;

	mutex_lock(&d->lock);
	d->build_mfns = NULL;
	mutex_unlock(&d->lock);
	kvfree(mfns);
}

static int start_locked(struct domain *d, const struct lodge_start *start)
{
	int ret;

	if (d->state != DOMAIN_BUILDING)
		return d->state == DOMAIN_RUNNING ? -EALREADY : -ESHUTDOWN;
	if (d->ended)
		return -ESHUTDOWN;
	ret = check_start(d, start);
	if (ret)
		return ret;

	domain_seal_memory(d);
	mask_events(d);
	ret = pt_start_vcpu(d->vcpu[0], d->build_mfns[start->l4_gpfn]);
	if (ret) {
		unseal_memory(d);
		return ret == -EINTR ? ret : -EINVAL;	/* which rule, the reason tells */
	}
	set_start_registers(d->vcpu[0], start);
	forget_build_mfns(d);
	domain_set_reason(d, "%s", "");	/* of an earlier attempt */

	mutex_lock(&d->lock);
	d->paused_by_user = start->flags & LODGE_START_PAUSED;
	WRITE_ONCE(d->pause_count, d->paused_by_user);
	WRITE_ONCE(d->state, DOMAIN_RUNNING);
	mutex_unlock(&d->lock);
	time_update_wallclock(d);
	netlink_notify(d, LODGE_CMD_STARTED_NTF);
	if (d->paused_by_user)
		domain_stop_vcpus(d);	/* before one is up: unpause resumes them */
	sched_up(d->vcpu[0]);
	return 0;
}

/**
 * domain_start() - let a built domain live
 * @d: the domain
 * @start: LODGE_START's
 *
 * User space loses its mappings of the memory first, so what is validated is
 * what runs.  If this fails the domain is still under construction and may be
 * mapped, changed and started again; domain_get_reason() has a sentence.
 *
 * Context: sleepable.
 * Return: 0, -EINVAL (a bad argument, or page tables that
 * break a rule), -EALREADY (started before), -ESHUTDOWN (destroyed), -EINTR.
 */
int domain_start(struct domain *d, const struct lodge_start *start)
{
	int ret;

	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	ret = start_locked(d, start);
	mutex_unlock(&d->life_lock);
	return ret;
}
