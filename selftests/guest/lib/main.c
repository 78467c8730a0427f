// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Runs the guest's tests and prints KTAP.
 *
 * A test is a FAILURE when an expectation did not hold ("# FAIL file:line:
 * what: got, want" lines come before its "not ok"), an ERROR when it could
 * not be tried (a setup step failed, or a trap nobody asked for), and a SKIP
 * when it does not apply.  Ends with SHUTDOWN_poweroff, also after failures:
 * whoever runs the guest reads the lines.
 */
#include "guest.h"

#define VERDICT_SKIP	1
#define VERDICT_ERROR	2

struct start_info *start_info;

extern const struct test _tests_start[], _tests_end[];

static struct jump test_jump;
static unsigned int nr_failed;
static char remark[200];

static void remark_set(const char *fmt, ...)
{
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	format_text(remark, sizeof(remark), fmt, ap);
	__builtin_va_end(ap);
}

bool expect(const char *file, int line, const char *what, u64 got, u64 want)
{
	if (got == want)
		return true;
	nr_failed++;
	if (nr_failed <= 8)
		print("# FAIL %s:%d: %s: got 0x%lx (%ld), want 0x%lx (%ld)\n",
		      file, line, what, got, (long)got, want, (long)want);
	return false;
}

void note(const char *fmt, ...)
{
	char line[300];
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	format_text(line, sizeof(line), fmt, ap);
	__builtin_va_end(ap);
	print("# %s\n", line);
}

/* Leave the test; before the first one there is nothing to go on with. */
static __noreturn_ void test_leave(int verdict)
{
	if (!test_jump.rip)
		shutdown(SHUTDOWN_crash);
	jump_to(&test_jump, verdict);
}

void test_skip(const char *why)
{
	remark_set("%s", why);
	test_leave(VERDICT_SKIP);
}

void test_error(const char *file, int line, const char *what)
{
	remark_set("%s:%d: %s", file, line, what);
	test_leave(VERDICT_ERROR);
}

/* Tests that know of a deliberate difference ask who runs them. */
bool on_lodge(void)
{
	static int known = -1;
	char extra[XEN_EXTRAVERSION_LEN] = "";

	if (known < 0) {
		hc2(xen_version, XENVER_extraversion, extra);
		extra[sizeof(extra) - 1] = 0;
		known = !!strstr(extra, "lodge");
	}
	return known;
}

const char *cmdline_value(const char *key)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t n = strlen(key);

	for (; (s = strstr(s, key)); s += n)
		if ((s == (const char *)start_info->cmd_line || s[-1] == ' ') && s[n] == '=')
			return s + n + 1;
	return NULL;
}

/* The number behind "key=", or @otherwise. */
u64 cmdline_number(const char *key, u64 otherwise)
{
	const char *s = cmdline_value(key);
	u64 n = 0;

	if (!s)
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	return n;
}

bool cmdline_has(const char *word)
{
	return strstr((const char *)start_info->cmd_line, word);
}

void shutdown_now(unsigned int reason)
{
	struct sched_shutdown op = { .reason = reason };

	for (;;)
		hc2(sched_op, SCHEDOP_shutdown, &op);
}

void shutdown(unsigned int reason)
{
	console_drain();
	shutdown_now(reason);
}

static void run_one(const struct test *t, unsigned int nr)
{
	int verdict;

	nr_failed = 0;
	remark[0] = 0;
	verdict = jump_set(&test_jump);
	if (!verdict)
		t->fn();
	trap_end();
	trap_hook = NULL;
	event_hook = NULL;
	iret_flags = 0;
	events_mask();
	if (verdict == VERDICT_ERROR)
		print("not ok %u %s # ERROR %s\n", nr, t->name, remark);
	else if (nr_failed)
		print("not ok %u %s\n", nr, t->name);
	else if (verdict == VERDICT_SKIP)
		print("ok %u %s # SKIP %s\n", nr, t->name, remark);
	else
		print("ok %u %s\n", nr, t->name);
}

/* hold=MS: stay for whoever wants to look at the domain (an audit). */
static void hold(void)
{
	struct sched_poll p = { .nr_ports = 0 };
	u64 ms = cmdline_number("hold", 0);

	if (!ms)
		return;
	console_drain();
	p.timeout = system_time_ns() + ms * 1000000;
	hc2(sched_op, SCHEDOP_poll, &p);
}

void guest_main(struct start_info *si);
void guest_main(struct start_info *si)
{
	const struct test *t;

	start_info = si;
	console_init();
	print("KTAP version 1\n1..%u\n", (u32)(_tests_end - _tests_start));
	mm_init(si);
	trap_init();
	for (t = _tests_start; t < _tests_end; t++)
		run_one(t, t - _tests_start + 1);
	print("# end of tests\n");
	hold();
	shutdown(SHUTDOWN_poweroff);
}
