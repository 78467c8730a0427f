// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Warp, turned on and off by the guest (kmod/uapi/lodge_guest.h).  The
 * command line says mode=:
 *   refused  domain 0 does not leave it to the guest
 *   guest    it does; a rival of equal weight spins on the same pCPU
 *   limit    it does, with an L that is not to be evaded
 *   rival    spin
 */
#include "guest.h"
#include "../../../kmod/uapi/lodge_guest.h"

#define MS		1000000UL

static bool mode(const char *name)
{
	const char *is = cmdline_value("mode");

	return is && !strncmp(is, name, strlen(name));
}

static long warp(u64 want) { return hc2(sched_op, LODGE_SCHEDOP_WARP, want); }

/* ns since the vCPU came up: that it ran, that it could have run but did not */
static void account(u64 *ran, u64 *waited)
{
	struct vcpu_runstate_info info;

	REQUIRE(hc3(vcpu_op, VCPUOP_get_runstate_info, 0, &info) == 0);
	*ran = info.time[RUNSTATE_running];
	*waited = info.time[RUNSTATE_runnable];
}

#define KEEP	~0UL

/*
 * Say @want, then run for @ns of its own time; how long did it wait meanwhile?
 * @toggle: off and on, often.
 */
static u64 spin(u64 ns, u64 want, bool toggle)
{
	u64 ran, waited, ran_before, waited_before;

	account(&ran_before, &waited_before);
	if (want != KEEP)	/* it may wait before this returns */
		EXPECT_EQ(warp(want), want == LODGE_WARP_WANT_OFF);
	do {
		u64 end = system_time_ns() + MS;

		while (system_time_ns() < end)
			cpu_relax_();
		if (toggle) {
			EXPECT_EQ(warp(LODGE_WARP_WANT_OFF), 1);
			EXPECT_EQ(warp(LODGE_WARP_WANT_ON), 0);
		}
		account(&ran, &waited);
	} while (ran - ran_before < ns);
	return waited - waited_before;
}

TEST(rival, "spins")
{
	if (!mode("rival"))
		test_skip("not asked for");
	print("# spinning\n");
	for (;;)
		cpu_relax_();
}

TEST(refused, "who may not decide is told so, and nothing changes")
{
	if (!mode("refused"))
		test_skip("not asked for");
	EXPECT_EQ(warp(LODGE_WARP_WANT_ASK), X_EPERM);
	EXPECT_EQ(warp(LODGE_WARP_WANT_ON), X_EPERM);
	EXPECT_EQ(warp(LODGE_WARP_WANT_OFF), X_EPERM);
}

TEST(values, "what is not defined is refused first")
{
	if (mode("rival"))
		test_skip("not asked for");
	EXPECT_EQ(warp(LODGE_WARP_WANT_ASK + 1), X_EINVAL);
	EXPECT_EQ(warp(~0UL), X_EINVAL);
	EXPECT_EQ(warp(1UL << 32), X_EINVAL);
	EXPECT_EQ(hc2(sched_op, LODGE_SCHEDOP_WARP + 1, 0), X_ENOSYS);
	EXPECT_EQ(hc2(sched_op, LODGE_SCHEDOP_WARP - 1, 0), X_ENOSYS);
}

TEST(answers, "on and off say what was wanted before")
{
	if (!mode("guest"))
		test_skip("not asked for");
	EXPECT_EQ(warp(LODGE_WARP_WANT_ASK), 0);
	EXPECT_EQ(warp(LODGE_WARP_WANT_OFF), 0);
	EXPECT_EQ(warp(LODGE_WARP_WANT_ON), 0);
	EXPECT_EQ(warp(LODGE_WARP_WANT_ON), 1);
	EXPECT_EQ(warp(LODGE_WARP_WANT_ASK), 1);
	EXPECT_EQ(warp(LODGE_WARP_WANT_OFF), 1);
	EXPECT_EQ(warp(LODGE_WARP_WANT_ASK), 0);
}

TEST(borrows, "warped it goes first, and pays for it later")
{
	u64 before, warped, after;

	if (!mode("guest"))
		test_skip("not asked for");
	before = spin(200 * MS, KEEP, false);
	warped = spin(200 * MS, LODGE_WARP_WANT_ON, false);
	after = spin(200 * MS, LODGE_WARP_WANT_OFF, false);
	note("waited %lu us, warped %lu us, then %lu us, for 200 ms each", before / 1000,
	     warped / 1000, after / 1000);
	EXPECT(before >= 100 * MS);
	EXPECT(warped < 50 * MS);
	EXPECT(after >= 250 * MS);
}

/* L is 20 ms, U is much longer than this takes. */
TEST(limit, "turning it off and on begins no new stretch")
{
	u64 waited;

	if (!mode("limit"))
		test_skip("not asked for");
	spin(50 * MS, KEEP, false);
	waited = spin(200 * MS, LODGE_WARP_WANT_ON, true);
	EXPECT_EQ(warp(LODGE_WARP_WANT_OFF), 1);
	note("waited %lu us for 200 ms", waited / 1000);
	EXPECT(waited >= 100 * MS);
}
