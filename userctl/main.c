// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge, the command
 *
 * Finds the subcommand and gives it its arguments.  What a user reads when
 * something is wrong is printed here and nowhere else.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct command commands[] = {
	{ "create", cmd_create, "[NAME] [-f FILE] [OPTION]...", "make a domain and start it",
	  "  -f, --file FILE  what xl.cfg's keys in it say; options say more than it does\n"
	  "  --kernel FILE    bzImage or ELF of a 64-bit Linux with Xen PV support\n"
	  "  --initrd FILE    its initial ramdisk\n"
	  "  --cmdline TEXT   its command line; console=hvc0 shows its console here\n"
	  "  --memory SIZE    as in 96M or 1G (256M if not given)\n"
	  "  --maxmem SIZE    the most that 'lodge mem-set' can give it (as --memory)\n"
	  "  --vcpus N        1 to 64 (1 if not given)\n"
	  "  --max-vcpus N    the most that 'lodge vcpu-set' can give it (as --vcpus)\n"
	  "  --weight N       share of CPU time, 1 to 65535 (256 if not given)\n"
	  "  --warp, --warp-value, --warp-limit, --unwarp-time, --affinity\n"
	  "                   as 'lodge sched' takes them\n"
	  "  --disk FILE[,ro][,name=xvda][,...]   a disk; --net bridge=NAME|nat|route=ADDRESS[,...]\n"
	  "                   a network interface; lodge(8) lists what can be said of them\n"
	  "  --cloud-init DIR a disk with its user-data and meta-data for cloud-init\n"
	  "  --paused         do not let it run before 'lodge unpause'\n"
	  "  --console        stay on its console until it ends (Ctrl-] detaches)\n"
	  "  --foreground     stay until it ends\n"
	  "  --on-poweroff ACTION, --on-reboot ACTION, --on-crash ACTION\n"
	  "                   destroy (the default), preserve its memory, or restart it:\n"
	  "                   then this command stays, in the background if need be\n"
	  "  --no-store       without xenstore, even where there is one\n"
	  "  -j, --json       print the new domain as JSON\n" },
	{ "list", cmd_list, "[-j]", "domains, and those that have ended",
	  "  -j, --json       an array of domains\n" },
	{ "show", cmd_show, "NAME [-j]", "all about one domain",
	  "  -j, --json       an object\n" },
	{ "console", cmd_console, "NAME [--log]", "its console; Ctrl-] detaches",
	  "  --log            print what is kept of its output, and return\n" },
	{ "pause", cmd_pause, "NAME", "stop its vCPUs where they are", NULL },
	{ "unpause", cmd_unpause, "NAME", "let them go on", NULL },
	{ "destroy", cmd_destroy, "NAME", "end a domain, or forget one that has ended", NULL },
	{ "wait", cmd_wait, "NAME [-j]", "wait until it ends, and say why it did",
	  "  -j, --json       print the ended domain as JSON\n" },
	{ "monitor", cmd_monitor, "[-j]", "print what happens to domains, as it happens",
	  "  -j, --json       an object a line\n" },
	{ "sched", cmd_sched, "[NAME|--all|--system] [OPTION]... [-j]",
	  "show or change the scheduling of domains",
	  "  --weight N       share of CPU time, 1 to 65535\n"
	  "  --warp WHEN      off; on: whenever it may; guest: when the guest says so\n"
	  "  --warp-value T   W, how far ahead of its share it may get then, 0s to 1s\n"
	  "  --warp-limit T   L, longest stretch that it runs so, up to 10s; none: no limit\n"
	  "  --unwarp-time T  U, least time before the next such stretch, 0s to 100s\n"
	  "  --affinity CPUS  where its vCPUs may run, as in 0-3,6; all\n"
	  "  --all            set that of all domains, at once\n"
	  "  --system         of the whole system, alone or with:\n"
	  "  --allowance T    C, how much further one may run than who waits, 100us to 100ms\n"
	  "  --unit T         least charge and slice, 10us to 1ms\n"
	  "  --file FILE      set what its lines say, all or nothing; -: standard input\n"
	  "  --save           print all in the form that --file reads\n"
	  "  -j, --json       an object\n"
	  "Times have units: ns, us, ms, s, m, h, as in 5ms. The host is the domain domain-0.\n" },
	{ "stat", cmd_stat, "NAME [-j]", "its counters",
	  "  -j, --json       an object\n" },
	{ "trace", cmd_trace, "NAME|all [--duration TIME] [-o FILE.svg|FILE.json] [OPTION]...",
	  "record who runs where, as a picture or for Perfetto",
	  "  --duration TIME  as in 200ms or 5s (5s if not given)\n"
	  "  -o, --output FILE  a picture (.svg) or Chrome's trace format (.json)\n"
	  "  --exits          also why vCPUs come out of the guest\n"
	  "  --buffer SIZE    for each pCPU, when events are lost (4M if not given)\n"
	  "  -j, --json       print what is counted as an object\n" },
	{ "top", cmd_top, "[--batch] [OPTION]...", "who uses the CPUs, as it happens; h shows the keys",
	  "  -b, --batch         print text instead, for files and pipes\n"
	  "  -n, --iterations N  end after so many\n"
	  "  -d, --delay TIME    between them, as in 500ms or 5s (2s if not given)\n"
	  "  -s, --sort COLUMN   cpu (if not given), steal, exit, hcall, memory, name, id...\n"
	  "  -v, --vcpus         vCPUs, not domains\n"
	  "  -j, --json          an object a line; implies --batch\n" },
	{ "audit", cmd_audit, "NAME [-j]", "recount all references to its memory",
	  "  -j, --json       an object\n" },
	{ "shutdown", cmd_shutdown, "NAME [--wait [--timeout SECONDS]]", "ask the guest to power off",
	  "  --wait           until it has ended, and say why it did\n"
	  "  --timeout N      wait so many seconds at most\n" },
	{ "reboot", cmd_reboot, "NAME [--wait [--timeout SECONDS]]", "ask the guest to reboot",
	  "  --wait           until it has ended, and say why it did\n"
	  "  --timeout N      wait so many seconds at most\n" },
	{ "sysrq", cmd_sysrq, "NAME KEY", "press a SysRq key of the guest kernel's", NULL },
	{ "suspend", cmd_suspend, "NAME [--timeout SECONDS]", "ask the guest to suspend itself, and wait",
	  "  --timeout N      wait so many seconds at most (60 if not given)\n" },
	{ "resume", cmd_resume, "NAME", "let a suspended guest go on", NULL },
	{ "mem-set", cmd_mem_set, "NAME SIZE [--timeout SECONDS]", "how much memory the guest shall use",
	  "  --timeout N      wait so many seconds at most (60 if not given)\n" },
	{ "vcpu-set", cmd_vcpu_set, "NAME N [--timeout SECONDS]", "how many vCPUs the guest shall use",
	  "  --timeout N      wait so many seconds at most (60 if not given)\n" },
	{ "dump-core", cmd_dump_core, "NAME FILE", "write its memory to a file for debuggers", NULL },
	{ "disk", cmd_disk, "attach NAME FILE[,WORD]...|detach NAME DISK|list [NAME] [OPTION]...",
	  "disks of a domain that lives",
	  "  --timeout N      wait so many seconds for the guest (10 if not given)\n"
	  "  --force          detach: take it away, whatever the guest does\n"
	  "  -j, --json       list: an array\n" },
	{ "net", cmd_net, "attach NAME bridge=BRIDGE|nat|route=ADDRESS|none[,WORD]...|detach NAME NUMBER|list [NAME] [OPTION]...",
	  "network interfaces of a domain that lives",
	  "  --timeout N      wait so many seconds for the guest (10 if not given)\n"
	  "  --force          detach: take it away, whatever the guest does\n"
	  "  -j, --json       list: an array\n" },
	{ "devices", cmd_devices, "", "the daemon that connects devices; started when needed", NULL },
	{ "rename", cmd_rename, "NAME NEW", "give a domain another name", NULL },
	{ "vcpu-list", cmd_vcpu_list, "[NAME] [-j]", "vCPUs, and where they run",
	  "  -j, --json       an array of vCPUs\n" },
	{ "vcpu-pin", cmd_vcpu_pin, "NAME VCPU|all CPULIST|all", "choose the CPUs that vCPUs may run on",
	  NULL },
	{ "store", cmd_store, "start|stop|sweep|watch", "xenstored: start or stop it, or remove what ended domains left",
	  NULL },
	{ "check", cmd_check, "[-j]", "tell whether lodge can run here, and why not",
	  "  -j, --json       an object\n" },
};

#define NR_COMMANDS (ARRAY_SIZE(commands))

const struct command *current_command;

/**
 * report() - tell the user about a failure
 * @e: the one line
 *
 * Return: the exit status for it.
 */
int report(const struct errbuf *e)
{
	fflush(stdout);
	fprintf(stderr, "lodge: %s\n", e->text);
	return EXIT_FAILED;
}

/**
 * usage_error() - the command line is wrong: say so and exit
 * @fmt: what is wrong
 */
void usage_error(const char *fmt, ...)
{
	const char *name = current_command ? current_command->name : NULL;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text);
	fprintf(stderr, "lodge%s%s: %s; 'lodge%s%s --help' tells more\n", name ? " " : "",
		name ? name : "", text, name ? " " : "", name ? name : "");
	exit(EXIT_USAGE);
}

static void print_help(void)
{
	printf("Usage: lodge COMMAND [ARGUMENT]...\n\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	printf("\n'lodge COMMAND --help' tells its arguments; lodge(8) tells all.\n");
}

static void print_command_help(const struct command *c)
{
	printf("Usage: lodge %s %s\n\n%s.\n", c->name, c->usage, c->summary);
	if (c->help)
		printf("\n%s", c->help);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* A full disk or a closed pipe must not look like success. */
static int flush_output(int status)
{
	struct errbuf e;

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fail(&e, "cannot write the output: %m; is the disk full?");
	return report(&e);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name)
		usage_error("a command is missing");
	if (!strcmp(name, "--version") || !strcmp(name, "-V") || !strcmp(name, "version")) {
		printf("lodge %s (ABI %u)\n", LODGE_VERSION, LODGE_ABI_VERSION);
		return flush_output(EXIT_OK);
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		if (argc > 2 && find_command(argv[2]))
			print_command_help(find_command(argv[2]));
		else
			print_help();
		return flush_output(EXIT_OK);
	}
	current_command = find_command(name);
	if (!current_command)
		usage_error("there is no command '%s'", name);
	if (asks_for_help(argc - 1, argv + 1)) {
		print_command_help(current_command);
		return flush_output(EXIT_OK);
	}
	return flush_output(current_command->run(argc - 1, argv + 1));
}
