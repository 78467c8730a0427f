// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Scheduling, as it is shown
 *
 * A domain's parameters and the system's as lines, as words that
 * "lodge sched --file" reads, and as JSON.
 */
#include <inttypes.h>

#include "sched.h"

/**
 * sched_info_read() - take the set "sched" of a domain apart
 * @s: filled
 * @attrs: by type
 */
void sched_info_read(struct sched_info *s, struct nlattr **attrs)
{
	*s = (struct sched_info){
		.id = attr_u64(attrs[LODGE_A_SCHED_ID]),
		.weight = attr_u64(attrs[LODGE_A_SCHED_WEIGHT]),
		.warp = attr_u64(attrs[LODGE_A_SCHED_WARP]),
		.value_ns = attr_u64(attrs[LODGE_A_SCHED_WARP_VALUE]),
		.limit_ns = attr_u64(attrs[LODGE_A_SCHED_WARP_LIMIT]),
		.unwarp_ns = attr_u64(attrs[LODGE_A_SCHED_UNWARP_TIME]),
	};
	attr_string(s->name, sizeof(s->name), attrs[LODGE_A_SCHED_NAME]);
	attr_string(s->affinity, sizeof(s->affinity), attrs[LODGE_A_SCHED_AFFINITY]);
}

/**
 * sched_system_read() - the same of the system
 * @s: filled
 * @attrs: by type
 */
void sched_system_read(struct sched_system *s, struct nlattr **attrs)
{
	s->allowance_ns = attr_u64(attrs[LODGE_A_SCHED_ALLOWANCE]);
	s->unit_ns = attr_u64(attrs[LODGE_A_SCHED_UNIT]);
}

/* The three times of a domain, in words. */
struct times {
	char value[24], limit[24], unwarp[24];
};

static struct times times_of(const struct sched_info *s)
{
	struct times t;

	format_time(t.value, sizeof(t.value), s->value_ns);
	if (s->limit_ns)
		format_time(t.limit, sizeof(t.limit), s->limit_ns);
	else
		snprintf(t.limit, sizeof(t.limit), "none");
	format_time(t.unwarp, sizeof(t.unwarp), s->unwarp_ns);
	return t;
}

/**
 * print_sched() - all about one domain, a line each
 * @s: the domain
 */
void print_sched(const struct sched_info *s)
{
	struct times t = times_of(s);

	printf("name        %s\nweight      %u\nwarp        %s\nwarp-value  %s\nwarp-limit  %s\n"
	       "unwarp-time %s\n", s->name, s->weight, warp_name(s->warp), t.value, t.limit,
	       t.unwarp);
	if (s->id)
		printf("affinity    %s\n", s->affinity[0] ? s->affinity :
		       "its vCPUs differ, see 'lodge vcpu-list'");
}

/**
 * print_sched_line() - a domain as a line of a table
 * @s: the domain
 * @heading: print the line of headings first
 */
void print_sched_line(const struct sched_info *s, bool heading)
{
	struct times t = times_of(s);

	if (heading)
		printf("%-5s %-20s %6s %-5s %10s %10s %11s  %s\n", "ID", "NAME", "WEIGHT", "WARP",
		       "WARP-VALUE", "WARP-LIMIT", "UNWARP-TIME", "AFFINITY");
	printf("%-5u %-20s %6u %-5s %10s %10s %11s  %s\n", s->id, s->name, s->weight,
	       warp_name(s->warp), t.value, t.limit, t.unwarp, s->affinity[0] ? s->affinity : "-");
}

/**
 * print_sched_words() - a domain as words that set it
 * @f: where; no end of line is printed
 * @s: the domain
 */
void print_sched_words(FILE *f, const struct sched_info *s)
{
	struct times t = times_of(s);

	fprintf(f, "weight=%u warp=%s warp-value=%s warp-limit=%s unwarp-time=%s", s->weight,
		warp_name(s->warp), t.value, t.limit, t.unwarp);
	if (s->affinity[0])
		fprintf(f, " affinity=%s", s->affinity);
}

/**
 * print_sched_system_words() - C and the unit as words that set them
 * @f: where; no end of line is printed
 * @s: the values
 */
void print_sched_system_words(FILE *f, const struct sched_system *s)
{
	char allowance[24], unit[24];

	fprintf(f, "allowance=%s unit=%s",
		format_time(allowance, sizeof(allowance), s->allowance_ns),
		format_time(unit, sizeof(unit), s->unit_ns));
}

/**
 * json_sched() - a domain as lodge(8) documents it
 * @s: the domain
 *
 * Return: an object, the caller's.
 */
cJSON *json_sched(const struct sched_info *s)
{
	cJSON *o = cJSON_CreateObject();

	json_u64(o, "id", s->id);
	cJSON_AddStringToObject(o, "name", s->name);
	json_u64(o, "weight", s->weight);
	cJSON_AddStringToObject(o, "warp", warp_name(s->warp));
	json_u64(o, "warp_value_ns", s->value_ns);
	json_u64(o, "warp_limit_ns", s->limit_ns);
	json_u64(o, "unwarp_time_ns", s->unwarp_ns);
	if (s->affinity[0])
		cJSON_AddStringToObject(o, "affinity", s->affinity);
	else
		cJSON_AddNullToObject(o, "affinity");
	return o;
}

/**
 * json_sched_system() - C and the unit as lodge(8) documents them
 * @s: the values
 *
 * Return: an object, the caller's.
 */
cJSON *json_sched_system(const struct sched_system *s)
{
	cJSON *o = cJSON_CreateObject();

	json_u64(o, "allowance_ns", s->allowance_ns);
	json_u64(o, "unit_ns", s->unit_ns);
	return o;
}
