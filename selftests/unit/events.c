// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c: the unit tests of hypercall/evtchn_2l.h and of
 * kmod/backend/evtchn_budget.h.
 *
 * Senders run against a guest in every order in which their steps can come: a
 * step is one access to shared memory.  In the end no event may be left that
 * is neither masked nor announced.  Barriers are not tried here, all accesses
 * come in order; selftests/guest/special does that on real processors.
 */
#include <string.h>
#include <ucontext.h>
#include "ktap.h"

typedef uint64_t u64;
typedef uint8_t u8;

/* ---- threads that give way before each access, in a given order ---- */

#define THREADS_MAX	3
#define STEPS_MAX	64
#define STACK		65536

struct thread {
	ucontext_t context;
	void (*fn)(void);
	bool done;
};

static struct thread threads[THREADS_MAX];
static unsigned int nr_threads, current;
static ucontext_t scheduler;
static char stacks[THREADS_MAX][STACK] __attribute__((aligned(64)));

static void step(void)
{
	if (nr_threads)
		swapcontext(&threads[current].context, &scheduler);
}

static void thread_main(void)
{
	threads[current].fn();
	threads[current].done = true;
	swapcontext(&threads[current].context, &scheduler);
}

static void thread_make(unsigned int i)
{
	struct thread *t = &threads[i];

	t->done = false;
	getcontext(&t->context);
	t->context.uc_stack.ss_sp = stacks[i];
	t->context.uc_stack.ss_size = STACK;
	t->context.uc_link = NULL;
	makecontext(&t->context, thread_main, 0);
}

/* ---- what evtchn_2l.h wants, and what a guest has ---- */

static bool test_bit(unsigned int n, const unsigned long *map)
{
	step();
	return map[n / 64] >> n % 64 & 1;
}

static bool test_and_set_bit(unsigned int n, unsigned long *map)
{
	bool was;

	step();
	was = map[n / 64] >> n % 64 & 1;
	map[n / 64] |= 1UL << n % 64;
	return was;
}

static bool test_and_clear_bit(unsigned int n, unsigned long *map)
{
	bool was;

	step();
	was = map[n / 64] >> n % 64 & 1;
	map[n / 64] &= ~(1UL << n % 64);
	return was;
}

#define xchg(p, v) ({ step(); __auto_type old_ = *(p); *(p) = (v); old_; })

#include "../../hypercall/evtchn_2l.h"
#include "../../kmod/backend/evtchn_budget.h"

static unsigned long pending[64], mask[64], sel;
static u8 upcall;
static unsigned int nr_sent, nr_handled, nr_told;

/* As evtchn_set_pending(). */
static void send(unsigned int port)
{
	nr_sent++;
	if (!evtchn_2l_set(pending, port))
		return;
	if (!test_bit(port, mask) && evtchn_2l_raise(&sel, &upcall, port))
		nr_told++;
}

/* The guest's upcall, as Linux has it. */
static void handle(void)
{
	unsigned long words, word, bits;
	unsigned int bit;

	step();
	upcall = 0;
	words = xchg(&sel, 0);
	for (word = 0; word < 64; word++) {
		if (!(words >> word & 1))
			continue;
		step();
		bits = pending[word] & ~mask[word];
		for (bit = 0; bit < 64; bit++) {
			if (!(bits >> bit & 1))
				continue;
			test_and_clear_bit(word * 64 + bit, pending);
			nr_handled++;
		}
	}
}

/* ---- every order ---- */

struct outcome {
	unsigned int orders, lost;
};

/* Run one order: @choice says who goes at each step; filled up with the lowest. */
static unsigned int run_order(u8 *choice, unsigned int nr, u8 *ways)
{
	unsigned int n = 0, i, alive, which;

	for (i = 0; i < nr_threads; i++)
		thread_make(i);
	for (;;) {
		u8 id[THREADS_MAX];

		for (i = 0, alive = 0; i < nr_threads; i++)
			if (!threads[i].done)
				id[alive++] = i;
		if (!alive)
			return n;
		if (n == STEPS_MAX)
			abort();
		which = n < nr ? choice[n] : 0;
		choice[n] = which;
		ways[n++] = alive;
		current = id[which];
		swapcontext(&scheduler, &threads[current].context);
	}
}

static bool is_lost(void)
{
	unsigned int i, rounds;

	nr_threads = 0;		/* from here on nobody gives way */
	for (rounds = 0; upcall && rounds < 10; rounds++)
		handle();
	for (i = 0; i < 64; i++)
		if (pending[i] & ~mask[i])
			return true;
	return upcall;
}

static void run_all(void (*begin)(void), void (*const *fns)(void), unsigned int nr,
		    struct outcome *out)
{
	u8 choice[STEPS_MAX] = { 0 }, ways[STEPS_MAX];
	unsigned int n = 0, i;

	memset(out, 0, sizeof(*out));
	do {
		memset(pending, 0, sizeof(pending));
		memset(mask, 0, sizeof(mask));
		sel = upcall = nr_sent = nr_handled = nr_told = 0;
		nr_threads = 0;
		begin();
		nr_threads = nr;
		for (i = 0; i < nr; i++)
			threads[i].fn = fns[i];
		n = run_order(choice, n, ways);
		out->orders++;
		out->lost += is_lost();
		/* The next order: the last step that has another way takes it. */
		while (n && choice[n - 1] + 1 == ways[n - 1])
			n--;
		if (n)
			choice[n - 1]++;
	} while (n);
}

static void expect_none_lost(const char *what, void (*begin)(void), void (*const *fns)(void),
			     unsigned int nr)
{
	struct outcome out;

	run_all(begin, fns, nr, &out);
	expect(out.orders > 20, "%s: %u orders only", what, out.orders);
	expect(!out.lost, "%s: %u of %u orders lose an event", what, out.lost, out.orders);
}

#define NONE_LOST(what, begin, ...) do {					\
	void (*const fns_[])(void) = { __VA_ARGS__ };				\
	expect_none_lost(what, begin, fns_, sizeof(fns_) / sizeof(*fns_));	\
} while (0)

/* ---- who takes part ---- */

static void nothing(void) { }
static void send_5(void) { send(5); }
static void send_6(void) { send(6); }
static void send_4095(void) { send(4095); }
static void mask_5(void) { mask[0] |= 1UL << 5; }
static void told(void) { send(6); }

static void handle_if_told(void)
{
	step();
	if (upcall)
		handle();
}

static void unmask_5(void)
{
	if (evtchn_2l_unmask(mask, pending, 5) && evtchn_2l_raise(&sel, &upcall, 5))
		nr_told++;
}

/* Linux does it without a call, if the port is its own vCPU's. */
static void unmask_5_itself(void)
{
	test_and_clear_bit(5, mask);
	if (test_bit(5, pending) && !test_and_set_bit(0, &sel)) {
		step();
		upcall = 1;
	}
}

static void mask_and_unmask_5(void)
{
	test_and_set_bit(5, mask);
	unmask_5();
}

static void handle_and_unmask_5(void)
{
	handle_if_told();
	unmask_5();
}

static void test_orders(void)
{
	NONE_LOST("send against upcall", told, send_5, handle);
	NONE_LOST("two sends against upcall", told, send_5, send_5, handle);
	NONE_LOST("sends of one word", nothing, send_5, send_6, handle_if_told);
	NONE_LOST("sends of two words", nothing, send_5, send_4095, handle_if_told);
	NONE_LOST("send against unmask", mask_5, send_5, unmask_5);
	NONE_LOST("send against the guest's own unmask", mask_5, send_5, unmask_5_itself);
	NONE_LOST("send against mask and unmask", nothing, send_5, mask_and_unmask_5);
	NONE_LOST("two sends against unmask", mask_5, send_5, send_6, unmask_5);
	NONE_LOST("send against upcall and unmask", mask_5, send_5, send_6, handle_and_unmask_5);
	NONE_LOST("two unmasks", mask_5, send_5, unmask_5, handle_if_told);
}

/* ---- the same, done wrong: would the orders above have shown it? ---- */

static void send_5_upcall_first(void)
{
	if (!evtchn_2l_set(pending, 5) || test_bit(5, mask))
		return;
	if (!xchg(&upcall, 1))
		nr_told++;
	test_and_set_bit(0, &sel);
}

static void send_5_mask_first(void)
{
	bool masked = test_bit(5, mask);

	if (evtchn_2l_set(pending, 5) && !masked)
		evtchn_2l_raise(&sel, &upcall, 5);
}

static void unmask_5_looks_first(void)
{
	bool was = test_bit(5, pending);

	test_and_clear_bit(5, mask);
	if (was)
		evtchn_2l_raise(&sel, &upcall, 5);
}

static void handle_upcall_last(void)
{
	unsigned long words = xchg(&sel, 0);

	if (words) {
		step();
		pending[0] = 0;
	}
	step();
	upcall = 0;
}

static void test_mutants(void)
{
	struct outcome out;

	run_all(nothing, (void (*const[])(void)){ send_5_upcall_first, handle }, 2, &out);
	expect(out.lost, "upcall_pending before the selector is not seen");
	run_all(mask_5, (void (*const[])(void)){ send_5_mask_first, unmask_5 }, 2, &out);
	expect(out.lost, "a mask that is read too early is not seen");
	run_all(mask_5, (void (*const[])(void)){ send_5, unmask_5_looks_first }, 2, &out);
	expect(out.lost, "an unmask that looks too early is not seen");
	run_all(told, (void (*const[])(void)){ send_5, handle_upcall_last }, 2, &out);
	expect(out.lost, "an upcall that clears its flag last is not seen");
}

static void test_edges(void)
{
	memset(pending, 0, sizeof(pending));
	memset(mask, 0xff, sizeof(mask));
	sel = upcall = 0;
	nr_threads = 0;
	send(4095);
	expect(pending[63] == 1UL << 63 && !sel && !upcall, "a masked port is only pending");
	expect(evtchn_2l_unmask(mask, pending, 4095), "unmask finds it");
	expect(!evtchn_2l_unmask(mask, pending, 4095), "a second one finds nothing to do");
	expect(evtchn_2l_raise(&sel, &upcall, 4095), "raise tells");
	expect(sel == 1UL << 63 && upcall == 1, "selector and flag");
	expect(!evtchn_2l_raise(&sel, &upcall, 4032), "once only");
	sel = 0;
	expect(!evtchn_2l_raise(&sel, &upcall, 4032), "nor if only the flag is set");
	expect(sel == 1UL << 63, "but the selector is");
	expect(!evtchn_2l_set(pending, 4095), "a second event is no event");
}

/* ---- budget ---- */

static void test_budget(void)
{
	struct event_budget b;
	u64 start = ktap_random(), now = start, n = 0, ns = 400 * BUDGET_NS;
	unsigned int i;

	start >>= 8;
	now = start;
	event_budget_init(&b, now);
	for (i = 0; i < BUDGET_BURST; i++)
		expect(event_budget_take(&b, now), "event %u of the burst", i);
	expect(!event_budget_take(&b, now), "one beyond the burst");
	expect(!event_budget_take(&b, now + BUDGET_NS - 1), "one too early");
	expect(event_budget_take(&b, now + BUDGET_NS), "one in time");
	expect(!event_budget_take(&b, now + BUDGET_NS), "and no more");

	/* A storm: as many as time has earned, however it is sliced. */
	event_budget_init(&b, start);
	while (now - start < ns) {
		n += event_budget_take(&b, now);
		now += ktap_random_below(BUDGET_NS / 4);
	}
	expect(n <= BUDGET_BURST + ns / BUDGET_NS, "%llu events", (unsigned long long)n);
	expect(n >= BUDGET_BURST, "%llu events", (unsigned long long)n);

	/* What is not spent is kept up to a burst, over any time. */
	for (i = 0; i < 64; i++) {
		now += 1ULL << i;
		for (n = 0; event_budget_take(&b, now); n++)
			;
		expect(n <= BUDGET_BURST, "%llu events after 2^%u ns", (unsigned long long)n, i);
	}
	expect(n == BUDGET_BURST, "a full burst after a long time");
}

static const struct ktap_test tests[] = {
	{ "no event is lost in any order of steps", test_orders },
	{ "wrong orders would be found", test_mutants },
	{ "masked, unmasked, raised twice", test_edges },
	{ "a budget bounds a storm", test_budget },
};

KTAP_MAIN(tests)
