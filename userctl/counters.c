// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Repeated counters
 *
 * An attribute that comes several times, each a set "counter".  A reply's
 * table has only the last of them, so this walks all attributes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>

#include "cli.h"
#include "counters.h"

struct counter {
	uint64_t id, count;
	char name[40];
};

static bool read_counter(struct nlattr *a, int type, counter_name_fn name, struct counter *k)
{
	struct nlattr *in[LODGE_A_COUNTER_MAX + 1];
	const char *known;

	if (nla_type(a) != type || nla_parse_nested(in, LODGE_A_COUNTER_MAX, a, NULL))
		return false;
	k->id = attr_u64(in[LODGE_A_COUNTER_ID]);
	k->count = attr_u64(in[LODGE_A_COUNTER_COUNT]);
	known = name ? name(k->id) : NULL;
	if (in[LODGE_A_COUNTER_NAME])
		attr_string(k->name, sizeof(k->name), in[LODGE_A_COUNTER_NAME]);
	else if (known)
		snprintf(k->name, sizeof(k->name), "%s", known);
	else
		snprintf(k->name, sizeof(k->name), "%" PRIu64, k->id);
	return true;
}

/**
 * json_counters() - an array of { id, name, count }
 * @r: the reply
 * @type: the attribute that is repeated
 * @name: names for those that come without; may be NULL
 */
cJSON *json_counters(const struct reply *r, int type, counter_name_fn name)
{
	cJSON *array = cJSON_CreateArray(), *o;
	struct counter k;
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, r->first, r->len, rest) {
		if (!read_counter(a, type, name, &k))
			continue;
		o = cJSON_CreateObject();
		json_u64(o, "id", k.id);
		cJSON_AddStringToObject(o, "name", k.name);
		json_u64(o, "count", k.count);
		cJSON_AddItemToArray(array, o);
	}
	return array;
}

/**
 * print_counters() - a line each
 * @prefix: before each name
 * @r: the reply
 * @type: the attribute that is repeated
 * @name: names for those that come without; may be NULL
 */
void print_counters(const char *prefix, const struct reply *r, int type, counter_name_fn name)
{
	struct counter k;
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, r->first, r->len, rest)
		if (read_counter(a, type, name, &k))
			printf("%s %-*s %" PRIu64 "\n", prefix, 27 - (int)strlen(prefix), k.name,
			       k.count);
}

/**
 * named_counter() - one of them
 * @r: the reply
 * @type: the attribute that is repeated
 * @name: as the module calls it
 *
 * Return: its count; 0 if it is not there.
 */
uint64_t named_counter(const struct reply *r, int type, const char *name)
{
	struct counter k;
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, r->first, r->len, rest)
		if (read_counter(a, type, NULL, &k) && !strcmp(k.name, name))
			return k.count;
	return 0;
}
