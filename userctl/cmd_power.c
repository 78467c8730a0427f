// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge shutdown, reboot, sysrq: ask a guest to do something about itself */
#include <ctype.h>

#include "cli.h"

struct power {
	const char *request;	/* for control/shutdown; the guest's user space does it */
	const char *keys;	/* SysRq that does it without that */
	bool wait;
	int timeout_s;
};

static void parse(struct power *p, int argc, char **argv, struct domain_ref *ref)
{
	static const struct option options[] = {
		{ "wait", no_argument, NULL, 'w' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	int c;

	p->timeout_s = -1;
	while ((c = next_option(argc, argv, options)) != -1) {
		if (c == 'w')
			p->wait = true;
		else
			p->timeout_s = parse_number("--timeout", optarg, 1, 1000000);
	}
	ref->name = name_argument(argc, argv);
	if (p->timeout_s >= 0 && !p->wait)
		usage_error("--timeout is for --wait");
}

static int wait_for_it(struct client *c, const struct power *p, struct domain_info *info)
{
	struct errbuf e;
	int rc = wait_until(c, info->id, has_shut_down, p->timeout_s, info, &e);

	if (rc < 0)
		return report(&e);
	if (rc > 0) {
		fail(&e, "%s still runs after %d s; wait longer, or 'lodge destroy %s'",
		     info->name, p->timeout_s, info->name);
		report(&e);
		return EXIT_TIMEOUT;
	}
	printf("%s: %s\n", info->name,
	       info->reason[0] ? info->reason : shutdown_name(info->shutdown));
	return end_status(info);
}

static int ask(const struct power *p, const struct domain_info *info, struct errbuf *e)
{
	int rc = control_send(info, "shutdown", p->request, p->request, e);

	return rc > 0 ? sysrq_send(info, p->keys, e) : rc;
}

static int request(struct power *p, int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	struct domain_info info;
	struct client c = { 0 };
	struct errbuf e;
	int status = EXIT_OK;

	parse(p, argc, argv, &ref);
	if (client_open(&c, &e) || client_subscribe(&c, &e) || client_get(&c, &ref, &info, &e) ||
	    ask(p, &info, &e))
		status = report(&e);
	else if (p->wait)
		status = wait_for_it(&c, p, &info);
	client_close(&c);
	return status;
}

int cmd_shutdown(int argc, char **argv)
{
	struct power p = { .request = "poweroff", .keys = "suo" };

	return request(&p, argc, argv);
}

int cmd_reboot(int argc, char **argv)
{
	struct power p = { .request = "reboot", .keys = "sub" };

	return request(&p, argc, argv);
}

/* The kernel that listens to control/shutdown listens to control/sysrq, too. */
static int send_key(const struct domain_info *info, const char *key, struct errbuf *e)
{
	int rc = control_send(info, "sysrq", "poweroff", key, e);

	return rc > 0 ? sysrq_send(info, key, e) : rc;
}

int cmd_sysrq(int argc, char **argv)
{
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct domain_info info;
	struct client c = { 0 };
	const char *key;
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = next_argument(argc, argv, "the name of a domain");
	check_name(ref.name);
	key = next_argument(argc, argv, "the key");
	no_more_arguments(argc, argv);
	if (!isgraph((unsigned char)key[0]) || key[1])
		usage_error("'%s' is no SysRq key: give one character", key);
	rc = client_open(&c, &e) || client_get(&c, &ref, &info, &e) || send_key(&info, key, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
