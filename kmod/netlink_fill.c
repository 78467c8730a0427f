// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What netlink replies say
 *
 * Each function here copies what it needs of a domain under d->lock, and puts
 * one attribute set of uapi/lodge_netlink.h.  Counters belong to running vCPUs
 * and are read as they are.  Called by netlink.c alone; changes nothing.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <asm/cpufeature.h>
#include <asm/pgtable.h>
#include <net/netlink.h>

#include "../ptvalidate/ptvalidate.h"
#include "netlink.h"

static u32 visible_state(const struct domain *d, u8 shutdown)
{
	switch (d->state) {
	case DOMAIN_BUILDING:
		return LODGE_DOMAIN_STATE_BUILDING;
	case DOMAIN_RUNNING:
		if (test_bit(DOMAIN_END_BIT, &d->ended))
			return LODGE_DOMAIN_STATE_DYING;
		if (d->ended)
			return shutdown == SHUTDOWN_suspend ? LODGE_DOMAIN_STATE_SUSPENDED
							    : LODGE_DOMAIN_STATE_PRESERVED;
		return d->paused_by_user ? LODGE_DOMAIN_STATE_PAUSED
					 : LODGE_DOMAIN_STATE_RUNNING;
	case DOMAIN_DYING:
		return LODGE_DOMAIN_STATE_DYING;
	default:
		return LODGE_DOMAIN_STATE_ENDED;
	}
}

/**
 * netlink_put_domain() - the set "domain"
 * @skb: message
 * @d: the domain, in any state
 *
 * Context: sleepable; takes d->lock.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_domain(struct sk_buff *skb, struct domain *d)
{
	char name[LODGE_NAME_MAX], reason[LODGE_REASON_MAX];
	u8 shutdown = domain_get_reason(d, reason);
	u64 end_ns, memory, memory_max;
	struct vcpu_counters c;
	u32 state, weight;

	BUILD_BUG_ON((int)LODGE_SHUTDOWN_CODE_DESTROYED != LODGE_SHUTDOWN_DESTROYED ||
		     (int)LODGE_SHUTDOWN_CODE_NONE != LODGE_SHUTDOWN_NONE ||
		     (int)LODGE_SHUTDOWN_CODE_SOFT_RESET != SHUTDOWN_soft_reset);
	mutex_lock(&d->lock);
	strscpy(name, d->name, sizeof(name));
	state = visible_state(d, shutdown);
	memory = (u64)READ_ONCE(d->tot_pages) << PAGE_SHIFT;
	memory_max = (u64)d->max_pages << PAGE_SHIFT;
	weight = d->sched_params.weight;
	end_ns = d->died_ns ?: ktime_get_boottime_ns();
	domain_count(d, &c);
	mutex_unlock(&d->lock);

	if (nla_put_u32(skb, LODGE_A_DOMAIN_ID, d->id) ||
	    nla_put_string(skb, LODGE_A_DOMAIN_NAME, name) ||
	    nla_put(skb, LODGE_A_DOMAIN_UUID, sizeof(d->uuid), d->uuid) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_STATE, state) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_SHUTDOWN, shutdown) ||
	    (reason[0] && nla_put_string(skb, LODGE_A_DOMAIN_REASON, reason)) ||
	    nla_put_u64_64bit(skb, LODGE_A_DOMAIN_MEMORY, memory, LODGE_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(skb, LODGE_A_DOMAIN_MEMORY_MAX, memory_max,
			      LODGE_A_DOMAIN_PAD) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_VCPUS, d->nr_vcpus) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_WEIGHT, weight) ||
	    nla_put_u64_64bit(skb, LODGE_A_DOMAIN_CREATED, d->created_real_ns,
			      LODGE_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(skb, LODGE_A_DOMAIN_UPTIME, end_ns - d->created_ns,
			      LODGE_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(skb, LODGE_A_DOMAIN_CPU_TIME, c.run_ns, LODGE_A_DOMAIN_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * netlink_put_name() - what a domain is called now
 * @skb: message
 * @attr: LODGE_A_*_NAME
 * @d: the domain
 *
 * Context: sleepable; takes d->lock.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_name(struct sk_buff *skb, int attr, struct domain *d)
{
	char name[LODGE_NAME_MAX];

	domain_get_name(d, name);
	return nla_put_string(skb, attr, name);
}

/**
 * netlink_put_audit() - the set "audit"
 * @skb: message
 * @d: the domain
 * @result: pt_audit()'s
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_audit(struct sk_buff *skb, struct domain *d,
		      const struct pt_audit_result *result)
{
	const int pad = LODGE_A_AUDIT_PAD;

	if (nla_put_u32(skb, LODGE_A_AUDIT_ID, d->id) ||
	    netlink_put_name(skb, LODGE_A_AUDIT_NAME, d) ||
	    nla_put_u64_64bit(skb, LODGE_A_AUDIT_MISMATCHES, result->mismatches, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_AUDIT_FRAMES, result->frames, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_AUDIT_TABLES, result->tables, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_AUDIT_PARTIAL, result->partial, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_AUDIT_REFS, result->refs, pad))
		return -EMSGSIZE;
	return 0;
}

static int put_features(struct sk_buff *skb)
{
	const struct {
		const char *name;
		bool on;
	} feature[] = {
		{ "la57",	pgtable_l5_enabled() },
		{ "pti",	boot_cpu_has(X86_FEATURE_PTI) },
		{ "pcid",	boot_cpu_has(X86_FEATURE_PCID) },
		{ "invpcid",	boot_cpu_has(X86_FEATURE_INVPCID) },
		{ "smep",	boot_cpu_has(X86_FEATURE_SMEP) },
		{ "smap",	boot_cpu_has(X86_FEATURE_SMAP) },
		{ "umip",	boot_cpu_has(X86_FEATURE_UMIP) },
		{ "fsgsbase",	boot_cpu_has(X86_FEATURE_FSGSBASE) },
		{ "pku",	boot_cpu_has(X86_FEATURE_PKU) },
		{ "xsave",	boot_cpu_has(X86_FEATURE_XSAVE) },
		{ "avx",	boot_cpu_has(X86_FEATURE_AVX) },
		{ "avx512f",	boot_cpu_has(X86_FEATURE_AVX512F) },
		{ "invtsc",	boot_cpu_has(X86_FEATURE_NONSTOP_TSC) },
		{ "hypervisor",	boot_cpu_has(X86_FEATURE_HYPERVISOR) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(feature); i++) {
		if (feature[i].on &&
		    nla_put_string(skb, LODGE_A_INFO_FEATURE, feature[i].name))
			return -EMSGSIZE;
	}
	return 0;
}

static u32 count_pcpus(void)
{
	unsigned int cpu;
	u32 n = 0;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu(lodge_pcpu, cpu).online);
	return n;
}

/**
 * netlink_put_info() - the set "info"
 * @skb: message
 *
 * Context: sleepable; takes domains_lock.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_info(struct sk_buff *skb)
{
	u64 free = (u64)max_t(long, si_mem_available(), 0) << PAGE_SHIFT;
	const int pad = LODGE_A_INFO_PAD;
	unsigned int live, ended;

	domains_count(&live, &ended);
	if (nla_put_string(skb, LODGE_A_INFO_VERSION, THIS_MODULE->version) ||
	    nla_put_u32(skb, LODGE_A_INFO_ABI, LODGE_ABI_VERSION) ||
	    nla_put_string(skb, LODGE_A_INFO_KERNEL, init_utsname()->release) ||
	    nla_put_string(skb, LODGE_A_INFO_CPU, boot_cpu_data.x86_model_id) ||
	    nla_put_string(skb, LODGE_A_INFO_TLB, "flush") ||
	    nla_put_u32(skb, LODGE_A_INFO_PCPUS, count_pcpus()) ||
	    nla_put_u32(skb, LODGE_A_INFO_DOMAINS, live) ||
	    nla_put_u32(skb, LODGE_A_INFO_ENDED, ended) ||
	    nla_put_u64_64bit(skb, LODGE_A_INFO_FRAMES, frames_in_use(), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_INFO_MAX_MFN, hole_max_mfn(), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_INFO_MEMORY_FREE, free, pad))
		return -EMSGSIZE;
	return put_features(skb);
}
