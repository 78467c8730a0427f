// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What CPUID tells a guest
 *
 * The answers to the forced-emulation prefix and to CPUID that faults; called
 * by emulate.c.  Feature bits come from cpuid_features.c; the other leaves are
 * as Xen 4.17 shows them to its PV domains.  Where the CPU can make CPUID fault
 * at CPL 3, it does so during a slice (cpuid_fault_on()); elsewhere plain CPUID
 * shows the guest the real CPU: nothing here is a protection.
 */
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include <asm/xen/cpuid.h>

#include "cpuid.h"
#include "lodge.h"

#define MAX_BASIC	0xdU
#define MAX_FEATURE_SUB	2U
#define MAX_EXT_INTEL	0x80000008U
#define MAX_EXT_AMD	0x80000021U
#define MAX_CACHE_SUB	6U
#define XEN_VERSION	0x00040011U	/* 4.17 */
#define TSC_MODE_NATIVE	2U

/* Word 0x80000001.d repeats these of 0x1.d on AMD. */
#define AMD_REPEATS	(F(FPU) | F(DE) | F(TSC) | F(MSR) | F(PAE) | F(MCE) | F(CX8) | \
			 F(APIC) | F(MCA) | F(CMOV) | F(PAT) | F(MMX) | F(FXSR))

#define XSAVE_MIN_SIZE	576U		/* legacy area and header */
#define XSTATE_FIRST	2U		/* x87 and SSE are in the legacy area */
#define XSTATE_LAST	62U

static bool amd(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	       boot_cpu_data.x86_vendor == X86_VENDOR_HYGON;
}

static void host_cpuid(u32 leaf, u32 subleaf, struct guest_cpuid *res)
{
	cpuid_count(leaf, subleaf, &res->a, &res->b, &res->c, &res->d);
}

/* AMD: the kernel has made LFENCE so, on CPUs that do not say it in CPUID too. */
static bool lfence_serialises(void)
{
	return amd() && boot_cpu_has(X86_FEATURE_LFENCE_RDTSC);
}

/* The last basic leaf that guests have. */
static u32 max_basic(void)
{
	return min(cpuid_eax(0), MAX_BASIC);
}

static u32 max_extended(void)
{
	u32 host = cpuid_eax(0x80000000);

	if (host < 0x80000000U)
		return 0;
	if (lfence_serialises())
		host = max(host, 0x80000021U);
	return min(host, amd() ? MAX_EXT_AMD : MAX_EXT_INTEL);
}

/*
 * The guest kernel sees OSXSAVE by the forced prefix even before it has set
 * it: Linux has relied on that leak of Xen's for longer than Xen can mend it.
 */
static bool sees_osxsave(struct vcpu *v, bool forced)
{
	if (!guest_has_xsave())
		return false;
	if (v->ctrlreg[4] & X86_CR4_OSXSAVE)
		return true;
	return forced && guest_kernel_mode(v);
}

static void leaf_1(struct vcpu *v, bool forced, struct guest_cpuid *res)
{
	cpuid_mask_features(0x1, 0, res);
	res->a &= 0x0fff0fff;
	res->b &= 0x00ffffff;		/* APIC id 0, as Xen */
	if (!(res->d & F(HT)))
		res->b &= 0x0000ffff;	/* then no number of siblings either */
	res->c |= F(HYPERVISOR);
	if (sees_osxsave(v, forced))
		res->c |= F(OSXSAVE);
}

static void leaf_4(u32 subleaf, struct guest_cpuid *res)
{
	u32 type = res->a & 0x1f;

	if (amd() || subleaf >= MAX_CACHE_SUB || type < 1 || type > 3) {
		*res = (struct guest_cpuid){ };
		return;
	}
	res->a &= 0xffffc3ff;
	res->d &= 7;
}

static void leaf_7(u32 subleaf, struct guest_cpuid *res)
{
	u32 last = min(cpuid_eax(7), MAX_FEATURE_SUB);
	struct guest_cpuid host = *res;

	*res = (struct guest_cpuid){ };
	if (subleaf > last)
		return;
	switch (subleaf) {
	case 0:
		res->b = host.b;
		res->c = host.c;
		res->d = host.d;
		break;
	case 1:
		res->a = host.a;
		break;
	default:
		res->d = host.d;
	}
	cpuid_mask_features(7, subleaf, res);
	if (subleaf == 0)
		res->a = last;
}

/**
 * cpuid_xsave_size - bytes of an XSAVE area
 * @xcr0: features in it
 * @compacted: its format; the standard one has the offsets that the CPU says
 *
 * Context: any.
 */
u32 cpuid_xsave_size(u64 xcr0, bool compacted)
{
	u32 size = XSAVE_MIN_SIZE;
	unsigned int i;

	for (i = XSTATE_FIRST; i <= XSTATE_LAST; i++) {
		struct guest_cpuid comp;

		if (!(xcr0 & BIT_ULL(i)))
			continue;
		host_cpuid(0xd, i, &comp);
		if (!compacted)
			size = max(size, comp.b + comp.a);
		else
			size = (comp.c & 2 ? ALIGN(size, 64) : size) + comp.a;
	}
	return size;
}

static void leaf_xsave(struct vcpu *v, u32 subleaf, struct guest_cpuid *res)
{
	u64 xcr0 = guest_xcr0_mask();
	struct guest_cpuid host = *res;

	*res = (struct guest_cpuid){ };
	if (!guest_has_xsave() || subleaf > XSTATE_LAST)
		return;
	switch (subleaf) {
	case 0:
		res->a = (u32)xcr0;
		res->b = cpuid_xsave_size(v->xcr0, false);
		res->c = cpuid_xsave_size(xcr0, false);
		res->d = xcr0 >> 32;
		break;
	case 1:
		res->a = host.a;
		cpuid_mask_features(0xd, 1, res);
		if (res->a & F(XSAVEC))
			res->b = cpuid_xsave_size(v->xcr0, true);
		break;
	default:
		if (!(xcr0 & BIT_ULL(subleaf)))
			break;
		res->a = host.a;
		res->b = host.b;
		res->c = host.c & 2;
	}
}

static void basic_leaf(struct vcpu *v, u32 leaf, u32 subleaf, bool forced,
		       struct guest_cpuid *res)
{
	if (leaf > max_basic())
		return;
	host_cpuid(leaf, subleaf, res);
	switch (leaf) {
	case 0x0:
		res->a = max_basic();
		break;
	case 0x1:
		leaf_1(v, forced, res);
		break;
	case 0x2:
		if (amd())
			*res = (struct guest_cpuid){ };
		else
			res->a = (res->a & ~0xffU) | 1;
		break;
	case 0x4:
		leaf_4(subleaf, res);
		break;
	case 0x7:
		leaf_7(subleaf, res);
		break;
	case 0xd:
		leaf_xsave(v, subleaf, res);
		break;
	default:	/* MONITOR, power, performance counters, topology, ... */
		*res = (struct guest_cpuid){ };
	}
}

static void ext_leaf_1(struct guest_cpuid *res)
{
	cpuid_mask_features(0x80000001, 0, res);
	if (!amd()) {
		res->a = 0;
		res->b = 0;
		return;
	}
	res->a = cpuid_eax(1) & 0x0fff0fff;
	res->b &= 0xff00ffff;
	res->d |= cpuid_edx(1) & boot_cpu_data.x86_capability[CPUID_1_EDX] & AMD_REPEATS;
}

static void ext_leaf_8(struct guest_cpuid *res)
{
	cpuid_mask_features(0x80000008, 0, res);
	res->a = (res->a & 0xff) | (48 << 8);	/* guests have 4 levels */
	if (boot_cpu_has(X86_FEATURE_IBPB))
		res->b |= F(AMD_IBPB);
	res->c &= amd() ? 0x0003f0ff : 0;
	res->d = 0;
}

static void ext_leaf(u32 leaf, struct guest_cpuid *res)
{
	if (leaf > max_extended())
		return;
	if (leaf <= cpuid_eax(0x80000000))
		host_cpuid(leaf, 0, res);
	switch (leaf) {
	case 0x80000000:
		res->a = max_extended();
		if (!amd())
			*res = (struct guest_cpuid){ .a = max_extended() };
		return;
	case 0x80000001:
		ext_leaf_1(res);
		return;
	case 0x80000002 ... 0x80000004:		/* brand string */
		return;
	case 0x80000008:
		ext_leaf_8(res);
		return;
	case 0x80000021:
		cpuid_mask_features(leaf, 0, res);
		res->b = 0;
		res->d = 0;
		if (lfence_serialises())
			res->a |= LFENCE_DISPATCH;
		return;
	case 0x80000005:	/* caches and TLBs */
	case 0x80000006:
	case 0x8000001a:	/* performance hints */
		if (amd())
			return;
		break;
	}
	/* Intel describes its L2 cache in 0x80000006.c; nothing else is left. */
	*res = (struct guest_cpuid){ .c = leaf == 0x80000006 ? res->c : 0 };
}

static void time_leaf(struct vcpu *v, u32 subleaf, struct guest_cpuid *res)
{
	switch (subleaf) {
	case 0:
		res->a = (!check_tsc_unstable() << 1) |
			 (boot_cpu_has(X86_FEATURE_RDTSCP) ? 4 : 0);
		res->b = TSC_MODE_NATIVE;
		res->c = tsc_khz;
		res->d = 1;		/* never migrated */
		break;
	case 1:
		res->c = v->clock.mul;
		res->d = v->clock.shift;
		break;
	case 2:
		res->a = tsc_khz;
		break;
	}
}

static void xen_leaf(struct vcpu *v, u32 leaf, u32 subleaf, struct guest_cpuid *res)
{
	switch (leaf - XEN_CPUID_FIRST_LEAF) {
	case 0:
		res->a = XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES);
		res->b = XEN_CPUID_SIGNATURE_EBX;
		res->c = XEN_CPUID_SIGNATURE_ECX;
		res->d = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		res->a = XEN_VERSION;
		break;
	case 2:
		res->a = 1;		/* hypercall pages */
		res->b = 0x40000000;	/* the MSR that would fill one */
		res->c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3:
		time_leaf(v, subleaf, res);
		break;
	case 5:
		if (subleaf == 0)
			res->b = fls64(hole_max_mfn() - 1) + PAGE_SHIFT;
		break;
	}
}

/**
 * guest_cpuid - what CPUID answers a guest
 * @v: vCPU; its CR4 and XCR0 matter
 * @leaf: EAX
 * @subleaf: ECX
 * @forced: by the forced-emulation prefix
 * @res: result; all zero for leaves that are not offered
 *
 * Context: slice.
 */
void guest_cpuid(struct vcpu *v, u32 leaf, u32 subleaf, bool forced,
		 struct guest_cpuid *res)
{
	*res = (struct guest_cpuid){ };
	if (leaf <= MAX_BASIC)
		basic_leaf(v, leaf, subleaf, forced, res);
	else if (leaf >= XEN_CPUID_FIRST_LEAF && leaf <= XEN_CPUID_FIRST_LEAF + 0xff)
		xen_leaf(v, leaf, subleaf, res);
	else if (leaf >= 0x80000000U && leaf <= MAX_EXT_AMD)
		ext_leaf(leaf, res);
}

/**
 * guest_cr4 - the CR4 that a guest sees
 * @wanted: what it wrote; 0 at first
 *
 * Context: any.
 * Return: the bits of @wanted that are its own to choose, and those of the
 * host that Xen shows.
 */
u64 guest_cr4(u64 wanted)
{
	u64 own = X86_CR4_TSD | X86_CR4_DE;
	u64 shown = X86_CR4_PAE | X86_CR4_MCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;

	if (boot_cpu_has(X86_FEATURE_FSGSBASE))
		own |= X86_CR4_FSGSBASE;
	if (guest_has_xsave())
		own |= X86_CR4_OSXSAVE;
	return (wanted & own) | (native_read_cr4() & shown);
}
