// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: CPUID that faults
 *
 * Intel since Ivy Bridge, and AMD since Zen 4, can make CPUID raise #GP above CPL 0.
 * During a slice it does; emulate.c then answers by the policy of cpuid.c, so that
 * user programs of a guest see what its kernel sees.  switch.c calls in at both ends
 * of a slice.
 *
 * The host uses the same bit for arch_prctl(ARCH_CPUID_GET) users, which run at CPL 3,
 * not within a slice: what the MSR held is put back, whatever it was.
 */
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "compat.h"
#include "lodge.h"

#define AMD_CPUID_USER_DIS	BIT(17)		/* CPUID 0x80000021.a */
#define HWCR_CPUID_USER_DIS	BIT_ULL(35)
/* Ring 3 MONITOR/MWAIT, of the same MSR: a guest could stop its pCPU. */
#define MISC_RING3_MWAIT	BIT_ULL(1)

static u32 fault_msr;		/* 0: this CPU has none */
static u64 fault_set, fault_clear;

/**
 * cpuid_fault_init - which MSR makes CPUID fault, if any
 *
 * Context: at load.
 */
void cpuid_fault_init(void)
{
	if (boot_cpu_has(X86_FEATURE_CPUID_FAULT) && boot_cpu_data.x86_vendor == X86_VENDOR_INTEL) {
		fault_msr = MSR_MISC_FEATURES_ENABLES;
		fault_set = MSR_MISC_FEATURES_ENABLES_CPUID_FAULT;
		fault_clear = MISC_RING3_MWAIT;
	} else if (boot_cpu_data.x86_vendor == X86_VENDOR_AMD &&
		   cpuid_eax(0x80000000) >= 0x80000021 &&
		   (cpuid_eax(0x80000021) & AMD_CPUID_USER_DIS)) {
		fault_msr = MSR_K7_HWCR;
		fault_set = HWCR_CPUID_USER_DIS;
	}
}

/**
 * cpuid_fault_on - the guest's CPUID faults from now on
 *
 * Context: slice, at its beginning.
 * Return: for cpuid_fault_restore().
 */
u64 cpuid_fault_on(void)
{
	u64 host;

	if (!fault_msr)
		return 0;
	rdmsrl(fault_msr, host);
	wrmsrl(fault_msr, (host & ~fault_clear) | fault_set);
	return host;
}

/**
 * cpuid_fault_restore - CPUID as the host had it
 * @host: what cpuid_fault_on() returned
 *
 * Context: slice, at its end.
 */
void cpuid_fault_restore(u64 host)
{
	if (fault_msr)
		wrmsrl(fault_msr, host);
}
