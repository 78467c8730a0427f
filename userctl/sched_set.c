// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What can be set of the scheduler
 *
 * One table of names and ranges, for options and for lines of a file.  The
 * module refuses what is out of range as well; here the range is told.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sched.h"

enum kind { NUMBER, WARP, TIME, CPUS };

static const struct setting {
	int attr;
	enum kind kind;
	bool system;
	const char *name;
	uint64_t min, max;
	bool none;		/* "none" is 0 */
} settings[] = {
	{ LODGE_A_SCHED_WEIGHT, NUMBER, false, "weight", 1, 65535, false },
	{ LODGE_A_SCHED_WARP, WARP, false, "warp", 0, 0, false },
	{ LODGE_A_SCHED_WARP_VALUE, TIME, false, "warp-value", 0, LODGE_SCHED_WARP_VALUE_MAX,
	  false },
	{ LODGE_A_SCHED_WARP_LIMIT, TIME, false, "warp-limit", 0, LODGE_SCHED_WARP_LIMIT_MAX,
	  true },
	{ LODGE_A_SCHED_UNWARP_TIME, TIME, false, "unwarp-time", 0, LODGE_SCHED_UNWARP_TIME_MAX,
	  false },
	{ LODGE_A_SCHED_AFFINITY, CPUS, false, "affinity", 0, 0, false },
	{ LODGE_A_SCHED_ALLOWANCE, TIME, true, "allowance", LODGE_SCHED_ALLOWANCE_MIN,
	  LODGE_SCHED_ALLOWANCE_MAX, false },
	{ LODGE_A_SCHED_UNIT, TIME, true, "unit", LODGE_SCHED_UNIT_MIN, LODGE_SCHED_UNIT_MAX,
	  false },
};

static int parse_weight(const struct setting *s, const char *text, uint64_t *n,
			struct errbuf *e)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || *end || *n < s->min || *n > s->max)
		return fail(e, "%s '%s' is not a number from %llu to %llu", s->name, text,
			    (unsigned long long)s->min, (unsigned long long)s->max);
	return 0;
}

static int parse_warp(const struct setting *s, const char *text, uint64_t *n, struct errbuf *e)
{
	for (*n = LODGE_WARP_OFF; *n <= LODGE_WARP_GUEST; ++*n)
		if (!strcmp(text, warp_name(*n)))
			return 0;
	return fail(e, "%s '%s' is not off, on or guest", s->name, text);
}

static int parse_span(const struct setting *s, const char *text, uint64_t *ns, struct errbuf *e)
{
	if (s->none && !strcmp(text, "none")) {
		*ns = 0;
		return 0;
	}
	return read_time(s->name, text, s->min, s->max, ns, e);
}

static int check_cpus(const struct setting *s, const char *text, struct errbuf *e)
{
	if (!strcmp(text, "all") || (*text && strspn(text, "0123456789,-") == strlen(text)))
		return 0;
	return fail(e, "%s '%s' is no list of CPUs; write it as in 0-3,6, or all", s->name, text);
}

/**
 * sched_find() - what has been said of one setting
 * @v: the values
 * @attr: LODGE_A_SCHED_*
 *
 * Return: the value, or NULL.
 */
const struct request_attr *sched_find(const struct sched_values *v, int attr)
{
	for (unsigned int i = 0; i < v->nr; i++)
		if (v->attrs[i].type == attr)
			return &v->attrs[i];
	return NULL;
}

/**
 * sched_name() - begin the values of a domain
 * @v: filled
 * @name: of the domain; it must stay.  NULL: of all
 */
void sched_name(struct sched_values *v, const char *name)
{
	*v = (struct sched_values){ .nr = 1 };
	v->attrs[0] = (struct request_attr){
		.type = name ? LODGE_A_SCHED_NAME : LODGE_A_SCHED_ALL,
		.text = name, .flag = !name,
	};
}

/**
 * sched_add() - one more value
 * @v: values; the last one of a setting counts
 * @attr: LODGE_A_SCHED_* of the setting
 * @text: as the user wrote it; that of an affinity must stay
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sched_add(struct sched_values *v, int attr, const char *text, struct errbuf *e)
{
	struct request_attr *a = (struct request_attr *)sched_find(v, attr);
	struct request_attr value = { .type = attr };
	const struct setting *s = settings;
	int rc = -1;

	while (s->attr != attr)
		s++;
	switch (s->kind) {
	case NUMBER:
		rc = parse_weight(s, text, &value.number, e);
		break;
	case WARP:
		rc = parse_warp(s, text, &value.number, e);
		break;
	case TIME:
		value.wide = true;
		rc = parse_span(s, text, &value.number, e);
		break;
	case CPUS:
		value.text = text;
		rc = check_cpus(s, text, e);
		break;
	}
	if (!rc)
		*(a ? a : &v->attrs[v->nr++]) = value;
	return rc;
}

/**
 * sched_add_word() - a word of a file, as in weight=300
 * @v: values
 * @word: the word; it is taken apart, and must stay
 * @system: is this about the system, or about domains?
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sched_add_word(struct sched_values *v, char *word, bool system, struct errbuf *e)
{
	char *value = strchr(word, '=');

	if (!value)
		return fail(e, "'%s' is not of the form SETTING=VALUE", word);
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].name, word))
			continue;
		if (settings[i].system != system)
			return fail(e, "%s is a setting of %s", word,
				    system ? "domains" : "the system, after @system");
		if (sched_find(v, settings[i].attr))
			return fail(e, "%s is set twice", word);
		return sched_add(v, settings[i].attr, value, e);
	}
	return fail(e, "there is no setting '%s'", word);
}

/**
 * sched_add_option() - an option of the command line; exits if it is wrong
 * @v: values
 * @val: of SCHED_OPTIONS or SCHED_SYSTEM_OPTIONS
 * @text: its value
 */
void sched_add_option(struct sched_values *v, int val, const char *text)
{
	struct errbuf e;

	if (sched_add(v, SCHED_ATTR(val), text, &e))
		usage_error("--%s", e.text);
}
