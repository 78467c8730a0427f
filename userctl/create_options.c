// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What lodge create is asked for
 *
 * Options, and a file's keys (-f), fill the plan.  The file is read first, so
 * that an option says more than the file wherever it stands.
 */
#include <stdlib.h>
#include <string.h>

#include "create.h"

#define DEFAULT_MEMORY	(256ULL << 20)

static const struct option options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "kernel", required_argument, NULL, 'K' },
	{ "initrd", required_argument, NULL, 'I' },
	{ "cmdline", required_argument, NULL, 'L' },
	{ "memory", required_argument, NULL, 'M' },
	{ "maxmem", required_argument, NULL, 'm' },
	{ "vcpus", required_argument, NULL, 'V' },
	{ "max-vcpus", required_argument, NULL, 'v' },
	SCHED_OPTIONS,
	{ "disk", required_argument, NULL, 'd' },
	{ "net", required_argument, NULL, 'n' },
	{ "cloud-init", required_argument, NULL, 'i' },
	{ "paused", no_argument, NULL, 'P' },
	{ "console", no_argument, NULL, 'C' },
	{ "foreground", no_argument, NULL, 'F' },
	{ "on-poweroff", required_argument, NULL, 'p' },
	{ "on-reboot", required_argument, NULL, 'r' },
	{ "on-crash", required_argument, NULL, 'c' },
	{ "no-store", no_argument, NULL, 'S' },
	{ "json", no_argument, NULL, 'j' },
	{ }
};

/**
 * plan_add_disk() - one more disk
 * @p: the plan
 * @text: the disk's description
 * @e: why not
 *
 * Return: 0 or -1.
 */
int plan_add_disk(struct plan *p, const char *text, struct errbuf *e)
{
	struct disk_spec *more = reallocarray(p->disks, p->nr_disks + 1, sizeof(*more));

	if (!more)
		return fail(e, "no memory for a disk; free some memory");
	p->disks = more;
	if (disk_parse(&p->disks[p->nr_disks], text, e))
		return -1;
	for (unsigned int i = 0; i < p->nr_disks; i++)
		if (p->disks[i].name[0] && p->disks[i].handle == p->disks[p->nr_disks].handle)
			return fail(e, "there is a disk %s already", p->disks[i].name);
	p->nr_disks++;
	return 0;
}

/**
 * plan_add_net() - one more network interface
 * @p: the plan
 * @text: its description
 * @e: why not
 *
 * Return: 0 or -1.
 */
int plan_add_net(struct plan *p, const char *text, struct errbuf *e)
{
	struct net_spec *more = reallocarray(p->nets, p->nr_nets + 1, sizeof(*more));

	if (!more)
		return fail(e, "no memory for an interface; free some memory");
	p->nets = more;
	return net_parse(&p->nets[p->nr_nets], text, e) ? -1 : (p->nr_nets++, 0);
}

static void take_option(struct plan *p, int c, const char *value)
{
	struct errbuf e;

	switch (c) {
	case 'f':
		break;	/* read already */
	case 'K':
		p->kernel = value;
		break;
	case 'I':
		p->initrd_path = value;
		break;
	case 'L':
		p->cmdline = value;
		break;
	case 'M':
		p->memory = parse_size("--memory", value);
		break;
	case 'm':
		p->max_memory = parse_size("--maxmem", value);
		break;
	case 'v':
		p->max_vcpus = parse_number("--max-vcpus", value, 1, LODGE_MAX_VCPUS);
		break;
	case 'V':
		p->vcpus = parse_number("--vcpus", value, 1, LODGE_MAX_VCPUS);
		break;
	case 'd':
		if (plan_add_disk(p, value, &e))
			usage_error("--disk '%.100s': %s", value, e.text);
		break;
	case 'n':
		if (plan_add_net(p, value, &e))
			usage_error("--net '%.100s': %s", value, e.text);
		break;
	case 'i':
		p->cloud_init = value;
		break;
	case 'P':
		p->paused = true;
		break;
	case 'C':
		p->console = true;
		break;
	case 'F':
		p->foreground = true;
		break;
	case 'p':
		p->policy.on_poweroff = parse_action("--on-poweroff", value);
		break;
	case 'r':
		p->policy.on_reboot = parse_action("--on-reboot", value);
		break;
	case 'c':
		p->policy.on_crash = parse_action("--on-crash", value);
		break;
	case 'S':
		p->no_store = true;
		break;
	case 'j':
		p->json = true;
		break;
	default:
		sched_add_option(&p->sched, c, value);
		break;
	}
}

/* The file of -f, if there is one. */
static void read_file(struct plan *p, int argc, char **argv)
{
	const char *path = NULL;
	struct errbuf e;
	int c;

	while ((c = next_option(argc, argv, options)) != -1) {
		if (c != 'f')
			continue;
		if (path)
			usage_error("only one --file can be given");
		path = optarg;
	}
	optind = 0;	/* from the start again: getopt(3) */
	if (path && plan_read_file(p, path, &e))
		exit(report(&e));
}

static void check_plan(struct plan *p)
{
	p->cmdline = p->cmdline ?: "";
	p->memory = p->memory ?: DEFAULT_MEMORY;
	p->vcpus = p->vcpus ?: 1;
	p->max_memory = p->max_memory ?: p->memory;
	p->max_vcpus = p->max_vcpus ?: p->vcpus;
	if (p->max_memory < p->memory)
		usage_error("--maxmem is less than --memory");
	if (p->max_vcpus < p->vcpus)
		usage_error("--max-vcpus is less than --vcpus");
	if (!p->kernel)
		usage_error("--kernel FILE is missing");
	if (strlen(p->cmdline) >= LODGE_CMDLINE_MAX)
		usage_error("--cmdline has %zu bytes; at most %u are possible",
			    strlen(p->cmdline), LODGE_CMDLINE_MAX - 1);
	if (p->no_store && (p->nr_disks || p->nr_nets || p->cloud_init))
		usage_error("--no-store, but devices: a guest learns of them by xenstore only");
	if (p->console && p->json)
		usage_error("--console and --json both want the standard output; choose one");
	if (may_restart(&p->policy))
		absolute_paths(p);
}

/**
 * create_options() - read the arguments of lodge create
 * @p: all zero; filled
 * @argc: of the subcommand
 * @argv: of the subcommand
 *
 * Does not return if they are wrong.
 */
void create_options(struct plan *p, int argc, char **argv)
{
	int c;

	read_file(p, argc, argv);
	while ((c = next_option(argc, argv, options)) != -1)
		take_option(p, c, optarg);
	if (!p->name || optind < argc)
		p->name = name_argument(argc, argv);
	check_plan(p);
}
