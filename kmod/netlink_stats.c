// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Netlink, counters
 *
 * What domains, vCPUs and pCPUs did so far: the sets "stats", "vcpu" and "pcpu",
 * and the dumps of them.  Counters belong to running vCPUs and are read as they
 * are; each set says when, so that a rate is exact whenever the answer comes.
 * A message has room for every counter that there can be.
 */
#include <linux/kernel_stat.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <net/genetlink.h>

#include "compat.h"
#include "netlink.h"

/**
 * netlink_put_counter() - the set "counter"
 * @skb: message
 * @attr: as what
 * @id: its number
 * @name: or NULL
 * @count: zero is left out
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_counter(struct sk_buff *skb, int attr, u32 id, const char *name, u64 count)
{
	struct nlattr *nest;

	if (!count)
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, LODGE_A_COUNTER_ID, id) ||
	    (name && nla_put_string(skb, LODGE_A_COUNTER_NAME, name)) ||
	    nla_put_u64_64bit(skb, LODGE_A_COUNTER_COUNT, count, LODGE_A_COUNTER_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static const char * const exit_class[EXIT_CLASSES] = {
	[0] = "divide", [1] = "debug", [2] = "nmi", [3] = "breakpoint",
	[4] = "overflow", [5] = "bounds", [6] = "invalid-opcode", [7] = "no-fpu",
	[8] = "double-fault", [10] = "tss", [11] = "segment", [12] = "stack",
	[13] = "protection", [14] = "page-fault", [16] = "fpu", [17] = "alignment",
	[18] = "machine-check", [19] = "simd", [21] = "control-protection",
	[EXIT_CLASS_HYPERCALL] = "hypercall", [EXIT_CLASS_INTERRUPT] = "interrupt",
	[EXIT_CLASS_OTHER] = "other",
};

static int put_exits(struct sk_buff *skb, int attr, const struct vcpu_counters *c)
{
	u32 i;

	for (i = 0; i < EXIT_CLASSES; i++) {
		if (netlink_put_counter(skb, attr, i, exit_class[i], c->exits_of[i]))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * netlink_put_stats() - the set "stats"
 * @skb: message
 * @d: the domain
 *
 * Context: sleepable; takes d->lock.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_stats(struct sk_buff *skb, struct domain *d)
{
	const int pad = LODGE_A_STATS_PAD;
	struct vcpu_counters c;
	u64 overhead, now_ns;
	u32 i;

	mutex_lock(&d->lock);
	now_ns = ktime_get_ns();
	domain_count(d, &c);
	overhead = domain_overhead(d);
	mutex_unlock(&d->lock);
	if (nla_put_u32(skb, LODGE_A_STATS_ID, d->id) ||
	    netlink_put_name(skb, LODGE_A_STATS_NAME, d) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_CPU_TIME, c.run_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_EXITS, c.exits, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_SYSCALLS, c.syscalls, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_BOUNCES, c.bounces, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_IRETS, c.irets, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_EVENTS, c.events, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_HOLE_HYPERCALLS, c.hole_hypercalls, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_PTWR, READ_ONCE(d->nr_ptwr), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_FLUSHES, atomic64_read(&d->nr_flushes), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_FLUSH_IPIS,
			      atomic64_read(&d->nr_flush_ipis), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_MEMORY,
			      (u64)READ_ONCE(d->tot_pages) << PAGE_SHIFT, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_OVERHEAD, overhead, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_WAIT_TIME, c.wait_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_STATS_NOW, now_ns, pad) ||
	    put_exits(skb, LODGE_A_STATS_EXIT, &c))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(d->nr_hypercalls); i++) {
		if (netlink_put_counter(skb, LODGE_A_STATS_HYPERCALL, i, NULL,
					READ_ONCE(d->nr_hypercalls[i])))
			return -EMSGSIZE;
	}
	return 0;
}

/* What netlink_put_vcpu() says, copied while the vCPU cannot go. */
struct vcpu_copy {
	struct vcpu_counters c;
	u64 now_ns;
	u32 state;
	int cpu;
	cpumask_t affinity;
};

static bool copy_vcpu(struct vcpu_copy *copy, struct domain *d, unsigned int id)
{
	static const u32 state[] = {
		[VCPU_DOWN]	= LODGE_VCPU_STATE_DOWN,
		[VCPU_RUNNABLE]	= LODGE_VCPU_STATE_RUNNABLE,
		[VCPU_BLOCKED]	= LODGE_VCPU_STATE_BLOCKED,
		[VCPU_STOPPED]	= LODGE_VCPU_STATE_STOPPED,
	};
	struct pcpu *p;
	struct vcpu *v;

	memset(copy, 0, sizeof(*copy));
	mutex_lock(&d->lock);
	v = d->vcpu[id];
	if (v) {
		copy->now_ns = ktime_get_ns();
		domain_count_vcpu(&copy->c, v);
		copy->state = state[READ_ONCE(v->state)];
		p = READ_ONCE(v->pcpu);
		copy->cpu = p ? p->cpu : -1;
		sched_get_affinity(v, &copy->affinity);
	}
	mutex_unlock(&d->lock);
	return v;
}

static int put_vcpu_copy(struct sk_buff *skb, struct domain *d, u32 id,
			 const struct vcpu_copy *copy)
{
	const int pad = LODGE_A_VCPU_PAD;
	char affinity[128];

	scnprintf(affinity, sizeof(affinity), "%*pbl", cpumask_pr_args(&copy->affinity));
	if (nla_put_u32(skb, LODGE_A_VCPU_ID, d->id) ||
	    netlink_put_name(skb, LODGE_A_VCPU_NAME, d) ||
	    nla_put_u32(skb, LODGE_A_VCPU_INDEX, id) ||
	    nla_put_u32(skb, LODGE_A_VCPU_STATE, copy->state) ||
	    (copy->cpu >= 0 && nla_put_u32(skb, LODGE_A_VCPU_PCPU, copy->cpu)) ||
	    nla_put_string(skb, LODGE_A_VCPU_AFFINITY, affinity) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_CPU_TIME, copy->c.run_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_EXITS, copy->c.exits, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_SYSCALLS, copy->c.syscalls, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_BOUNCES, copy->c.bounces, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_IRETS, copy->c.irets, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_EVENTS, copy->c.events, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_HOLE_HYPERCALLS, copy->c.hole_hypercalls, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_WAIT_TIME, copy->c.wait_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_VCPU_NOW, copy->now_ns, pad) ||
	    put_exits(skb, LODGE_A_VCPU_EXIT, &copy->c))
		return -EMSGSIZE;
	return 0;
}

/* The set "vcpu". Return: 0, -EMSGSIZE, -ENOMEM, or -ENOENT if it is gone. */
static int put_vcpu(struct sk_buff *skb, struct domain *d, unsigned int id)
{
	struct vcpu_copy *copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	int ret = -ENOENT;

	if (!copy)
		return -ENOMEM;
	if (copy_vcpu(copy, d, id))
		ret = put_vcpu_copy(skb, d, id, copy);
	kfree(copy);
	return ret;
}


/* How long the host's own scheduler had nothing to run there, its idle task apart. */
static u64 host_idle_ns(unsigned int cpu)
{
	u64 idle_us = get_cpu_idle_time_us(cpu, NULL);
	u64 iowait_us = get_cpu_iowait_time_us(cpu, NULL);
	const u64 *stat = kcpustat_cpu(cpu).cpustat;

	/* Without a tick that stops it is counted in ticks. */
	if (idle_us == -1ULL || iowait_us == -1ULL)
		return READ_ONCE(stat[CPUTIME_IDLE]) + READ_ONCE(stat[CPUTIME_IOWAIT]);
	return (idle_us + iowait_us) * NSEC_PER_USEC;
}

/* The set "pcpu". Return: 0, -EMSGSIZE, or -ENOENT if it is offline. */
static int put_pcpu(struct sk_buff *skb, unsigned int cpu)
{
	const int pad = LODGE_A_PCPU_PAD;
	struct pcpu_account a;

	if (!sched_pcpu_account(per_cpu_ptr(&lodge_pcpu, cpu), &a))
		return -ENOENT;
	if (nla_put_u32(skb, LODGE_A_PCPU_CPU, cpu) ||
	    nla_put_u64_64bit(skb, LODGE_A_PCPU_NOW, a.now_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_PCPU_RUN_TIME, a.run_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_PCPU_IDLE_TIME, host_idle_ns(cpu), pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_PCPU_SWITCHES, a.switches, pad) ||
	    nla_put_u32(skb, LODGE_A_PCPU_RUNNABLE, a.runnable) ||
	    (a.running && nla_put_u32(skb, LODGE_A_PCPU_DOMAIN, a.domain)) ||
	    (a.running && nla_put_u32(skb, LODGE_A_PCPU_VCPU, a.vcpu)))
		return -EMSGSIZE;
	return 0;
}

/* ---- dumps ---- */

/**
 * netlink_pcpu_dumpit() - PCPU_GET: a message for each pCPU that runs vCPUs
 * @skb: reply
 * @cb: its args[0]: the next CPU
 *
 * Context: sleepable.
 * Return: length, 0 at the end, or an errno.
 */
int netlink_pcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int cpu = cb->args[0];
	int ret = 0;

	for (; cpu < nr_cpu_ids; cpu++) {
		void *header;

		if (!cpu_possible(cpu))
			continue;
		header = netlink_dump_begin(skb, cb, LODGE_CMD_PCPU_GET);
		ret = netlink_dump_end(skb, header, header ? put_pcpu(skb, cpu) : -EMSGSIZE);
		if (ret && ret != -ENOENT)
			break;
		ret = 0;
	}
	cb->args[0] = cpu;
	return skb->len ?: ret;
}

/**
 * netlink_vcpu_start() - VCPU_GET: of one domain, or of all if none is named
 * @cb: its args[0]: the domain, with a reference, or NULL
 *
 * Context: sleepable.
 * Return: 0 or what netlink_dump_domain() says.
 */
int netlink_vcpu_start(struct netlink_callback *cb)
{
	struct domain *d = netlink_dump_domain(cb);

	if (IS_ERR(d))
		return PTR_ERR(d);
	cb->args[0] = (long)d;
	return 0;
}

/* From vCPU @first on; it is moved to the one that did not fit. */
static int dump_vcpus(struct sk_buff *skb, struct netlink_callback *cb, struct domain *d,
		      long *first)
{
	int ret;

	for (; *first < d->nr_vcpus; ++*first) {
		void *header = netlink_dump_begin(skb, cb, LODGE_CMD_VCPU_GET);

		ret = header ? put_vcpu(skb, d, *first) : -EMSGSIZE;
		ret = netlink_dump_end(skb, header, ret);
		/* An ended domain has none any more. */
		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

/**
 * netlink_vcpu_dumpit() - VCPU_GET
 * @skb: reply
 * @cb: its args[0]: as netlink_vcpu_start() says; args[1]: the next vCPU; args[2]:
 *	the id of its domain, if all are wanted
 *
 * Context: sleepable; takes d->lock.
 * Return: length, 0 at the end, or an errno.
 */
int netlink_vcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct domain *d = (struct domain *)cb->args[0];
	unsigned int id = cb->args[2];
	int ret = 0;

	if (d) {
		ret = dump_vcpus(skb, cb, d, &cb->args[1]);
		return skb->len ?: ret;
	}
	while (!ret && (d = domain_get_next(&id))) {
		if (id != cb->args[2])
			cb->args[1] = 0;	/* the one that was half told is gone */
		cb->args[2] = id;
		ret = dump_vcpus(skb, cb, d, &cb->args[1]);
		domain_put(d);
		if (!ret) {
			cb->args[1] = 0;
			cb->args[2] = ++id;
		}
	}
	return skb->len ?: ret;
}

/**
 * netlink_vcpu_done() - the end of netlink_vcpu_start()
 * @cb: its args[0]: the domain, or NULL
 *
 * Context: sleepable.
 */
int netlink_vcpu_done(struct netlink_callback *cb)
{
	struct domain *d = (struct domain *)cb->args[0];

	if (d)
		domain_put(d);
	return 0;
}
