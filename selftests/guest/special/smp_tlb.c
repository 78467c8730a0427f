// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Flushes of other vCPUs' TLBs: that they do what they say, and (flush=alone,
 * flush=busy on the command line) whom they disturb: whoever runs this reads
 * the domain's counters.
 */
#include "guest.h"

#define VA	0x90000000UL
#define ROUNDS	200
#define MANY	1000

static u64 *a, *b;
static u64 pa, pb;
static volatile u64 seen, asked, answered;
static volatile bool stop;

static void setup(void)
{
	if (cpus_nr() < 2)
		test_skip("the domain has one vCPU");
	if (cmdline_value("flush"))
		test_skip("flush= given");
	stop = false;
	asked = answered = 0;
	if (a)
		return;
	a = page_alloc();
	b = page_alloc();
	a[0] = 0xaaaa;
	b[0] = 0xbbbb;
	pa = va_to_mfn(a) * PAGE | PTE_RW_PAGE;
	pb = va_to_mfn(b) * PAGE | PTE_RW_PAGE;
	map_tables(VA);
}

/* Uses the mapping all the time; answers with what it reads when asked. */
static void reader(void *arg)
{
	while (!stop) {
		(void)*(volatile u64 *)VA;
		if (asked != answered) {
			seen = *(volatile u64 *)VA;
			barrier_();
			answered = asked;
		}
	}
}

static u64 ask(void)
{
	asked++;
	WAIT_FOR(answered == asked, 20000);
	return seen;
}

static u64 vcpus[2];

#define AFTER(id, what, stmt)						\
	TEST(id, "another vCPU sees the new mapping after " what)	\
	{								\
		unsigned int i;						\
									\
		setup();						\
		REQUIRE(hc3(update_va_mapping, VA, pa, UVMF_TLB_FLUSH | UVMF_ALL) == 0); \
		cpu_start(1, reader, 0);				\
		for (i = 0; i < ROUNDS; i++) {				\
			REQUIRE(hc3(update_va_mapping, VA, pa, UVMF_TLB_FLUSH | UVMF_ALL) == 0); \
			EXPECT_EQ(ask(), 0xaaaa);			\
			stmt;						\
			EXPECT_EQ(ask(), 0xbbbb);			\
		}							\
		stop = true;						\
		cpu_wait(1);						\
	}

static long update(u64 flags) { return hc3(update_va_mapping, VA, pb, flags); }
static void write_entry(void) { REQUIRE(pte_write(pte_maddr(VA, 1), pb) == 0); }

AFTER(va_all, "update_va_mapping with a flush on all", EXPECT_EQ(update(UVMF_TLB_FLUSH | UVMF_ALL), 0))
AFTER(va_inv_all, "update_va_mapping with INVLPG on all", EXPECT_EQ(update(UVMF_INVLPG | UVMF_ALL), 0))
AFTER(va_mask, "update_va_mapping with INVLPG on a mask",
      vcpus[0] = 2; EXPECT_EQ(update(UVMF_INVLPG | UVMF_MULTI | (u64)vcpus), 0))
AFTER(ext_all, "MMUEXT_TLB_FLUSH_ALL", write_entry(); EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0))
AFTER(ext_inv_all, "MMUEXT_INVLPG_ALL", write_entry(); EXPECT_EQ(mmuext(MMUEXT_INVLPG_ALL, VA), 0))
AFTER(ext_multi, "MMUEXT_TLB_FLUSH_MULTI", write_entry(); vcpus[0] = 2;
      EXPECT_EQ(mmuext2(MMUEXT_TLB_FLUSH_MULTI, 0, (u64)vcpus), 0))
AFTER(ext_inv_multi, "MMUEXT_INVLPG_MULTI", write_entry(); vcpus[0] = ~0UL;
      EXPECT_EQ(mmuext2(MMUEXT_INVLPG_MULTI, VA, (u64)vcpus), 0))

TEST(bad_mask, "a mask that cannot be read: -EINVAL; update_va_mapping: -EFAULT")
{
	setup();
	EXPECT_EQ(mmuext2(MMUEXT_TLB_FLUSH_MULTI, 0, 0x1000), X_EINVAL);
	EXPECT_EQ(mmuext2(MMUEXT_INVLPG_MULTI, VA, 0x1000), X_EINVAL);
	EXPECT_EQ(update(UVMF_INVLPG | UVMF_MULTI | 0x1000), X_EFAULT);
}

static volatile bool ready;

static void sleeper(void *arg)
{
	events_mask();
	ready = true;
	while (!stop)
		hc2(sched_op, SCHEDOP_block, 0);
}

static void spinner(void *arg)
{
	ready = true;
	while (!stop)
		cpu_relax_();
}

TEST(disturb, "a thousand flushes of all vCPUs, for the counters")
{
	const char *how = cmdline_value("flush");
	struct sched_poll p = { .nr_ports = 0 };
	unsigned int i;
	u32 port;

	if (!how || cpus_nr() < 2)
		test_skip("no flush= given");
	stop = ready = false;
	port = ipi_bind(1);
	cpu_start(1, strncmp(how, "busy", 4) ? sleeper : spinner, 0);
	WAIT_FOR(ready, 20000);
	p.timeout = system_time_ns() + 20000000;
	hc2(sched_op, SCHEDOP_poll, &p);
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0);
	stop = true;
	ipi_send(port);
	cpu_wait(1);
}
