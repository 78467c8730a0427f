// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: MSRs of a guest
 *
 * RDMSR and WRMSR of the guest kernel, called by emulate.c.  One table says
 * what each MSR reads as and what a write does; what is not in it raises #GP
 * in the guest.  The host's MSRs are read where the table says so, by the safe
 * accessor (XSA-333), and written in two places: the predictor barrier, and
 * TSC_AUX, which belongs to the vCPU during its slice.
 */
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include <linux/errno.h>

#include "lodge.h"
#include "../hypercall/hypercall.h"

#define GUEST_PAT		0x050100070406ULL	/* Xen's layout, part of the ABI */
#define GUEST_MC_BANKS		2
#define GUEST_APIC_BASE		0xfee00000ULL
#define MCE_BANK_MSR(n)		(MSR_IA32_MC0_CTL + 4 * (n))
#define MCE_IS_CTL(msr)		((((msr) - MSR_IA32_MC0_CTL) & 3) == 0)

/* Values of the host's that may be shown. */
#define EFER_SHOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_FFXSR)
/*
 * ARCH_CAPABILITIES, of what the host is not affected by or what VERW clears:
 * RDCL_NO, IBRS_ALL, RSBA, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO,
 * FBSDP_NO, PSDP_NO, FB_CLEAR, RRSBA, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO,
 * RFDS_CLEAR, ITS_NO.  Not IBRS_ALL: SPEC_CTRL is not offered.
 */
#define ARCH_CAP_SHOWN	(BIT_ULL(0) | BIT_ULL(2) | BIT_ULL(4) | BIT_ULL(5) | BIT_ULL(6) | \
			 BIT_ULL(8) | BIT_ULL(13) | BIT_ULL(14) | BIT_ULL(15) | BIT_ULL(17) | \
			 BIT_ULL(19) | BIT_ULL(20) | BIT_ULL(24) | BIT_ULL(26) | BIT_ULL(27) | \
			 BIT_ULL(28) | BIT_ULL(62))

enum vendor { ANY, INTEL, AMD };

struct msr_policy;
typedef int (*msr_read_fn)(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val);
typedef int (*msr_write_fn)(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val);

/**
 * struct msr_policy - one row: what an MSR, or a range of them, is to a guest
 * @first: first MSR
 * @last: last MSR
 * @vendor: CPUs that have it; on others it is unknown
 * @read: NULL: #GP
 * @write: NULL: #GP
 * @value: for @read: the constant, or the mask of host bits that are shown
 */
struct msr_policy {
	u32 first, last;
	enum vendor vendor;
	msr_read_fn read;
	msr_write_fn write;
	u64 value;
};

static int read_const(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	*val = p->value;
	return 0;
}

static int read_host(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	if (rdmsrl_safe(msr, val))
		return -EIO;
	*val &= p->value;
	return 0;
}

static int write_ignore(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	return 0;
}

static int write_zero(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	return val ? -EINVAL : 0;
}

/* Only the value it has. */
static int write_same(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	u64 now;
	int ret = p->read(v, p, msr, &now);

	if (ret)
		return ret;
	return val == now ? 0 : -EINVAL;
}

/* Refused in silence, as Xen: stock kernels clear bits here unguarded. */
static int write_if_readable(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	u64 now;

	return p->read(v, p, msr, &now);
}

static int read_apic_base(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	*val = GUEST_APIC_BASE | MSR_IA32_APICBASE_ENABLE;
	if (v->id == 0)
		*val |= MSR_IA32_APICBASE_BSP;
	return 0;
}

static int read_tsc(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	*val = rdtsc_ordered();
	return 0;
}

/* Only the guest kernel gets here: gs_base_other is its user's. */
static u64 *segment_base(struct vcpu *v, u32 msr)
{
	switch (msr) {
	case MSR_FS_BASE:
		return &v->page->fs_base;
	case MSR_GS_BASE:
		return &v->page->gs_base;
	default:
		return &v->page->gs_base_other;
	}
}

static int read_base(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	*val = *segment_base(v, msr);
	return 0;
}

static int write_base(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	if (!guest_canonical(val))
		return -EINVAL;
	*segment_base(v, msr) = val;
	return 0;
}

static int read_tsc_aux(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	if (!boot_cpu_has(X86_FEATURE_RDTSCP) && !boot_cpu_has(X86_FEATURE_RDPID))
		return -ENODEV;
	*val = v->tsc_aux;
	return 0;
}

static int write_tsc_aux(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	u64 now;
	int ret = read_tsc_aux(v, p, msr, &now);

	if (ret)
		return ret;
	if (val >> 32)
		return -EINVAL;
	v->tsc_aux = val;
	return wrmsrl_safe(MSR_TSC_AUX, val);	/* slice_end() puts the host's back */
}

/* What the host read when it last loaded microcode. */
static int read_microcode(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	u64 rev = boot_cpu_data.microcode;

	*val = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL ? rev << 32 : rev;
	return 0;
}

static int write_microcode(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL)
		return -EINVAL;
	return write_zero(v, p, msr, val);
}

static int read_arch_caps(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	if (!boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		return -ENODEV;
	return read_host(v, p, msr, val);
}

static int read_misc_enable(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	if (rdmsrl_safe(msr, val))
		return -EIO;
	*val &= ~(MSR_IA32_MISC_ENABLE_EMON | MSR_IA32_MISC_ENABLE_MWAIT);
	*val |= MSR_IA32_MISC_ENABLE_BTS_UNAVAIL | MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL |
		MSR_IA32_MISC_ENABLE_XTPR_DISABLE;
	return 0;
}

static int write_pred_cmd(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	if (!boot_cpu_has(X86_FEATURE_IBPB) || (val & ~PRED_CMD_IBPB))
		return -EINVAL;
	return val ? wrmsrl_safe(MSR_IA32_PRED_CMD, val) : 0;
}

/* All on, whatever was written: there is nothing behind them. */
static int read_mce_bank(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	*val = MCE_IS_CTL(msr) ? ~0ULL : 0;
	return 0;
}

/* Status, address and misc are only ever cleared. */
static int write_mce_bank(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 val)
{
	return MCE_IS_CTL(msr) ? 0 : write_zero(v, p, msr, val);
}

static int read_mmio_conf(struct vcpu *v, const struct msr_policy *p, u32 msr, u64 *val)
{
	if (boot_cpu_data.x86 < 0x10 || boot_cpu_data.x86 >= 0x17)
		return -ENODEV;
	*val = 0;
	return 0;
}

#define ONE(msr)		msr, msr
#define BASE_RW			read_base, write_base
#define READS_ZERO		read_const, NULL
#define DISCARDS		read_const, write_ignore

/* The policy.  First match wins. */
static const struct msr_policy policies[] = {
	/* the vCPU's own */
	{ ONE(MSR_FS_BASE), ANY, BASE_RW },
	{ ONE(MSR_GS_BASE), ANY, BASE_RW },
	{ ONE(MSR_KERNEL_GS_BASE), ANY, BASE_RW },
	{ ONE(MSR_TSC_AUX), ANY, read_tsc_aux, write_tsc_aux },
	/* what the CPU is */
	{ ONE(MSR_EFER), ANY, read_host, write_same, EFER_SHOWN },
	{ ONE(MSR_IA32_CR_PAT), ANY, read_const, write_same, GUEST_PAT },
	{ ONE(MSR_IA32_APICBASE), ANY, read_apic_base, NULL },
	{ ONE(MSR_IA32_TSC), ANY, read_tsc, NULL },
	{ ONE(MSR_IA32_UCODE_REV), ANY, read_microcode, write_microcode },
	{ ONE(MSR_IA32_PLATFORM_ID), INTEL, read_host, NULL, ~0ULL },
	{ ONE(MSR_IA32_FEAT_CTL), INTEL, read_const, NULL, FEAT_CTL_LOCKED },
	{ ONE(MSR_PLATFORM_INFO), ANY, READS_ZERO },
	{ ONE(MSR_MISC_FEATURES_ENABLES), ANY, read_const, write_zero },
	{ ONE(MSR_IA32_MISC_ENABLE), ANY, read_misc_enable, write_if_readable },
	{ ONE(MSR_IA32_PERF_CAPABILITIES), ANY, READS_ZERO },
	{ ONE(MSR_IA32_ARCH_CAPABILITIES), INTEL, read_arch_caps, NULL, ARCH_CAP_SHOWN },
	{ ONE(MSR_IA32_PRED_CMD), ANY, NULL, write_pred_cmd },
	{ ONE(0x40000000), ANY, READS_ZERO },		/* the hypercall page's */
	/* machine checks: banks that never report */
	{ ONE(MSR_IA32_MCG_CAP), ANY, read_const, write_ignore, GUEST_MC_BANKS },
	{ ONE(MSR_IA32_MCG_STATUS), ANY, DISCARDS },
	{ ONE(MSR_IA32_MCG_CTL), ANY, DISCARDS },
	{ MCE_BANK_MSR(0), MCE_BANK_MSR(GUEST_MC_BANKS) - 1, ANY, read_mce_bank, write_mce_bank },
	{ MCE_BANK_MSR(GUEST_MC_BANKS), MCE_BANK_MSR(32) - 1, ANY, DISCARDS },
	{ MSR_IA32_MC0_CTL2, MSR_IA32_MC0_CTL2 + 31, ANY, DISCARDS },
	/* power and frequency */
	{ ONE(MSR_IA32_PERF_STATUS), INTEL, READS_ZERO },
	{ ONE(MSR_IA32_PERF_CTL), INTEL, DISCARDS },
	{ ONE(MSR_IA32_THERM_CONTROL), INTEL, NULL, write_ignore },
	{ ONE(MSR_IA32_THERM_STATUS), INTEL, READS_ZERO },
	{ ONE(MSR_IA32_ENERGY_PERF_BIAS), INTEL, NULL, write_ignore },
	{ MSR_IA32_MPERF, MSR_IA32_APERF, ANY, NULL, write_ignore },
	{ MSR_K7_FID_VID_CTL, MSR_K7_FID_VID_STATUS, AMD, DISCARDS },
	{ 0xc0010061, 0xc001006b, AMD, DISCARDS },
	/* counters: no virtual PMU */
	{ MSR_P6_PERFCTR0, MSR_P6_PERFCTR0 + 7, INTEL, DISCARDS },
	{ MSR_P6_EVNTSEL0, MSR_P6_EVNTSEL0 + 3, INTEL, DISCARDS },
	{ MSR_CORE_PERF_FIXED_CTR0, MSR_CORE_PERF_FIXED_CTR0 + 2, INTEL, DISCARDS },
	{ MSR_CORE_PERF_FIXED_CTR_CTRL, MSR_CORE_PERF_GLOBAL_OVF_CTRL, INTEL, DISCARDS },
	{ MSR_K7_EVNTSEL0, MSR_K7_PERFCTR3, AMD, DISCARDS },
	{ MSR_F15H_PERF_CTL, MSR_F15H_PERF_CTL + 11, AMD, DISCARDS },
	/* AMD's chicken bits */
	{ ONE(MSR_K7_HWCR), AMD, DISCARDS },
	{ ONE(MSR_AMD64_NB_CFG), AMD, DISCARDS },
	{ ONE(MSR_FAM10H_MMIO_CONF_BASE), AMD, read_mmio_conf, write_if_readable },
	{ ONE(MSR_AMD64_DE_CFG), AMD, read_const, write_ignore,
	  BIT_ULL(1) },					/* LFENCE serialises */
};

static bool vendor_matches(enum vendor vendor)
{
	switch (vendor) {
	case INTEL:
		return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL;
	case AMD:
		return boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
		       boot_cpu_data.x86_vendor == X86_VENDOR_HYGON;
	default:
		return true;
	}
}

static const struct msr_policy *find_policy(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		const struct msr_policy *p = &policies[i];

		if (msr >= p->first && msr <= p->last && vendor_matches(p->vendor))
			return p;
	}
	return NULL;
}

/**
 * guest_rdmsr - RDMSR of the guest kernel
 * @v: vCPU
 * @msr: ECX
 * @val: result
 *
 * A kernel so young that it has no #GP handler reads 0 from what it does not
 * have, instead of dying; Xen does the same where the host has the MSR.
 *
 * Context: slice.
 * Return: 0, or a negative errno: #GP.
 */
int guest_rdmsr(struct vcpu *v, u32 msr, u64 *val)
{
	const struct msr_policy *p = find_policy(msr);
	int ret = p && p->read ? p->read(v, p, msr, val) : -ENOENT;

	if (ret && !v->page->traps[VEC_GP].address && (msr >> 16) != 0x4000) {
		*val = 0;
		ret = 0;
	}
	return ret;
}

/**
 * guest_wrmsr - WRMSR of the guest kernel
 * @v: vCPU
 * @msr: ECX
 * @val: EDX:EAX
 *
 * Context: slice.
 * Return: 0, or a negative errno: #GP.
 */
int guest_wrmsr(struct vcpu *v, u32 msr, u64 val)
{
	const struct msr_policy *p = find_policy(msr);

	return p && p->write ? p->write(v, p, msr, val) : -ENOENT;
}
