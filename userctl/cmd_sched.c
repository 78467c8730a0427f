// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge sched: show or change what domain 0 decides about the scheduler
 *
 * Of one domain, of all, of the system, or what a file says.  Each change is one
 * request, which the module carries out as a whole or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "sched.h"

enum { OPT_ALL = 1, OPT_SYSTEM, OPT_FILE, OPT_SAVE };

struct args {
	const char *name;		/* of one domain, or NULL */
	const char *file;
	bool all, system, save, json;
	struct sched_values values;	/* the domain and what to set, or C and the unit */
	unsigned int nr_set;
};

static bool is_system_option(int attr)
{
	return attr == LODGE_A_SCHED_ALLOWANCE || attr == LODGE_A_SCHED_UNIT;
}

/* Only one of these makes sense at a time. */
static void check_what(const struct args *a)
{
	if (!!a->name + a->all + a->system + !!a->file + a->save > 1)
		usage_error("a name, --all, --system, --file and --save exclude each other");
	if (a->nr_set && !a->name && !a->all && !a->system)
		usage_error("whose? give the name of a domain, --all or --system");
	if (a->all && !a->nr_set)
		usage_error("--all sets something of all domains; say what");
	for (unsigned int i = 0; i < a->values.nr; i++) {
		int attr = a->values.attrs[i].type;

		if (attr == LODGE_A_SCHED_NAME || attr == LODGE_A_SCHED_ALL)
			continue;
		if (a->system && !is_system_option(attr))
			usage_error("with --system only --allowance and --unit can be set");
		if (!a->system && is_system_option(attr))
			usage_error("--allowance and --unit are of the whole system; give --system");
	}
}

static void parse(struct args *a, int argc, char **argv)
{
	static const struct option options[] = {
		SCHED_OPTIONS, SCHED_SYSTEM_OPTIONS,
		{ "all", no_argument, NULL, OPT_ALL },
		{ "system", no_argument, NULL, OPT_SYSTEM },
		{ "file", required_argument, NULL, OPT_FILE },
		{ "save", no_argument, NULL, OPT_SAVE },
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	struct sched_values *v = &a->values;
	int option;

	sched_name(v, NULL);	/* a place for the name, which may come last */
	while ((option = next_option(argc, argv, options)) != -1) {
		if (SCHED_IS_OPTION(option))
			sched_add_option(v, option, optarg);
		a->all |= option == OPT_ALL;
		a->system |= option == OPT_SYSTEM;
		a->save |= option == OPT_SAVE;
		a->json |= option == 'j';
		if (option == OPT_FILE)
			a->file = optarg;
	}
	a->nr_set = v->nr - 1;
	if (optind < argc)
		a->name = next_argument(argc, argv, "the name of a domain");
	no_more_arguments(argc, argv);
	if (a->name && strcmp(a->name, LODGE_DOMAIN0_NAME))
		check_name(a->name);
	check_what(a);
	if (a->name)
		v->attrs[0] = (struct request_attr){
			.type = LODGE_A_SCHED_NAME, .text = a->name,
		};
}

/* ---- showing ---- */

struct list {
	cJSON *json;		/* NULL: print lines */
	bool words, any;
};

static void take_one(const struct reply *r, void *data)
{
	sched_info_read(data, r->attrs);
}

static void take_system(const struct reply *r, void *data)
{
	sched_system_read(data, r->attrs);
}

static void list_one(const struct reply *r, void *data)
{
	struct list *l = data;
	struct sched_info s;

	sched_info_read(&s, r->attrs);
	if (l->json) {
		cJSON_AddItemToArray(l->json, json_sched(&s));
	} else if (l->words) {
		printf("%s ", s.name);
		print_sched_words(stdout, &s);
		printf("\n");
	} else {
		print_sched_line(&s, !l->any);
	}
	l->any = true;
}

static int get_system(struct client *c, struct sched_system *s, struct errbuf *e)
{
	return client_request(c, LODGE_CMD_SCHED_SYSTEM_GET, NULL, NULL, take_system, s, e);
}

static int show_one(struct client *c, const struct args *a, struct errbuf *e)
{
	struct domain_ref ref = { .name = a->name };
	struct sched_info s = { 0 };

	if (client_request(c, LODGE_CMD_SCHED_GET, &ref, NULL, take_one, &s, e))
		return -1;
	if (a->json)
		print_json(json_sched(&s));
	else
		print_sched(&s);
	return 0;
}

static int show_system(struct client *c, const struct args *a, struct errbuf *e)
{
	struct sched_system s = { 0 };
	char text[24];

	if (get_system(c, &s, e))
		return -1;
	if (a->json) {
		print_json(json_sched_system(&s));
		return 0;
	}
	printf("allowance   %s\n", format_time(text, sizeof(text), s.allowance_ns));
	printf("unit        %s\n", format_time(text, sizeof(text), s.unit_ns));
	return 0;
}

static int show_all(struct client *c, const struct args *a, struct errbuf *e)
{
	struct list l = { .words = a->save, .json = a->json ? cJSON_CreateArray() : NULL };
	struct sched_system s = { 0 };
	cJSON *o;

	if (get_system(c, &s, e))
		return -1;
	if (a->save) {
		printf("@system ");
		print_sched_system_words(stdout, &s);
		printf("\n");
	}
	if (client_dump(c, LODGE_CMD_SCHED_GET, NULL, list_one, &l, e)) {
		cJSON_Delete(l.json);
		return -1;
	}
	if (a->json) {
		o = cJSON_CreateObject();
		cJSON_AddItemToObject(o, "system", json_sched_system(&s));
		cJSON_AddItemToObject(o, "domains", l.json);
		print_json(o);
	} else if (!a->save) {
		printf("system: ");
		print_sched_system_words(stdout, &s);
		printf("\n");
	}
	return 0;
}

static int show(struct client *c, const struct args *a, struct errbuf *e)
{
	if (a->name)
		return show_one(c, a, e);
	return a->system ? show_system(c, a, e) : show_all(c, a, e);
}

/* ---- changing ---- */

static int set(struct client *c, const struct args *a, struct errbuf *e)
{
	/* Of the system: without the domain in front. */
	const struct request_attr *attrs = &a->values.attrs[a->system];
	struct request_attr entry[] = {
		{ .type = LODGE_A_SCHED_ENTRY, .nest = attrs }, { .type = 0 },
	};

	/* As an entry a domain is named in what the module says. */
	return client_request(c, LODGE_CMD_SCHED_SET, NULL, a->system ? attrs : entry, NULL, NULL,
			      e);
}

int cmd_sched(int argc, char **argv)
{
	struct args a = { 0 };
	struct client c = { 0 };
	bool changes;
	struct errbuf e;
	int rc;

	parse(&a, argc, argv);
	changes = a.nr_set || a.file;
	rc = client_open(&c, &e);
	if (!rc && a.file)
		rc = sched_file_set(&c, a.file, &e);
	else if (!rc && a.nr_set)
		rc = set(&c, &a, &e);
	if (!rc && (a.json || !changes))
		rc = show(&c, &a, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
