// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the module answers
 *
 * Attributes of replies and events become C and JSON; client.c brings them.
 */
#include <string.h>

#include <netlink/attr.h>

#include "cli.h"

/**
 * attr_u64() - a number of the module's, whatever its width
 * @attr: the attribute, or NULL
 *
 * Return: its value, 0 if it is not there.
 */
uint64_t attr_u64(struct nlattr *attr)
{
	uint64_t value = 0;

	if (attr)
		nla_memcpy(&value, attr, sizeof(value));
	return value;
}

/**
 * attr_string() - a text of the module's, safe to print
 * @buf: filled; "" if the attribute is not there
 * @size: of @buf
 * @attr: the attribute, or NULL
 */
void attr_string(char *buf, size_t size, struct nlattr *attr)
{
	*buf = '\0';
	if (attr)
		nla_strlcpy(buf, attr, size);
	text_clean(buf);
}

/**
 * domain_info_read() - take the set "domain" apart
 * @info: filled; what the module left out is 0
 * @attrs: as a reply function gets them
 */
void domain_info_read(struct domain_info *info, struct nlattr **attrs)
{
	*info = (struct domain_info){
		.id = attr_u64(attrs[LODGE_A_DOMAIN_ID]),
		.state = attr_u64(attrs[LODGE_A_DOMAIN_STATE]),
		.shutdown = attrs[LODGE_A_DOMAIN_SHUTDOWN] ?
			    attr_u64(attrs[LODGE_A_DOMAIN_SHUTDOWN]) : LODGE_SHUTDOWN_CODE_NONE,
		.vcpus = attr_u64(attrs[LODGE_A_DOMAIN_VCPUS]),
		.weight = attr_u64(attrs[LODGE_A_DOMAIN_WEIGHT]),
		.memory = attr_u64(attrs[LODGE_A_DOMAIN_MEMORY]),
		.memory_max = attr_u64(attrs[LODGE_A_DOMAIN_MEMORY_MAX]),
		.created_ns = attr_u64(attrs[LODGE_A_DOMAIN_CREATED]),
		.uptime_ns = attr_u64(attrs[LODGE_A_DOMAIN_UPTIME]),
		.cpu_time_ns = attr_u64(attrs[LODGE_A_DOMAIN_CPU_TIME]),
	};
	attr_string(info->name, sizeof(info->name), attrs[LODGE_A_DOMAIN_NAME]);
	attr_string(info->reason, sizeof(info->reason), attrs[LODGE_A_DOMAIN_REASON]);
	if (attrs[LODGE_A_DOMAIN_UUID])
		nla_memcpy(info->uuid, attrs[LODGE_A_DOMAIN_UUID], sizeof(info->uuid));
}

static void take_domain(const struct reply *r, void *data)
{
	domain_info_read(data, r->attrs);
}

/**
 * client_get() - what the module knows of a domain
 * @c: open
 * @ref: which
 * @info: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_get(struct client *c, const struct domain_ref *ref, struct domain_info *info,
	       struct errbuf *e)
{
	return client_request(c, LODGE_CMD_DOMAIN_GET, ref, NULL, take_domain, info, e);
}

static void info_to_json(const struct reply *r, void *data)
{
	static const struct { int attr; const char *key; } texts[] = {
		{ LODGE_A_INFO_VERSION, "version" }, { LODGE_A_INFO_KERNEL, "kernel" },
		{ LODGE_A_INFO_CPU, "cpu" }, { LODGE_A_INFO_TLB, "tlb" },
	}, numbers[] = {
		{ LODGE_A_INFO_ABI, "abi" }, { LODGE_A_INFO_PCPUS, "pcpus" },
		{ LODGE_A_INFO_DOMAINS, "domains" }, { LODGE_A_INFO_ENDED, "ended" },
		{ LODGE_A_INFO_FRAMES, "frames_in_use" }, { LODGE_A_INFO_MAX_MFN, "max_mfn" },
		{ LODGE_A_INFO_MEMORY_FREE, "memory_free_bytes" },
	};
	cJSON *o = data, *features;
	struct nlattr *a;
	char text[128];
	int rest;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		attr_string(text, sizeof(text), r->attrs[texts[i].attr]);
		cJSON_AddStringToObject(o, texts[i].key, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_u64(o, numbers[i].key, attr_u64(r->attrs[numbers[i].attr]));
	features = cJSON_AddArrayToObject(o, "features");
	nla_for_each_attr(a, r->first, r->len, rest) {
		if (nla_type(a) != LODGE_A_INFO_FEATURE)
			continue;
		attr_string(text, sizeof(text), a);
		cJSON_AddItemToArray(features, cJSON_CreateString(text));
	}
}

/**
 * client_info() - what the module tells of itself
 * @c: open
 * @json: an object, filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_info(struct client *c, cJSON *json, struct errbuf *e)
{
	return client_request(c, LODGE_CMD_INFO_GET, NULL, NULL, info_to_json, json, e);
}
