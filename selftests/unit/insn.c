// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn: the instruction decoder of kmod/insn.c.
 *
 * The assembler encodes known instructions, so their bytes are not of our
 * making; random bytes must never make the decoder read past what it was
 * given (each lies in an allocation of its exact size, under ASan) or say
 * anything inconsistent.
 */
#include <errno.h>
#include <string.h>

#include "insn_test.h"

/* Registers hold 0x1000 times (their number + 1); FS and GS bases are these. */
#define FS_BASE		0x7000000000ULL
#define GS_BASE		0xffff888000000000ULL
#define RIP		0xffffffff81000000ULL
#define NONE		0ULL
#define R(n)		(0x1000ULL * ((n) + 1))

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/*
 * CASE(name, assembly, op, size, locked, address of the memory operand or NONE)
 * A RIP-relative operand is given from the instruction's end.
 */
#define CASES(CASE) \
CASE(cpuid, "cpuid", CPUID, 4, 0, NONE) \
CASE(rdmsr, "rdmsr", RDMSR, 4, 0, NONE) \
CASE(wrmsr, "wrmsr", WRMSR, 4, 0, NONE) \
CASE(rdtsc, "rdtsc", RDTSC, 4, 0, NONE) \
CASE(rdtscp, "rdtscp", RDTSCP, 4, 0, NONE) \
CASE(clts, "clts", CLTS, 4, 0, NONE) \
CASE(wbinvd, "wbinvd", WBINVD, 4, 0, NONE) \
CASE(wbnoinvd, "wbnoinvd", WBINVD, 4, 0, NONE) \
CASE(xsetbv, "xsetbv", XSETBV, 4, 0, NONE) \
CASE(cli, "cli", CLI, 4, 0, NONE) \
CASE(sti, "sti", STI, 4, 0, NONE) \
CASE(rcr0, "mov %cr0, %rax", MOV_FROM_CR, 8, 0, NONE) \
CASE(rcr2, "mov %cr2, %r12", MOV_FROM_CR, 8, 0, NONE) \
CASE(wcr3, "mov %rdi, %cr3", MOV_TO_CR, 8, 0, NONE) \
CASE(wcr4, "mov %r15, %cr4", MOV_TO_CR, 8, 0, NONE) \
CASE(wcr8, "mov %rax, %cr8", MOV_TO_CR, 8, 0, NONE) \
CASE(rdr6, "mov %dr6, %rsi", MOV_FROM_DR, 8, 0, NONE) \
CASE(wdr7, "mov %rsi, %dr7", MOV_TO_DR, 8, 0, NONE) \
CASE(inb, "inb $0x71, %al", IN, 1, 0, NONE) \
CASE(inw, "inw $0x80, %ax", IN, 2, 0, NONE) \
CASE(inl, "inl %dx, %eax", IN, 4, 0, NONE) \
CASE(inbdx, "inb %dx, %al", IN, 1, 0, NONE) \
CASE(outb, "outb %al, $0xfe", OUT, 1, 0, NONE) \
CASE(outl, "outl %eax, %dx", OUT, 4, 0, NONE) \
CASE(outwdx, "outw %ax, %dx", OUT, 2, 0, NONE) \
CASE(int80, "int $0x80", INT, 4, 0, NONE) \
CASE(insb, "rep insb", INS, 1, 0, R(RDI)) \
CASE(insl, "insl", INS, 4, 0, R(RDI)) \
CASE(outsw, "rep outsw", OUTS, 2, 0, R(RSI)) \
CASE(outsfs, "fs outsb", OUTS, 1, 0, FS_BASE + R(RSI)) \
CASE(mov8, "movb %al, (%rdi)", MOV, 1, 0, R(RDI)) \
CASE(mov16, "movw %cx, 0x10(%r12)", MOV, 2, 0, R(R12) + 0x10) \
CASE(mov32, "movl %r9d, -8(%rbp)", MOV, 4, 0, R(RBP) - 8) \
CASE(mov64, "movq %rax, (%rbx)", MOV, 8, 0, R(RBX)) \
CASE(mov64r13, "movq %rax, (%r13)", MOV, 8, 0, R(R13)) \
CASE(mov64rsp, "movq %rax, (%rsp)", MOV, 8, 0, R(RSP)) \
CASE(movsib, "movq %r15, 0x12345(%r8,%r9,8)", MOV, 8, 0, R(R8) + 8 * R(R9) + 0x12345) \
CASE(movr12, "movq %rax, (%rax,%r12,2)", MOV, 8, 0, R(RAX) + 2 * R(R12)) \
CASE(movidx, "movq %rax, 0x100(,%rcx,4)", MOV, 8, 0, 4 * R(RCX) + 0x100) \
CASE(movabs, "movq %rax, 0x7ffff000", MOV, 8, 0, 0x7ffff000) \
CASE(movneg, "movq %rax, -0x1000", MOV, 8, 0, 0xfffffffffffff000) \
CASE(movrip, "movq %rax, 0x1234(%rip)", MOV, 8, 0, RIP + 7 + 0x1234) \
CASE(movimm8, "movb $0x55, (%rdi)", MOV, 1, 0, R(RDI)) \
CASE(movimm16, "movw $0x1234, (%rdi)", MOV, 2, 0, R(RDI)) \
CASE(movimm64, "movq $-1, (%rdi)", MOV, 8, 0, R(RDI)) \
CASE(movrip2, "movq $0x77, 0x40(%rip)", MOV, 8, 0, RIP + 11 + 0x40) \
CASE(movfs, "movq %rax, %fs:(%rdi)", MOV, 8, 0, FS_BASE + R(RDI)) \
CASE(movgs, "movq %rax, %gs:0x10(%rdi)", MOV, 8, 0, GS_BASE + R(RDI) + 0x10) \
CASE(movds, "ds movq %rax, (%rdi)", MOV, 8, 0, R(RDI)) \
CASE(moffs, "movabsq %rax, 0x1122334455667788", MOV, 8, 0, 0x1122334455667788) \
CASE(moffs8, "movabsb %al, 0x1122334455667788", MOV, 1, 0, 0x1122334455667788) \
CASE(addr32, "movq %rax, -0x2000(%edi)", MOV, 8, 0, R(RDI) - 0x2000) \
CASE(movnti, "movnti %rax, (%rdi)", MOV, 8, 0, R(RDI)) \
CASE(stosq, "rep stosq", STOS, 8, 0, R(RDI)) \
CASE(stosb, "stosb", STOS, 1, 0, R(RDI)) \
CASE(movsq, "rep movsq", MOVS, 8, 0, R(RDI)) \
CASE(movsfs, "rep movsl %fs:(%rsi), (%rdi)", MOVS, 4, 0, R(RDI)) \
CASE(xchg, "xchg %rax, (%rdi)", XCHG, 8, 0, R(RDI)) \
CASE(xchgl, "xchg %r8d, 4(%rdi)", XCHG, 4, 0, R(RDI) + 4) \
CASE(lxchg, "lock xchg %rax, (%rdi)", XCHG, 8, 1, R(RDI)) \
CASE(cmpxchg, "lock cmpxchg %rcx, (%rdi)", CMPXCHG, 8, 1, R(RDI)) \
CASE(cmpxchgb, "cmpxchg %cl, (%rdi)", CMPXCHG, 1, 0, R(RDI)) \
CASE(xadd, "lock xadd %rcx, (%rdi)", XADD, 8, 1, R(RDI)) \
CASE(btsi, "lock btsq $6, (%rdi)", BTS, 8, 1, R(RDI)) \
CASE(btri, "lock btrq $1, (%rdi)", BTR, 8, 1, R(RDI)) \
CASE(btrl, "lock btrl $5, (%rdi)", BTR, 4, 1, R(RDI)) \
CASE(btci, "btcq $63, 8(%rdi)", BTC, 8, 0, R(RDI) + 8) \
CASE(btrr, "lock btr %rax, (%rdi)", BTR, 8, 1, R(RDI) + R(RAX) / 64 * 8) \
CASE(btrw, "btr %ax, (%rdi)", BTR, 2, 0, R(RDI) + R(RAX) / 16 * 2) \
CASE(addr, "lock add %rax, (%rdi)", ADD, 8, 1, R(RDI)) \
CASE(addi, "lock addq $1, (%rdi)", ADD, 8, 1, R(RDI)) \
CASE(ori, "lock orb $0x40, (%rdi)", OR, 1, 1, R(RDI)) \
CASE(ori64, "orq $0x12345678, (%rdi)", OR, 8, 0, R(RDI)) \
CASE(ori16, "orw $0x1234, (%rdi)", OR, 2, 0, R(RDI)) \
CASE(andr, "lock and %rdx, (%rdi)", AND, 8, 1, R(RDI)) \
CASE(andi, "andq $-3, (%rdi)", AND, 8, 0, R(RDI)) \
CASE(xorr, "xor %rdx, (%rdi)", XOR, 8, 0, R(RDI)) \
CASE(subr, "sub %rdx, (%rdi)", SUB, 8, 0, R(RDI)) \
CASE(adcr, "adc %rdx, (%rdi)", ADC, 8, 0, R(RDI)) \
CASE(sbbr, "sbb %edx, (%rdi)", SBB, 4, 0, R(RDI)) \
CASE(notq, "lock notq (%rdi)", NOT, 8, 1, R(RDI)) \
CASE(negq, "negq (%rdi)", NEG, 8, 0, R(RDI)) \
CASE(incq, "lock incq (%rdi)", INC, 8, 1, R(RDI)) \
CASE(decb, "decb (%rdi)", DEC, 1, 0, R(RDI))

/* What must be refused; the CPU would not get to most of these with a #GP. */
#define REFUSED(CASE) \
CASE(nop, "nop") \
CASE(hlt, "hlt") \
CASE(invd, "invd") \
CASE(invlpg, "invlpg (%rax)") \
CASE(lmsw, "lmsw %ax") \
CASE(smsw, "smsw %ax") \
CASE(swapgs, "swapgs") \
CASE(sysret, "sysretq") \
CASE(iretq, "iretq") \
CASE(rdpmc, "rdpmc") \
CASE(lgdt, "lgdt (%rax)") \
CASE(lidt, "lidt (%rax)") \
CASE(ltr, "ltr %ax") \
CASE(movload, "movq (%rdi), %rax") \
CASE(cmp, "cmpq $0, (%rdi)") \
CASE(test, "testq $1, (%rdi)") \
CASE(bt, "btq $1, (%rdi)") \
CASE(push, "pushq (%rdi)") \
CASE(call, "call *(%rdi)") \
CASE(movaps, "movaps %xmm0, (%rdi)") \
CASE(cmpxchg16b, "lock cmpxchg16b (%rdi)") \
CASE(lockcpuid, ".byte 0xf0, 0x0f, 0xa2") \
CASE(lockmov, ".byte 0xf0, 0x48, 0x89, 0x07") \
CASE(lockreg, ".byte 0xf0, 0x48, 0x01, 0xc7") \
CASE(xsetbv66, ".byte 0x66, 0x0f, 0x01, 0xd1") \
CASE(xsetbvf3, ".byte 0xf3, 0x0f, 0x01, 0xd1") \
CASE(movnti66, ".byte 0x66, 0x0f, 0xc3, 0x07") \
CASE(vmcall, "vmcall") \
CASE(vex, "vmovaps %ymm0, (%rdi)") \
CASE(toolong, ".fill 14, 1, 0x66\n cpuid")

#define ASSEMBLE(name, text)						\
	asm(".pushsection .rodata\n"					\
	    "case_" #name ": " text "\n"				\
	    "case_" #name "_end: .popsection\n");			\
	extern const u8 case_##name[], case_##name##_end[];
#define EMIT(name, text, ...) ASSEMBLE(name, text)
CASES(EMIT)
REFUSED(EMIT)

struct known {
	const char *text;
	const u8 *bytes, *end;
	enum insn_op op;
	unsigned int size;
	bool lock;
	u64 address;
};

#define KNOWN(name, text, op, size, lock, address) \
	{ text, case_##name, case_##name##_end, INSN_##op, size, lock, address },
static const struct known known[] = { CASES(KNOWN) };

#define KNOWN_BAD(name, text) \
	{ text, case_##name, case_##name##_end, INSN_NONE, 0, false, 0 },
static const struct known known_bad[] = { REFUSED(KNOWN_BAD) };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static struct guest_regs test_regs(void)
{
	struct guest_regs regs = { .rip = RIP, .rflags = 0x202 };
	unsigned int i;

	for (i = 0; i < 16; i++)
		insn_reg_write(&regs, i, R(i), 8, true);
	return regs;
}

/* Decodes from an allocation of exactly @len bytes. */
static int decode(const u8 *bytes, unsigned int len, bool code64, struct insn *insn)
{
	u8 *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, bytes, len);
	ret = insn_decode(copy, len, code64, insn);
	free(copy);
	return ret;
}

static void test_known(void)
{
	struct guest_regs regs = test_regs();
	struct insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const struct known *k = &known[i];
		unsigned int len = k->end - k->bytes;
		int ret = decode(k->bytes, len, true, &insn);

		if (!expect(!ret, "%s: %d", k->text, ret))
			continue;
		expect(insn.op == k->op, "%s: op %d", k->text, insn.op);
		expect(insn.len == len, "%s: %u bytes, not %u", k->text, insn.len, len);
		expect(insn.size == k->size, "%s: size %u", k->text, insn.size);
		expect(insn.lock == k->lock, "%s", k->text);
		expect(insn.mem == (k->address != NONE), "%s", k->text);
		if (insn.mem) {
			u64 address = insn_address(&insn, &regs, FS_BASE, GS_BASE);

			expect(address == k->address, "%s: at %#lx, not %#lx",
			       k->text, address, k->address);
		}
	}
}

static void test_refused(void)
{
	struct insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known_bad); i++) {
		const struct known *k = &known_bad[i];
		int ret = decode(k->bytes, k->end - k->bytes, true, &insn);

		expect(ret == -EINVAL, "%s: %d", k->text, ret);
	}
}

/* A part of an instruction is never taken for a whole one. */
static void test_truncated(void)
{
	struct insn insn;
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		for (len = 0; len < known[i].end - known[i].bytes; len++) {
			int ret = decode(known[i].bytes, len, true, &insn);

			expect(ret == -ENODATA, "%s cut to %u bytes: %d",
			       known[i].text, len, ret);
		}
}

/* The operands that the CASES table does not show. */
static void test_operands(void)
{
	struct guest_regs regs = test_regs();
	struct insn insn;

	decode(case_rcr2, case_rcr2_end - case_rcr2, true, &insn);
	expect(insn.reg == 2 && insn.rm == R12, "%u %u", insn.reg, insn.rm);
	decode(case_wcr8, case_wcr8_end - case_wcr8, true, &insn);
	expect(insn.reg == 8, "%u", insn.reg);
	decode(case_inb, case_inb_end - case_inb, true, &insn);
	expect(insn.src == INSN_SRC_IMM && insn.imm == 0x71, "%#lx", insn.imm);
	decode(case_outb, case_outb_end - case_outb, true, &insn);
	expect(insn.src == INSN_SRC_IMM && insn.imm == 0xfe, "%#lx", insn.imm);
	decode(case_int80, case_int80_end - case_int80, true, &insn);
	expect(insn.imm == 0x80, "%#lx", insn.imm);
	decode(case_inl, case_inl_end - case_inl, true, &insn);
	expect(insn.src == INSN_SRC_NONE, "%d", insn.src);
	decode(case_movimm64, case_movimm64_end - case_movimm64, true, &insn);
	expect(insn_source_value(&insn, &regs) == ~0ULL, "sign");
	decode(case_movimm16, case_movimm16_end - case_movimm16, true, &insn);
	expect(insn_source_value(&insn, &regs) == 0x1234, "imm16");
	decode(case_movsib, case_movsib_end - case_movsib, true, &insn);
	expect(insn_source_value(&insn, &regs) == R(R15), "r15");
	decode(case_stosq, case_stosq_end - case_stosq, true, &insn);
	expect(insn.rep && insn_source_value(&insn, &regs) == R(RAX), "rax");
}

/* REX counts right before the opcode only; REX.W makes no 64-bit port. */
static void test_prefixes(void)
{
	static const u8 rex_66_mov[] = { 0x48, 0x66, 0x89, 0x07 };
	static const u8 rex_in[] = { 0x48, 0xed };
	static const u8 rex_66_in[] = { 0x66, 0x48, 0xed };
	struct insn insn;

	expect(decode(rex_66_mov, 4, true, &insn) == 0 && insn.size == 2 && !insn.rex,
	       "size %u", insn.size);
	expect(decode(rex_in, 2, true, &insn) == 0 && insn.size == 4, "size %u", insn.size);
	expect(decode(rex_66_in, 3, true, &insn) == 0 && insn.size == 4, "size %u", insn.size);
}

/* In 32-bit code 40..4f are no prefixes, and memory operands are not for us. */
static void test_code32(void)
{
	static const u8 rex_cpuid[] = { 0x48, 0x0f, 0xa2 };
	struct insn insn;

	expect(decode(rex_cpuid, 3, true, &insn) == 0, "REX");
	expect(decode(rex_cpuid, 3, false, &insn) == -EINVAL, "dec %%eax");
	expect(decode(case_cpuid, 2, false, &insn) == 0, "cpuid");
	expect(decode(case_outb, 2, false, &insn) == 0, "outb");
	expect(decode(case_mov8, case_mov8_end - case_mov8, false, &insn) == -EINVAL, "mov");
	expect(decode(case_insb, case_insb_end - case_insb, false, &insn) == -EINVAL, "ins");
}

/* A segment override on a register operand means nothing (XSA-123). */
static void test_override(void)
{
	static const u8 gs_rcr0[] = { 0x65, 0x0f, 0x20, 0xc0 };
	struct insn insn;

	expect(decode(gs_rcr0, sizeof(gs_rcr0), true, &insn) == 0, "decodes");
	expect(!insn.mem && insn.rm == RAX && insn.len == 4, "and is a register");
}

static void check_one(const u8 *bytes, unsigned int n, bool code64)
{
	struct guest_regs regs = test_regs();
	struct insn insn, again;
	unsigned int len;
	int ret = decode(bytes, n, code64, &insn);

	if (ret) {
		expect(ret == -EINVAL || (ret == -ENODATA && n < INSN_MAX_LEN), "%d", ret);
		return;
	}
	expect(insn.len > 0 && insn.len <= n && insn.len <= INSN_MAX_LEN, "%u", insn.len);
	expect(insn.op != INSN_NONE && insn.op < INSN_GROUP1, "%d", insn.op);
	expect(insn.size == 1 || insn.size == 2 || insn.size == 4 || insn.size == 8,
	       "%u", insn.size);
	expect(insn.reg < 16 && insn.rm < 16, "registers");
	expect(!insn.lock || insn_writes_memory(&insn), "LOCK");
	if (insn.mem)
		insn_address(&insn, &regs, FS_BASE, GS_BASE);
	insn_source_value(&insn, &regs);

	for (len = 0; len < insn.len; len++)
		expect(decode(bytes, len, code64, &again) == -ENODATA, "cut to %u", len);
	expect(decode(bytes, insn.len, code64, &again) == 0 && again.len == insn.len &&
	       again.op == insn.op, "exact length");
}

/* Every opcode with every ModRM, with prefixes that change something. */
static void test_exhaustive(void)
{
	static const u8 prefix[] = { 0x90, 0x66, 0x67, 0xf0, 0xf3, 0x48, 0x41, 0x4c, 0x65 };
	u8 bytes[INSN_MAX_LEN];
	unsigned int map, opcode, modrm, p, n;

	for (map = 0; map < 2; map++)
		for (opcode = 0; opcode < 256; opcode++)
			for (modrm = 0; modrm < 256; modrm++) {
				p = (opcode + modrm) % ARRAY_SIZE(prefix);
				n = 0;
				memset(bytes, 0x25 + modrm, sizeof(bytes));
				if (p)
					bytes[n++] = prefix[p];
				if (map)
					bytes[n++] = 0x0f;
				bytes[n++] = opcode;
				bytes[n] = modrm;
				check_one(bytes, sizeof(bytes), opcode % 3 != 0);
			}
}

static void test_random(void)
{
	static const u8 likely[] = { 0x0f, 0xf0, 0x48, 0x66, 0x65, 0xba, 0xb1, 0x87, 0x89, 0xa2 };
	u8 bytes[20];
	unsigned int round, i, n;

	for (round = 0; round < 300000; round++) {
		n = ktap_random_below(sizeof(bytes) + 1);
		for (i = 0; i < n; i++)
			bytes[i] = ktap_random_below(3) ? ktap_random() :
				   likely[ktap_random_below(sizeof(likely))];
		check_one(bytes, n, ktap_random_below(4));
	}
}

static const struct ktap_test tests[] = {
	{ "encodings made by the assembler", test_known },
	{ "instructions that are not emulated", test_refused },
	{ "truncated instructions", test_truncated },
	{ "operands", test_operands },
	{ "prefixes", test_prefixes },
	{ "32-bit code", test_code32 },
	{ "segment override on a register operand (XSA-123)", test_override },
	{ "all opcodes", test_exhaustive },
	{ "random bytes", test_random },
	{ "arithmetic as the CPU does it", test_arithmetic },
	{ "xchg, cmpxchg, xadd as the CPU does them", test_exchange },
	{ "bit instructions as the CPU does them", test_bits },
	{ "bit offsets far from the operand (XSA-195)", test_bit_address },
	{ "registers of all sizes", test_registers },
};

KTAP_MAIN(tests)
