// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offsets for entry.S and gate.S, made by the compiler so that assembly and C cannot disagree.
 */
#define COMPILE_OFFSETS
#include <linux/kbuild.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include "layout.h"

#define V(member)	OFFSET(V_##member, vcpu_page, member)
#define P(member)	OFFSET(P_##member, pcpu_page, member)
#define R(member)	OFFSET(R_##member, vcpu_page, regs.member)

static_assert(sizeof(struct vcpu_page) == 4096);
static_assert(sizeof(struct pcpu_page) <= 4096);
static_assert(sizeof(struct guest_regs) == 22 * 8);

int main(void)
{
	V(ds); V(es); V(fs); V(gs); V(cr4);
	R(r15); R(rdi); R(vector); R(error); R(rip); R(cs); R(rflags); R(rsp); R(ss);
	DEFINE(R_end, sizeof(struct vcpu_page));

	P(host_gdt_copy); P(guest_gdt); P(idt); P(bridge_cr3);
	P(host_idt); P(host_gdt); P(host_tr); P(host_ldt);
	P(host_cr3); P(host_cr4); P(host_rsp); P(host_return);
	P(ldt_selector); P(load_segments); P(selector_failed); P(verw);
	P(nmi_pending); P(mc_pending); P(db_in_switcher); P(scratch);
	P(bug_rip); P(bug_vector); P(bug_error);
	return 0;
}
