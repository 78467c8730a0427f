// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Load and unload
 *
 * A ladder up and its exact mirror down.  With no domain the module costs the
 * host nothing: each pCPU's thread sleeps, and no page table, descriptor table
 * or MSR of the host has been touched.  Live domains hold a reference on the
 * module, so it cannot be unloaded under them.
 */
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "backend/backend.h"
#include "lodge.h"

static int hotplug_state;

static int pcpu_online(unsigned int cpu)
{
	struct pcpu *p = per_cpu_ptr(&lodge_pcpu, cpu);
	int err;

	p->cpu = cpu;
	if (!zalloc_cpumask_var(&p->flush_mask, GFP_KERNEL))
		return -ENOMEM;
	err = hole_pcpu_init(p);
	if (err)
		goto free_mask;
	err = sched_pcpu_init(p);
	if (err)
		goto exit_hole;
	p->thread = kthread_create_on_node(vcpu_thread, p, cpu_to_node(cpu), "lodge/%u", cpu);
	if (IS_ERR(p->thread)) {
		err = PTR_ERR(p->thread);
		goto exit_sched;
	}
	kthread_bind(p->thread, cpu);
	WRITE_ONCE(p->online, true);
	sched_pcpu_online(p);
	wake_up_process(p->thread);
	return 0;

exit_sched:
	sched_pcpu_exit(p);
exit_hole:
	hole_pcpu_exit(p);
free_mask:
	free_cpumask_var(p->flush_mask);
	return err;
}

/* The thread finishes its vCPU's slice, then all vCPUs move to other pCPUs. */
static int pcpu_offline(unsigned int cpu)
{
	struct pcpu *p = per_cpu_ptr(&lodge_pcpu, cpu);

	WRITE_ONCE(p->online, false);
	kthread_stop(p->thread);
	sched_evacuate(p);
	sched_pcpu_exit(p);
	hole_pcpu_exit(p);
	free_cpumask_var(p->flush_mask);
	return 0;
}

static int __init lodge_init(void)
{
	int err;

	err = host_check();
	if (err)
		return err;
	err = switch_init();
	if (err)
		return err;
	err = hole_init();
	if (err)
		return err;
	err = frame_init();
	if (err)
		goto exit_hole;
	err = evtchn_dom0_init();
	if (err)
		goto exit_frame;
	err = domain_init();
	if (err)
		goto exit_dom0;
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lodge:online",
					  pcpu_online, pcpu_offline);
	if (hotplug_state < 0) {
		err = hotplug_state;
		goto exit_domain;
	}
	err = netlink_init();
	if (err)
		goto exit_pcpus;
	err = evtchn_dev_init();
	if (err)
		goto exit_netlink;
	err = gntdev_init();
	if (err)
		goto exit_evtchn_dev;
	err = privcmd_init();
	if (err)
		goto exit_gntdev;
	err = proc_xen_init();
	if (err)
		goto exit_privcmd;
	err = chardev_init();
	if (err)
		goto exit_proc_xen;
	return 0;

exit_proc_xen:
	proc_xen_exit();
exit_privcmd:
	privcmd_exit();
exit_gntdev:
	gntdev_exit();
exit_evtchn_dev:
	evtchn_dev_exit();
exit_netlink:
	netlink_exit();
exit_pcpus:
	cpuhp_remove_state(hotplug_state);
exit_domain:
	domain_exit();
exit_dom0:
	evtchn_dom0_exit();
exit_frame:
	frame_exit();
exit_hole:
	hole_exit();
	return err;
}

static void __exit lodge_exit(void)
{
	chardev_exit();
	proc_xen_exit();
	privcmd_exit();
	gntdev_exit();
	evtchn_dev_exit();
	netlink_exit();
	cpuhp_remove_state(hotplug_state);
	domain_exit();
	evtchn_dom0_exit();
	frame_exit();
	hole_exit();
}

module_init(lodge_init);
module_exit(lodge_exit);

MODULE_DESCRIPTION("A paravirtual hypervisor with this kernel as its domain 0");
MODULE_AUTHOR("The lodge authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
