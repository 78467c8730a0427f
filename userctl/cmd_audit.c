// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge audit: the module recounts a domain's references and compares */
#include <inttypes.h>

#include "cli.h"

struct audit {
	uint64_t id, mismatches, frames, tables, partial, refs;
	char name[LODGE_NAME_MAX];
	bool answered;
};

static void take(const struct reply *r, void *data)
{
	struct audit *a = data;

	a->id = attr_u64(r->attrs[LODGE_A_AUDIT_ID]);
	a->mismatches = attr_u64(r->attrs[LODGE_A_AUDIT_MISMATCHES]);
	a->frames = attr_u64(r->attrs[LODGE_A_AUDIT_FRAMES]);
	a->tables = attr_u64(r->attrs[LODGE_A_AUDIT_TABLES]);
	a->partial = attr_u64(r->attrs[LODGE_A_AUDIT_PARTIAL]);
	a->refs = attr_u64(r->attrs[LODGE_A_AUDIT_REFS]);
	a->answered = r->attrs[LODGE_A_AUDIT_MISMATCHES];
	attr_string(a->name, sizeof(a->name), r->attrs[LODGE_A_AUDIT_NAME]);
}

int cmd_audit(int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	bool json = parse_name_and_json(argc, argv, &ref.name);
	struct client c = { 0 };
	struct audit a = { 0 };
	struct errbuf e;
	int rc;
	cJSON *o;

	rc = client_open(&c, &e) ||
	     client_request(&c, LODGE_CMD_AUDIT, &ref, NULL, take, &a, &e);
	client_close(&c);
	if (!rc && !a.answered)
		rc = fail(&e, "%s: the module sent no count; is it of this release?", ref.name);
	if (rc)
		return report(&e);
	if (json) {
		o = cJSON_CreateObject();
		json_u64(o, "id", a.id);
		cJSON_AddStringToObject(o, "name", a.name);
		json_u64(o, "mismatches", a.mismatches);
		json_u64(o, "frames", a.frames);
		json_u64(o, "tables", a.tables);
		json_u64(o, "partial_tables", a.partial);
		json_u64(o, "references", a.refs);
		print_json(o);
	} else if (!a.mismatches) {
		printf("%s: all counts are right: %" PRIu64 " frames, %" PRIu64
		       " page tables (%" PRIu64 " partial), %" PRIu64 " references\n",
		       a.name, a.frames, a.tables, a.partial, a.refs);
	}
	if (!a.mismatches)
		return EXIT_OK;
	fail(&e, "%s: %" PRIu64 " reference counts are wrong, which is a bug of lodge; 'dmesg' lists them, please report it",
	     a.name, a.mismatches);
	return report(&e);
}
