// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Features that guests see
 *
 * One table: what the CPU has, what the host kernel has not turned off, and
 * what is named here, is shown.  It is the choice of Xen 4.17 for its PV
 * domains, less what lodge does not switch: SPEC_CTRL, the masks of AMD's
 * breakpoints.  Features with register state follow guest_xcr0_mask().
 * Called by cpuid.c.
 */
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "cpuid.h"
#include "lodge.h"

#define NO_WORD		0xff
#define XCR0_AVX	BIT_ULL(2)
#define XCR0_AVX512	(BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(7))

enum cpuid_reg { REG_A, REG_B, REG_C, REG_D };

/**
 * struct feature_word - what guests may see of one word of feature bits
 * @leaf: CPUID leaf
 * @subleaf: and subleaf
 * @reg: register
 * @word: the host kernel's word for it, or NO_WORD
 * @plain: features that stand alone
 * @avx: features that need AVX state
 * @avx512: features that need AVX-512 state
 */
struct feature_word {
	u32 leaf, subleaf;
	u8 reg;
	u8 word;
	u32 plain, avx, avx512;
};

static const struct feature_word features[] = {
	{ 0x1, 0, REG_D, CPUID_1_EDX,
	  .plain = F(FPU) | F(DE) | F(TSC) | F(MSR) | F(PAE) | F(MCE) | F(CX8) |
		   F(APIC) | F(MCA) | F(CMOV) | F(PAT) | F(CLFLUSH) | F(ACPI) | F(MMX) |
		   F(FXSR) | F(SEP) | F(XMM) | F(XMM2) | F(SELFSNOOP) | F(HT) },
	{ 0x1, 0, REG_C, CPUID_1_ECX,
	  .plain = F(XMM3) | F(PCLMULQDQ) | F(SSSE3) | F(CX16) | F(XMM4_1) | F(XMM4_2) |
		   F(MOVBE) | F(POPCNT) | F(AES) | F(XSAVE) | F(RDRAND) | F(HYPERVISOR),
	  .avx = F(AVX) | F(FMA) | F(F16C) },
	{ 0x80000001, 0, REG_D, CPUID_8000_0001_EDX,
	  .plain = F(SYSCALL) | F(NX) | F(MMXEXT) | F(FXSR_OPT) | F(RDTSCP) | F(LM) |
		   F(3DNOWEXT) | F(3DNOW) },
	{ 0x80000001, 0, REG_C, CPUID_8000_0001_ECX,
	  .plain = F(LAHF_LM) | F(CMP_LEGACY) | F(ABM) | F(SSE4A) | F(MISALIGNSSE) |
		   F(3DNOWPREFETCH) | F(TBM),
	  .avx = F(XOP) | F(FMA4) },
	{ 0xd, 1, REG_A, CPUID_D_1_EAX,
	  .plain = F(XSAVEOPT) | F(XSAVEC) | F(XGETBV1) },
	{ 0x7, 0, REG_B, CPUID_7_0_EBX,
	  .plain = F(FSGSBASE) | F(BMI1) | F(FDP_EXCPTN_ONLY) | F(BMI2) | F(ERMS) | F(RTM) |
		   F(ZERO_FCS_FDS) | F(RDSEED) | F(ADX) | F(CLFLUSHOPT) | F(CLWB) |
		   F(SHA_NI),
	  .avx = F(AVX2),
	  .avx512 = F(AVX512F) | F(AVX512DQ) | F(AVX512IFMA) | F(AVX512PF) | F(AVX512ER) |
		    F(AVX512CD) | F(AVX512BW) | F(AVX512VL) },
	{ 0x7, 0, REG_C, CPUID_7_ECX,
	  .plain = BIT32(0) /* PREFETCHWT1 */ | F(GFNI) | F(RDPID) | F(CLDEMOTE),
	  .avx = F(VAES) | F(VPCLMULQDQ),
	  .avx512 = F(AVX512VBMI) | F(AVX512_VBMI2) | F(AVX512_VNNI) | F(AVX512_BITALG) |
		    F(AVX512_VPOPCNTDQ) },
	{ 0x7, 0, REG_D, CPUID_7_EDX,
	  .plain = F(FSRM) | F(MD_CLEAR) | F(SERIALIZE) | F(ARCH_CAPABILITIES),
	  .avx512 = F(AVX512_4VNNIW) | F(AVX512_4FMAPS) },
	{ 0x7, 1, REG_A, CPUID_7_1_EAX,
	  .plain = BIT32(10) /* FZRM */ | BIT32(11) /* FSRS */ | BIT32(12) /* FSRCS */,
	  .avx = F(AVX_VNNI),
	  .avx512 = F(AVX512_BF16) },
	{ 0x7, 2, REG_D, NO_WORD,
	  .plain = BIT32(5) /* MCDT_NO */ },
	{ 0x80000008, 0, REG_B, CPUID_8000_0008_EBX,
	  .plain = F(CLZERO) | F(XSAVEERPTR) | F(WBNOINVD) | F(AMD_IBPB) | F(AMD_SSB_NO) |
		   F(BTC_NO) | BIT32(30) /* IBPB_RET */ },
	{ 0x80000021, 0, REG_A, NO_WORD,
	  .plain = LFENCE_DISPATCH | BIT32(5) /* VERW_CLEAR */ |
		   BIT32(6) /* NSCB */ | BIT32(28) /* IBPB_BRTYPE */ | BIT32(29) /* SRSO_NO */ },
	{ 0x80000021, 0, REG_C, NO_WORD,
	  .plain = BIT32(1) /* TSA_SQ_NO */ | BIT32(2) /* TSA_L1_NO */ },
};

/**
 * guest_has_xsave - may guests use XSAVE?
 *
 * Context: any.
 * Return: true if the host uses it and the leaf that describes it is there.
 */
bool guest_has_xsave(void)
{
	return boot_cpu_has(X86_FEATURE_XSAVE) && cpuid_eax(0) >= 0xd && guest_xcr0_mask();
}

/* Bits of a word that this host can give any guest. */
static u32 feature_mask(const struct feature_word *w)
{
	u64 xcr0 = guest_has_xsave() ? guest_xcr0_mask() : 0;
	u32 mask = w->plain;

	if (xcr0 & XCR0_AVX)
		mask |= w->avx;
	if ((xcr0 & XCR0_AVX512) == XCR0_AVX512)
		mask |= w->avx512;
	if (!xcr0 && w->leaf == 0xd)
		mask = 0;
	if (!xcr0 && w->leaf == 0x1 && w->reg == REG_C)
		mask &= ~F(XSAVE);
	if (!guest_has_sysenter() && w->leaf == 0x1 && w->reg == REG_D)
		mask &= ~F(SEP);
	if (w->word != NO_WORD)
		mask &= boot_cpu_data.x86_capability[w->word];
	return mask;
}

static u32 *leaf_reg(struct guest_cpuid *res, u8 reg)
{
	switch (reg) {
	case REG_A:
		return &res->a;
	case REG_B:
		return &res->b;
	case REG_C:
		return &res->c;
	default:
		return &res->d;
	}
}

/**
 * cpuid_mask_features - leave the feature bits that guests may see
 * @leaf: CPUID leaf
 * @subleaf: and subleaf
 * @res: the host's answer; words that the table does not name stay as they are
 *
 * Context: any.
 */
void cpuid_mask_features(u32 leaf, u32 subleaf, struct guest_cpuid *res)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature_word *w = &features[i];

		if (w->leaf == leaf && w->subleaf == subleaf)
			*leaf_reg(res, w->reg) &= feature_mask(w);
	}
}
