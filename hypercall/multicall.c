// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Multicall
 *
 * A list of hypercalls, carried out in order, each with its result written
 * back.  The list is guest memory: an entry is copied once, and the copy is
 * kept in the vCPU while its call is preempted, so that v->resume always
 * belongs to the arguments it was made for.
 *
 * A multicall ends when the vCPU leaves kernel mode (XSA-213): going on would
 * do kernel-only work for user mode.  Only iret can do that, and like on Xen
 * iret ends a multicall in any case.
 */
#include <linux/string.h>
#include "hypercall.h"

#define MULTICALL_RESULT	offsetof(struct multicall_entry, result)

/* One entry; -ERESTART leaves it in v->multicall. */
static long run_entry(struct vcpu *v, const struct multicall_entry *entry)
{
	const struct hypercall *hc = hypercall_lookup(entry->op);
	struct hypercall_args args = {};
	unsigned int i;

	if (!hc)
		return -ENOSYS;
	if (hc->flags & HC_NO_MULTICALL)
		return -EINVAL;
	if ((hc->flags & HC_SLEEPS) && !hypercall_may_sleep(v))
		return -ERESTART;

	for (i = 0; i < hc->nargs; i++)
		args.a[i] = entry->args[i];
	return hc->fn(v, &args);
}

static bool leaves(const struct multicall_entry *entry)
{
	const struct hypercall *hc = hypercall_lookup(entry->op);

	return hc && (hc->flags & HC_LEAVES);
}

/**
 * hc_multicall() - __HYPERVISOR_multicall
 * @v: the caller
 * @args: address of the list, number of entries
 *
 * Return: 0 when all were carried out, whatever their results; -EFAULT if an
 * entry could not be read or its result not written; -ERESTART; or what an iret
 * in it loads into RAX.
 */
long hc_multicall(struct vcpu *v, struct hypercall_args *args)
{
	const u32 nr_calls = args->a[1];
	struct multicall_state *mc = &v->multicall;
	bool first = true;
	u64 gva;
	long ret;

	for (; mc->done < nr_calls; mc->done++, first = false) {
		gva = args->a[0] + (u64)mc->done * sizeof(mc->entry);
		if (!mc->loaded) {
			ret = -ERESTART;
			if (!first && (v->hypercall_sleeps || vcpu_should_yield(v)))
				goto restart;
			ret = -EFAULT;
			if (copy_from_guest(v, &mc->entry, gva, sizeof(mc->entry)))
				goto out;
			mc->loaded = true;
			hypercall_count(v, mc->entry.op);
		}

		ret = run_entry(v, &mc->entry);
		if (leaves(&mc->entry)) {
			mc->left = true;
			goto out;
		}
		if (ret == -ERESTART)
			return ret;
		memset(&v->resume, 0, sizeof(v->resume));
		mc->loaded = false;

		if (WARN_ON_ONCE(!guest_kernel_mode(v))) {
			domain_kill(v->domain, "a multicall left kernel mode");
			break;
		}
		mc->entry.result = ret;
		ret = -EFAULT;
		if (copy_to_guest(v, gva + MULTICALL_RESULT, &mc->entry.result,
				  sizeof(mc->entry.result)))
			goto out;
	}
	ret = 0;
out:
	mc->loaded = false;
	mc->done = 0;
	return ret;
restart:
	/* Between two entries: whatever the last one needed, start in a slice. */
	v->hypercall_sleeps = false;
	return ret;
}
