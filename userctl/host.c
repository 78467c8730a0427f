// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Is this host suitable?
 *
 * What the module would refuse at load (kmod/host_check.c) and what would
 * keep it from being loaded, seen from user space, without the module and, as
 * far as it goes, without privilege.  Called by check.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli.h"
#include "store.h"

#define CPUID_HYPERVISOR_FIRST	0x40000000
#define CPUID_HYPERVISOR_LAST	0x40010000
#define SMALLEST_DOMAIN		(64UL << 10)	/* KiB free, below which little can run */

/* First line of a small file; "" if there is none. */
static void read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	*buf = '\0';
	if (!f)
		return;
	if (!fgets(buf, size, f))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

/* Has the kernel this word in the flags of /proc/cpuinfo?  0, 1; -1: cannot tell. */
static int cpu_flag(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *line = NULL, *word, *rest;
	size_t size = 0;
	int found = -1;

	if (!f)
		return -1;
	while (found < 0 && getline(&line, &size, f) > 0) {
		if (strncmp(line, "flags", 5))
			continue;
		found = 0;
		for (word = strtok_r(line, " \t\n:", &rest); word && !found;
		     word = strtok_r(NULL, " \t\n:", &rest))
			found = !strcmp(word, flag);
	}
	free(line);
	fclose(f);
	return found;
}

static enum finding check_machine(char *text, size_t size)
{
	struct utsname u;

	if (uname(&u) || strcmp(u.machine, "x86_64")) {
		snprintf(text, size, "this kernel is no 64-bit x86 kernel; lodge needs one");
		return FINDING_REFUSED;
	}
	snprintf(text, size, "Linux %s on x86-64", u.release);
	return FINDING_OK;
}

static enum finding check_cpu(char *text, size_t size)
{
	static const struct { const char *flag, *why; } needed[] = {
		{ "syscall", "no SYSCALL instruction" }, { "fxsr", "no FXSR" },
		{ "sse2", "no SSE2" }, { "tsc", "no time stamp counter" },
		{ "apic", "no local APIC" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		switch (cpu_flag(needed[i].flag)) {
		case 0:
			snprintf(text, size, "the CPU has %s, which guests cannot do without",
				 needed[i].why);
			return FINDING_REFUSED;
		case -1:
			snprintf(text, size, "cannot read /proc/cpuinfo; mount /proc");
			return FINDING_WARNING;
		}
	}
	snprintf(text, size, "the CPU has what is needed");
	return FINDING_OK;
}

static enum finding check_fred(char *text, size_t size)
{
	if (cpu_flag("fred") == 1) {
		snprintf(text, size, "this kernel uses FRED event delivery; boot with fred=off");
		return FINDING_REFUSED;
	}
	snprintf(text, size, "FRED is not in use");
	return FINDING_OK;
}

static bool runs_on_xen(void)
{
	unsigned int a, leaf, sign[4] = { 0 };
	char type[16];

	read_line("/sys/hypervisor/type", type, sizeof(type));
	if (!strcmp(type, "xen"))
		return true;
	__cpuid(1, a, sign[0], sign[1], sign[2]);
	if (!(sign[1] >> 31))
		return false;
	for (leaf = CPUID_HYPERVISOR_FIRST; leaf < CPUID_HYPERVISOR_LAST; leaf += 0x100) {
		memset(sign, 0, sizeof(sign));
		__cpuid(leaf, a, sign[0], sign[1], sign[2]);
		if (!memcmp(sign, "XenVMMXenVMM", 12))
			return true;
	}
	return false;
}

static enum finding check_xen(char *text, size_t size)
{
	if (runs_on_xen()) {
		snprintf(text, size, "this kernel runs as a guest of Xen, whose place lodge would take; use another machine");
		return FINDING_REFUSED;
	}
	snprintf(text, size, "not a guest of Xen");
	return FINDING_OK;
}

/* The kernel's own words for it; SME and SEV are in no file but the log. */
static enum finding check_encryption(char *text, size_t size)
{
	static const char * const devices[] = { "/dev/sev-guest", "/dev/tdx_guest" };
	char line[256];
	bool active = cpu_flag("tdx_guest") == 1;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		active |= !access(devices[i], F_OK);
	read_line("/proc/cmdline", line, sizeof(line));
	active |= strstr(line, "mem_encrypt=on") && cpu_flag("sme") == 1;
	if (active) {
		snprintf(text, size, "memory encryption (SME, SEV, TDX) is active, which lodge cannot work with; use another machine");
		return FINDING_REFUSED;
	}
	snprintf(text, size, "no memory encryption seen (SME, SEV, TDX)");
	return FINDING_OK;
}

static enum finding check_clock(char *text, size_t size)
{
	char line[64];

	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", line,
		  sizeof(line));
	if (cpu_flag("constant_tsc") == 0 && strcmp(line, "tsc")) {
		snprintf(text, size, "the time stamp counter may change its speed (clock source: %s); guests' clocks may drift",
			 line[0] ? line : "unknown");
		return FINDING_WARNING;
	}
	snprintf(text, size, "the time stamp counter can serve guests");
	return FINDING_OK;
}

static enum finding check_lockdown(char *text, size_t size)
{
	char line[64], sig[8];

	read_line("/proc/sys/kernel/modules_disabled", line, sizeof(line));
	if (!strcmp(line, "1")) {
		snprintf(text, size, "loading modules is switched off (kernel.modules_disabled); reboot without it");
		return access("/sys/module/lodge", F_OK) ? FINDING_REFUSED : FINDING_OK;
	}
	read_line("/sys/kernel/security/lockdown", line, sizeof(line));
	read_line("/sys/module/module/parameters/sig_enforce", sig, sizeof(sig));
	if (strstr(line, "[integrity]") || strstr(line, "[confidentiality]") || !strcmp(sig, "Y")) {
		snprintf(text, size, "only signed modules can be loaded (Secure Boot or lockdown); sign lodge.ko with a key this machine trusts");
		return FINDING_WARNING;
	}
	snprintf(text, size, "unsigned modules can be loaded");
	return FINDING_OK;
}

static enum finding check_privilege(char *text, size_t size)
{
	if (geteuid()) {
		snprintf(text, size, "not root: only this command works; run lodge as root");
		return FINDING_WARNING;
	}
	snprintf(text, size, "root");
	return FINDING_OK;
}

static unsigned long available_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	if (!f)
		return 0;
	while (!kib && fgets(line, sizeof(line), f))
		sscanf(line, "MemAvailable: %lu kB", &kib);
	fclose(f);
	return kib;
}

static enum finding check_memory(char *text, size_t size)
{
	unsigned long kib = available_kib();

	snprintf(text, size, "%lu MiB are available for domains%s", kib >> 10,
		 kib < SMALLEST_DOMAIN ? "; free some" : "");
	return kib < SMALLEST_DOMAIN ? FINDING_WARNING : FINDING_OK;
}

/* Loaded, reachable, of this release? */
static enum finding check_module(char *text, size_t size)
{
	struct client c = { 0 };
	struct errbuf e;

	if (access("/sys/module/lodge", F_OK)) {
		snprintf(text, size, "the module is not loaded; 'modprobe lodge' or 'insmod lodge.ko' does it");
		return FINDING_WARNING;
	}
	if (geteuid()) {
		snprintf(text, size, "the module is loaded");
		return FINDING_OK;
	}
	if (client_open(&c, &e)) {
		snprintf(text, size, "%.200s", e.text);
		return FINDING_REFUSED;
	}
	client_close(&c);
	snprintf(text, size, "the module is loaded and speaks version %u, as this command does",
		 LODGE_ABI_VERSION);
	return FINDING_OK;
}

static enum finding check_store(char *text, size_t size)
{
	if (store_running())
		snprintf(text, size, "xenstored runs");
	else if (store_installed())
		snprintf(text, size, "xenstored is installed; 'lodge create' starts it");
	else
		snprintf(text, size, "no xenstored is installed (Debian: xen-utils-4.17), so domains will have no xenstore");
	return FINDING_OK;
}

const struct host_check host_checks[] = {
	{ "machine", check_machine },
	{ "cpu", check_cpu },
	{ "fred", check_fred },
	{ "xen", check_xen },
	{ "encryption", check_encryption },
	{ "clock", check_clock },
	{ "modules", check_lockdown },
	{ "privilege", check_privilege },
	{ "memory", check_memory },
	{ "xenstore", check_store },
	{ "module", check_module },
};
const unsigned int nr_host_checks = ARRAY_SIZE(host_checks);
