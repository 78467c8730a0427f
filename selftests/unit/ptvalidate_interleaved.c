// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_interleaved.c: vCPUs of two domains, each with an operation under
 * way, take steps in random order; operations give way at random points, and
 * are resumed, or forgotten.  Only the invariants are looked at: what is
 * granted depends on who came first.
 */
#include "ptvalidate_world.h"

#define STEPS	120000

struct under_way {
	unsigned int what;		/* 0: nothing */
	u64 a, b, c;
	bool user;
};

static int attempt(struct vcpu *v, const struct under_way *op)
{
	struct pt_update u = { .mfn = op->a, .index = op->b, .val = op->c };

	switch (op->what) {
	case 1:
		return pt_pin(v, op->a, op->b);
	case 2:
		return pt_unpin(v, op->a);
	case 3:
		return pt_new_base(v, v, op->a, op->user);
	case 4:
		return pt_update(v, &u);
	default:
		return pt_clear_page(v, op->a);
	}
}

static void begin(struct under_way *op, unsigned int n)
{
	u8 level = pick_level();

	op->what = 1 + ktap_random_below(8);
	op->a = pick(n, level);
	op->b = level;
	op->user = ktap_random_below(2);
	switch (op->what) {
	case 3:
		op->a = op->user && !ktap_random_below(4) ? 0 : pick(n, FRAME_L4);
		break;
	case 5:
		if (ktap_random_below(4))	/* seldom */
			op->what = 4;
		break;
	case 6:
	case 7:
	case 8:
		op->what = 4;
		break;
	}
	if (op->what == 4) {
		op->b = slots[ktap_random_below(NR_SLOTS)];
		op->c = pick_entry(n, level);
	}
}

/* One step of one vCPU: what it does next is up to chance. */
static void go(struct vcpu *v, unsigned int n, struct under_way *op)
{
	if (!op->what) {
		if (v->undo.nr && ktap_random_below(2))
			pt_undo_all(v);		/* on its way into the guest */
		else
			begin(op, n);
		return;
	}
	if (attempt(v, op) != -ERESTART)
		op->what = 0;
	else if (!ktap_random_below(50))
		op->what = 0;			/* it never comes back to this one */
}

void test_random_interleaved(void)
{
	static struct under_way ops[NR_DOMAINS][NR_VCPUS];

	world_reset();
	memset(ops, 0, sizeof(ops));
	world.hardware = true;
	world.yield = yield_random;
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int n = ktap_random_below(NR_DOMAINS);
		unsigned int k = ktap_random_below(NR_VCPUS);

		go(&world.vcpu[n][k], n, &ops[n][k]);
		if (!world_check("after a step")) {
			printf("# at step %u\n", i);
			break;
		}
	}
	world_drain();
}
