// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Is this host suitable?
 *
 * Asked once, at load, before anything is touched.  Each refusal is one plain
 * sentence in the log and an errno of its own, so that a script can tell them
 * apart; README.md lists them.
 */
#include <linux/errno.h>
#include <linux/mem_encrypt.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>

#include "lodge.h"


#define CR4_FRED	BIT_ULL(32)

static bool host_is_confidential(void)
{
#ifdef X86_FEATURE_TDX_GUEST
	if (boot_cpu_has(X86_FEATURE_TDX_GUEST))
		return true;
#endif
	return sme_me_mask != 0;
}

static bool syscall_is_missing(void)
{
	u64 efer;

	return rdmsrl_safe(MSR_EFER, &efer) || !(efer & EFER_SCE) || !(efer & EFER_LMA);
}

/**
 * host_check - refuse a host on which guests could not run, or not safely
 *
 * Return: 0, or a negative errno that names the reason:
 * -EBUSY Xen owns the machine, -EACCES memory is encrypted, -EPROTONOSUPPORT
 * FRED is in use, -ENODEV the CPU lacks what is needed, -EOPNOTSUPP the TSC
 * cannot be given to guests.
 * Context: sleepable, at load.
 */
int host_check(void)
{
	if (hypervisor_is_type(X86_HYPER_XEN_PV) || hypervisor_is_type(X86_HYPER_XEN_HVM)) {
		pr_err("refused: this kernel runs as a guest of Xen, whose place lodge would take\n");
		return -EBUSY;
	}
	if (host_is_confidential()) {
		pr_err("refused: memory encryption (SME, SEV, TDX) is active, and guests' page tables know nothing of it\n");
		return -EACCES;
	}
	if (native_read_cr4() & CR4_FRED) {
		pr_err("refused: this kernel uses FRED event delivery; boot with fred=off\n");
		return -EPROTONOSUPPORT;
	}
	if (!boot_cpu_has(X86_FEATURE_SYSCALL) || syscall_is_missing()) {
		pr_err("refused: the CPU has no SYSCALL instruction in 64-bit mode\n");
		return -ENODEV;
	}
	if (!boot_cpu_has(X86_FEATURE_FXSR) || !boot_cpu_has(X86_FEATURE_XMM2)) {
		pr_err("refused: the CPU has no FXSR or no SSE2\n");
		return -ENXIO;
	}
	if (!boot_cpu_has(X86_FEATURE_TSC) || !tsc_khz) {
		pr_err("refused: the CPU's time stamp counter has no known frequency, and guests tell the time by it\n");
		return -EOPNOTSUPP;
	}
	if (!boot_cpu_has(X86_FEATURE_APIC)) {
		pr_err("refused: there is no local APIC to send interrupts with\n");
		return -ENOSYS;
	}
	return 0;
}
