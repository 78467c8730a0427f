// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the keys of a guest's file mean
 *
 * Those of xl.cfg that say something about a domain of lodge's, with xl's meaning.
 * A key that would be ignored is an error: the guest would not be what its
 * file says.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "create.h"

struct key {
	const char *name;
	bool is_list;
	int (*take)(struct plan *p, struct config_value *v, struct errbuf *e);
};

static int take_name(struct plan *p, struct config_value *v, struct errbuf *e)
{
	p->name = v->texts[0];
	if (!is_name(p->name) || !strcmp(p->name, LODGE_DOMAIN0_NAME))
		return fail(e, "'%.80s' is no name for a domain", p->name);
	return 0;
}

static int take_kernel(struct plan *p, struct config_value *v, struct errbuf *e)
{
	(void)e;
	p->kernel = v->texts[0];
	return 0;
}

static int take_ramdisk(struct plan *p, struct config_value *v, struct errbuf *e)
{
	(void)e;
	p->initrd_path = v->texts[0];
	return 0;
}

/* xl's extra and root are parts of the command line, its cmdline is all of it. */
static int add_words(struct plan *p, const char *before, const char *words, struct errbuf *e)
{
	char *text;

	if (asprintf(&text, "%s%s%s%s", p->cmdline ?: "", p->cmdline ? " " : "", before, words) < 0)
		return fail(e, "no memory for the command line; free some memory");
	p->cmdline = text;
	return 0;
}

static int take_cmdline(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return add_words(p, "", v->texts[0], e);
}

static int take_root(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return add_words(p, "root=", v->texts[0], e);
}

/* A number is in MiB; a text may have a unit. */
static int read_memory(struct config_value *v, uint64_t *bytes, struct errbuf *e)
{
	char *end, text[32];
	uint64_t n;

	if (strlen(v->texts[0]) > 16)
		return fail(e, "'%.40s' is no amount of memory", v->texts[0]);
	n = strtoull(v->texts[0], &end, 10);
	if (!isdigit((unsigned char)*v->texts[0]) || !n || (*end && (end[1] || !strchr("KMGTkmgt", *end))))
		return fail(e, "'%.40s' is no amount of memory; write MiB, as in 512, or '1G'",
			    v->texts[0]);
	snprintf(text, sizeof(text), "%s%s", v->texts[0], *end ? "" : "M");
	*bytes = parse_size(v->key, text);
	return 0;
}

static int take_memory(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return read_memory(v, &p->memory, e);
}

static int take_maxmem(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return read_memory(v, &p->max_memory, e);
}

static int take_vcpus(struct plan *p, struct config_value *v, struct errbuf *e)
{
	(void)e;
	p->vcpus = parse_number(v->key, v->texts[0], 1, LODGE_MAX_VCPUS);
	return 0;
}

static int take_maxvcpus(struct plan *p, struct config_value *v, struct errbuf *e)
{
	(void)e;
	p->max_vcpus = parse_number(v->key, v->texts[0], 1, LODGE_MAX_VCPUS);
	return 0;
}

static int take_weight(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return sched_add(&p->sched, LODGE_A_SCHED_WEIGHT, v->texts[0], e);
}

static int take_cpus(struct plan *p, struct config_value *v, struct errbuf *e)
{
	return sched_add(&p->sched, LODGE_A_SCHED_AFFINITY, v->texts[0], e);
}

static int take_policy(struct plan *p, struct config_value *v, struct errbuf *e)
{
	static const char * const known[] = { "destroy", "preserve", "restart" };
	size_t i = 0;

	while (i < ARRAY_SIZE(known) && strcmp(v->texts[0], known[i]))
		i++;
	if (i == ARRAY_SIZE(known))
		return fail(e, "%s = '%.40s' is not destroy, preserve or restart", v->key,
			    v->texts[0]);
	if (!strcmp(v->key, "on_poweroff"))
		p->policy.on_poweroff = parse_action(v->key, v->texts[0]);
	else if (!strcmp(v->key, "on_reboot"))
		p->policy.on_reboot = parse_action(v->key, v->texts[0]);
	else
		p->policy.on_crash = parse_action(v->key, v->texts[0]);
	return 0;
}

static int take_disks(struct plan *p, struct config_value *v, struct errbuf *e)
{
	struct errbuf why;

	for (unsigned int i = 0; i < v->nr; i++)
		if (plan_add_disk(p, v->texts[i], &why))
			return fail(e, "'%.100s': %s", v->texts[i], why.text);
	return 0;
}

static int take_nets(struct plan *p, struct config_value *v, struct errbuf *e)
{
	struct errbuf why;

	for (unsigned int i = 0; i < v->nr; i++)
		if (plan_add_net(p, v->texts[i], &why))
			return fail(e, "'%.100s': %s", v->texts[i], why.text);
	return 0;
}

static int take_cloud_init(struct plan *p, struct config_value *v, struct errbuf *e)
{
	(void)e;
	p->cloud_init = v->texts[0];
	return 0;
}

/* What a PV guest's file says of its kind; there is no other kind here. */
static int take_type(struct plan *p, struct config_value *v, struct errbuf *e)
{
	static const char * const pv[] = { "pv", "generic", "linux" };

	(void)p;
	for (size_t i = 0; i < ARRAY_SIZE(pv); i++)
		if (!strcmp(v->texts[0], pv[i]))
			return 0;
	return fail(e, "%s = '%.40s': there are PV guests only", v->key, v->texts[0]);
}

static const struct key keys[] = {
	{ "name", false, take_name },
	{ "type", false, take_type },
	{ "builder", false, take_type },
	{ "kernel", false, take_kernel },
	{ "ramdisk", false, take_ramdisk },
	{ "cmdline", false, take_cmdline },
	{ "root", false, take_root },
	{ "extra", false, take_cmdline },
	{ "memory", false, take_memory },
	{ "maxmem", false, take_maxmem },
	{ "vcpus", false, take_vcpus },
	{ "maxvcpus", false, take_maxvcpus },
	{ "cpu_weight", false, take_weight },
	{ "cpus", false, take_cpus },
	{ "disk", true, take_disks },
	{ "vif", true, take_nets },
	{ "cloud_init", false, take_cloud_init },
	{ "on_poweroff", false, take_policy },
	{ "on_reboot", false, take_policy },
	{ "on_crash", false, take_policy },
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static int take_value(struct plan *p, struct config_value *v, struct errbuf *e)
{
	const struct key *key = find_key(v->key);

	if (!key)
		return fail(e, "lodge knows no %s; 'man lodge' lists what can be said", v->key);
	if (v->is_list != key->is_list)
		return fail(e, "%s is %s", v->key, key->is_list ? "a list, in brackets" : "no list");
	return key->take(p, v, e);
}

/**
 * plan_read_file() - let a file say what to create
 * @p: filled as far as the file says; keeps the file's texts
 * @path: the file; "-": standard input
 * @e: why not
 *
 * Return: 0 or -1.
 */
int plan_read_file(struct plan *p, const char *path, struct errbuf *e)
{
	struct errbuf why;
	struct config c;

	if (config_read(&c, path, e))
		return -1;
	for (unsigned int i = 0; i < c.nr; i++)
		if (take_value(p, &c.values[i], &why))
			return fail(e, "%s, line %u: %s", path, c.values[i].line, why.text);
	return 0;
}
