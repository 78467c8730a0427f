// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/privcmd
 *
 * On Xen the door to all that a tool stack may do.  Here it answers one
 * question, in the two ways in which it is put: which domains are there
 * (xc_domain_getinfo() and xc_domain_getinfolist() of libxenctrl)?  xenstored
 * asks it to learn who has ended.  Everything else is lodge's own business
 * (netlink, /dev/lodge) and -ENOSYS here.
 *
 * The structures are those of Xen 4.17; like Xen, a caller that was built for
 * another version gets -EACCES.  Must not change anything.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <xen/interface/xen.h>
#include <xen/privcmd.h>

#include "../lodge.h"
#include "backend.h"

#define DOMCTL_VERSION		0x15
#define DOMCTL_GETDOMAININFO	5
#define SYSCTL_VERSION		0x15
#define SYSCTL_GETDOMAININFOLIST 6

#define DOMINF_DYING		(1u << 0)
#define DOMINF_SHUTDOWN		(1u << 2)
#define DOMINF_PAUSED		(1u << 3)
#define DOMINF_BLOCKED		(1u << 4)
#define DOMINF_RUNNING		(1u << 5)
#define DOMINF_CODE_SHIFT	16

#define NO_VCPUS		(~0u)

/* struct xen_domctl_getdomaininfo (xen/include/public/domctl.h) */
struct domain_info {
	u16 domain;
	u16 pad1;
	u32 flags;
	u64 tot_pages, max_pages;
	u64 outstanding_pages, shr_pages, paged_pages;
	u64 shared_info_frame;
	u64 cpu_time;
	u32 nr_online_vcpus, max_vcpu_id;
	u32 ssidref;
	u8 handle[16];
	u32 cpupool;
	u8 gpaddr_bits;
	u8 pad2[7];
	u32 emulation_flags, misc_flags;
};

/* struct xen_domctl, as much as this command uses */
struct domctl {
	u32 cmd;
	u32 interface_version;
	u16 domain;
	u16 pad[3];
	struct domain_info info;
};

/* struct xen_sysctl, likewise */
struct sysctl {
	u32 cmd;
	u32 interface_version;
	u16 first_domain;
	u32 max_domains;
	u64 buffer;		/* user address */
	u32 num_domains;
};

static_assert(sizeof(struct domain_info) == 112);
static_assert(offsetof(struct domctl, info) == 16);
static_assert(offsetof(struct sysctl, num_domains) == 24);

/* This kernel: never paused, never gone. */
static void fill_host(struct domain_info *info)
{
	*info = (struct domain_info){
		.flags = DOMINF_RUNNING,
		.tot_pages = totalram_pages(),
		.max_pages = totalram_pages(),
		.nr_online_vcpus = num_online_cpus(),
		.max_vcpu_id = num_possible_cpus() - 1,
	};
}

static u32 state_flags(const struct domain *d, u8 shutdown)
{
	u32 flags = 0;

	if (d->state == DOMAIN_DYING)
		flags |= DOMINF_DYING;
	if (d->ended) {
		/* The tool stack's kill has no code of Xen's: as xl destroy, none at all. */
		flags |= DOMINF_SHUTDOWN;
		if (shutdown < LODGE_SHUTDOWN_DESTROYED)
			flags |= (u32)shutdown << DOMINF_CODE_SHIFT;
	}
	if (d->pause_count || d->state == DOMAIN_BUILDING)
		flags |= DOMINF_PAUSED;
	return flags;
}

static void count_vcpus(struct domain *d, struct domain_info *info)
{
	bool blocked = true, running = false;
	unsigned int i;

	info->max_vcpu_id = NO_VCPUS;
	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		if (!v)
			continue;
		info->max_vcpu_id = i;
		if (!READ_ONCE(v->is_up))
			continue;
		info->nr_online_vcpus++;
		if (READ_ONCE(v->state) != VCPU_BLOCKED)
			blocked = false;
		if (READ_ONCE(v->on_pcpu))
			running = true;
	}
	if (info->nr_online_vcpus)
		info->flags |= (blocked ? DOMINF_BLOCKED : 0) | (running ? DOMINF_RUNNING : 0);
}

/* False for the record of a domain that has ended: Xen has no such thing. */
static bool fill_guest(struct domain *d, struct domain_info *info)
{
	char reason[LODGE_REASON_MAX];
	u8 shutdown = domain_get_reason(d, reason);
	struct vcpu_counters sum;
	bool there;

	memset(info, 0, sizeof(*info));
	mutex_lock(&d->lock);
	there = d->state != DOMAIN_ENDED;
	if (there) {
		info->domain = d->id;
		info->flags = state_flags(d, shutdown);
		info->tot_pages = READ_ONCE(d->tot_pages);
		info->max_pages = d->max_pages;
		info->shared_info_frame = d->shared_info_mfn;
		memcpy(info->handle, d->uuid, sizeof(info->handle));
		count_vcpus(d, info);
		domain_count(d, &sum);
		info->cpu_time = sum.run_ns;
	}
	mutex_unlock(&d->lock);
	return there;
}

/* The domain with the least id from @id on. */
static bool next_info(unsigned int id, struct domain_info *info)
{
	struct domain *d;
	bool there;

	if (!id) {
		fill_host(info);
		return true;
	}
	for (; (d = domain_get_next(&id)); id++) {
		there = fill_guest(d, info);
		domain_put(d);
		if (there)
			return true;
	}
	return false;
}

static long do_domctl(void __user *uarg)
{
	struct domctl op;

	if (copy_from_user(&op, uarg, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != DOMCTL_VERSION)
		return -EACCES;
	if (op.cmd != DOMCTL_GETDOMAININFO)
		return -ENOSYS;
	if (op.domain >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (!next_info(op.domain, &op.info))
		return -ESRCH;
	op.domain = op.info.domain;
	return copy_to_user(uarg, &op, sizeof(op)) ? -EFAULT : 0;
}

static long do_sysctl(void __user *uarg)
{
	struct domain_info __user *out;
	struct domain_info info;
	struct sysctl op;
	unsigned int id;

	if (copy_from_user(&op, uarg, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != SYSCTL_VERSION)
		return -EACCES;
	if (op.cmd != SYSCTL_GETDOMAININFOLIST)
		return -ENOSYS;
	out = u64_to_user_ptr(op.buffer);
	id = op.first_domain;
	for (op.num_domains = 0; op.num_domains < op.max_domains; op.num_domains++) {
		if (!next_info(id, &info))
			break;
		if (copy_to_user(out + op.num_domains, &info, sizeof(info)))
			return -EFAULT;
		id = info.domain + 1;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return copy_to_user(uarg, &op, sizeof(op)) ? -EFAULT : 0;
}

static int privcmd_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static long privcmd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct privcmd_hypercall call;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (cmd != IOCTL_PRIVCMD_HYPERCALL)
		return -ENOTTY;	/* the libraries ask what there is, by this answer */
	if (copy_from_user(&call, (void __user *)arg, sizeof(call)))
		return -EFAULT;
	switch (call.op) {
	case __HYPERVISOR_domctl:
		return do_domctl(u64_to_user_ptr(call.arg[0]));
	case __HYPERVISOR_sysctl:
		return do_sysctl(u64_to_user_ptr(call.arg[0]));
	default:
		return -ENOSYS;
	}
}

static const struct file_operations privcmd_fops = {
	.owner		= THIS_MODULE,
	.open		= privcmd_open,
	.unlocked_ioctl	= privcmd_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice privcmd_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/privcmd",
	.fops	= &privcmd_fops,
	.mode	= 0600,
};

/**
 * privcmd_init() - make /dev/xen/privcmd
 *
 * Context: sleepable, module load.
 * Return: 0 or an errno.
 */
int privcmd_init(void)
{
	return misc_register(&privcmd_miscdev);
}

/**
 * privcmd_exit() - remove /dev/xen/privcmd; no file of it is open
 *
 * Context: sleepable, module unload.
 */
void privcmd_exit(void)
{
	misc_deregister(&privcmd_miscdev);
}
