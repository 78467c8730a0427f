// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Small hypercalls
 *
 * Version and features, assists, console output, I/O privilege, and the
 * refusal of what only a privileged domain may do.
 */
#include <linux/string.h>
#include <xen/interface/xen.h>
#include <xen/interface/features.h>
#include <xen/interface/physdev.h>
#include <xen/interface/version.h>
#include "hypercall.h"

#define XEN_MAJOR	4
#define XEN_MINOR	17
#define EXTRAVERSION	"-lodge"

/* ---- xen_version ---- */

static long give(struct vcpu *v, u64 gva, const void *what, size_t len)
{
	return copy_to_guest(v, gva, what, len);
}

static long give_extraversion(struct vcpu *v, u64 gva)
{
	struct xen_extraversion x = { EXTRAVERSION };

	return give(v, gva, &x, sizeof(x));
}

static long give_compile_info(struct vcpu *v, u64 gva)
{
	struct xen_compile_info info = { .compile_by = "lodge" };

	strscpy(info.compiler, CONFIG_CC_VERSION_TEXT, sizeof(info.compiler));
	return give(v, gva, &info, sizeof(info));
}

static long give_capabilities(struct vcpu *v, u64 gva)
{
	static const struct xen_capabilities_info info = { "xen-3.0-x86_64 " };

	return give(v, gva, &info, sizeof(info));
}

static long give_changeset(struct vcpu *v, u64 gva)
{
	static const struct xen_changeset_info info = { "unavailable" };

	return give(v, gva, &info, sizeof(info));
}

static long give_platform(struct vcpu *v, u64 gva)
{
	static const struct xen_platform_parameters p = { .virt_start = HOLE_START };

	return give(v, gva, &p, sizeof(p));
}

/*
 * What Xen 4.17 says to a PV domain, but for gnttab_map_avail_bits (there are
 * no grants) and memory_op_vnode_supported (nor virtual NUMA nodes).
 */
static long give_features(struct vcpu *v, u64 gva)
{
	struct xen_feature_info info;

	if (copy_from_guest(v, &info, gva, sizeof(info)))
		return -EFAULT;
	if (info.submap_idx)
		return -EINVAL;
	info.submap = BIT(XENFEAT_mmu_pt_update_preserve_ad) |
		      /* Linux insists; vacuous while nothing can be mapped by grant. */
		      BIT(XENFEAT_gnttab_map_avail_bits) |
		      BIT(XENFEAT_highmem_assist) | BIT(XENFEAT_direct_mapped);
	if (READ_ONCE(v->domain->vm_assist) & BIT(VMASST_TYPE_pae_extended_cr3))
		info.submap |= BIT(XENFEAT_pae_pgdir_above_4gb);
	return give(v, gva, &info, sizeof(info));
}

/* Xen's answer to those who may not know. */
static long give_denied(struct vcpu *v, u64 gva)
{
	static const char denied[] = "<denied>";

	return give(v, gva, denied, sizeof(denied));
}

/**
 * hc_xen_version() - __HYPERVISOR_xen_version
 * @v: the caller
 * @args: XENVER_*, address of what it fills in
 */
long hc_xen_version(struct vcpu *v, struct hypercall_args *args)
{
	const u64 gva = args->a[1];

	switch ((int)args->a[0]) {
	case XENVER_version:
		return XEN_MAJOR << 16 | XEN_MINOR;
	case XENVER_extraversion:
		return give_extraversion(v, gva);
	case XENVER_compile_info:
		return give_compile_info(v, gva);
	case XENVER_capabilities:
		return give_capabilities(v, gva);
	case XENVER_changeset:
		return give_changeset(v, gva);
	case XENVER_platform_parameters:
		return give_platform(v, gva);
	case XENVER_get_features:
		return give_features(v, gva);
	case XENVER_pagesize:
		return gva ? -EINVAL : PAGE_SIZE;
	case XENVER_guest_handle:
		return give(v, gva, v->domain->uuid, sizeof(v->domain->uuid));
	case XENVER_commandline:
		return give_denied(v, gva);
	case XENVER_build_id:
		return -EPERM;
	}
	return -ENOSYS;
}

/* ---- vm_assist ---- */

/* 4gb_segments and pae_extended_cr3 mean nothing to a 64-bit guest, but it may ask. */
#define ASSISTS	(BIT(VMASST_TYPE_4gb_segments) | BIT(VMASST_TYPE_4gb_segments_notify) | \
		 BIT(VMASST_TYPE_writable_pagetables) | BIT(VMASST_TYPE_pae_extended_cr3) | \
		 BIT(VMASST_TYPE_architectural_iopl) | BIT(VMASST_TYPE_runstate_update_flag))

/* The switcher has a copy of its own for each vCPU. */
static void set_arch_iopl(struct domain *d, bool on)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		WRITE_ONCE(d->vcpu[i]->page->arch_iopl, on);
}

/**
 * hc_vm_assist() - __HYPERVISOR_vm_assist
 * @v: the caller
 * @args: VMASST_CMD_*, VMASST_TYPE_*
 */
long hc_vm_assist(struct vcpu *v, struct hypercall_args *args)
{
	struct domain *d = v->domain;
	const u32 cmd = args->a[0], type = args->a[1];
	const bool on = cmd == VMASST_CMD_enable;

	if (type > MAX_VMASST_TYPE || !(ASSISTS & BIT(type)))
		return -EINVAL;
	if (!on && cmd != VMASST_CMD_disable)
		return -ENOSYS;
	if (on)
		set_bit(type, (unsigned long *)&d->vm_assist);
	else
		clear_bit(type, (unsigned long *)&d->vm_assist);
	if (type == VMASST_TYPE_architectural_iopl)
		set_arch_iopl(d, on);
	return 0;
}

/* ---- console_io ---- */

/**
 * hc_console_io() - __HYPERVISOR_console_io
 * @v: the caller
 * @args: CONSOLEIO_*, number of bytes, their address
 *
 * Output goes to the domain's kept log, beside that of its console ring.
 *
 * Return: 0; -EFAULT; -EPERM for input, which only the owner of the host's
 * console gets.
 */
long hc_console_io(struct vcpu *v, struct hypercall_args *args)
{
	const u32 count = args->a[1];
	u64 *done = &v->resume.done;
	char text[128];
	size_t n;

	switch ((u32)args->a[0]) {
	case CONSOLEIO_write:
		break;
	case CONSOLEIO_read:
		return -EPERM;
	default:
		return -ENOSYS;
	}
	while (*done < count) {
		n = min_t(size_t, count - *done, sizeof(text));
		if (copy_from_guest(v, text, args->a[2] + *done, n))
			return -EFAULT;
		console_write_log(v->domain, text, n);
		*done += n;
		if (*done < count && vcpu_should_yield(v))
			return -ERESTART;
	}
	return 0;
}

/* ---- physdev_op ---- */

static long set_iopl(struct vcpu *v, u64 gva)
{
	struct physdev_set_iopl op;

	if (copy_from_guest(v, &op, gva, sizeof(op)))
		return -EFAULT;
	if (op.iopl > 3)
		return -EINVAL;
	v->page->iopl = op.iopl;
	return 0;
}

/* The bitmap is read when user mode tries a port: see emulate.c. */
static long set_iobitmap(struct vcpu *v, u64 gva)
{
	struct physdev_set_iobitmap op;

	if (copy_from_guest(v, &op, gva, sizeof(op)))
		return -EFAULT;
	if (op.nr_ports > 65536 || !guest_address_ok((u64)op.bitmap))
		return -EINVAL;
	v->iobmp_gva = (u64)op.bitmap;
	v->iobmp_ports = op.nr_ports;
	return 0;
}

static long physdev_op(struct vcpu *v, u32 cmd, u64 gva)
{
	switch (cmd) {
	case PHYSDEVOP_set_iopl:
		return set_iopl(v, gva);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(v, gva);
	case PHYSDEVOP_eoi:
	case PHYSDEVOP_irq_status_query:
	case PHYSDEVOP_pirq_eoi_gmfn_v1:
	case PHYSDEVOP_pirq_eoi_gmfn_v2:
		return -EINVAL;		/* a domain has no physical interrupts */
	case PHYSDEVOP_apic_read:
	case PHYSDEVOP_apic_write:
	case PHYSDEVOP_alloc_irq_vector:
	case PHYSDEVOP_map_pirq:
	case PHYSDEVOP_unmap_pirq:
	case PHYSDEVOP_get_free_pirq:
	case PHYSDEVOP_setup_gsi:
	case PHYSDEVOP_manage_pci_add:
	case PHYSDEVOP_manage_pci_remove:
	case PHYSDEVOP_manage_pci_add_ext:
	case PHYSDEVOP_restore_msi:
	case PHYSDEVOP_restore_msi_ext:
	case PHYSDEVOP_pci_mmcfg_reserved:
	case PHYSDEVOP_pci_device_add:
	case PHYSDEVOP_pci_device_remove:
	case PHYSDEVOP_prepare_msix:
	case PHYSDEVOP_release_msix:
	case PHYSDEVOP_dbgp_op:
		return -EPERM;
	}
	return -ENOSYS;
}

/**
 * hc_physdev_op() - __HYPERVISOR_physdev_op
 * @v: the caller
 * @args: PHYSDEVOP_*, address of its structure
 */
long hc_physdev_op(struct vcpu *v, struct hypercall_args *args)
{
	return physdev_op(v, args->a[0], args->a[1]);
}

/**
 * hc_physdev_op_compat() - the old form: command and structure in one
 * @v: the caller
 * @args: address of a struct physdev_op
 */
long hc_physdev_op_compat(struct vcpu *v, struct hypercall_args *args)
{
	u32 cmd;

	if (copy_from_guest(v, &cmd, args->a[0], sizeof(cmd)))
		return -EFAULT;
	return physdev_op(v, cmd, args->a[0] + offsetof(struct physdev_op, u));
}

/* ---- refused ---- */

/**
 * hc_privileged() - a hypercall that only a privileged domain may make
 * @v: the caller
 * @args: not looked at
 *
 * Return: -EPERM.
 */
long hc_privileged(struct vcpu *v, struct hypercall_args *args)
{
	return -EPERM;
}

/**
 * hc_xenpmu_op() - __HYPERVISOR_xenpmu_op
 * @v: the caller
 * @args: not looked at
 *
 * Return: -EOPNOTSUPP, as from a Xen whose virtual PMU is off, its default.
 */
long hc_xenpmu_op(struct vcpu *v, struct hypercall_args *args)
{
	return -EOPNOTSUPP;
}
