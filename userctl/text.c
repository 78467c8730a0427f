// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What is printed
 *
 * Words for numbers, units, and the JSON objects that more than one command
 * prints.  lodge(8) documents the JSON: keys are never renamed or retyped.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char *name_of(const char * const *names, size_t count, uint32_t i)
{
	return i < count && names[i] ? names[i] : "unknown";
}

#define NAME_OF(names, i) name_of(names, ARRAY_SIZE(names), i)

/**
 * state_name() - the state of a domain, in a word
 * @state: enum lodge_domain_state
 */
const char *state_name(uint32_t state)
{
	static const char * const names[] = {
		[LODGE_DOMAIN_STATE_BUILDING] = "building",
		[LODGE_DOMAIN_STATE_RUNNING] = "running",
		[LODGE_DOMAIN_STATE_PAUSED] = "paused",
		[LODGE_DOMAIN_STATE_SUSPENDED] = "suspended",
		[LODGE_DOMAIN_STATE_DYING] = "dying",
		[LODGE_DOMAIN_STATE_ENDED] = "ended",
		[LODGE_DOMAIN_STATE_PRESERVED] = "preserved",
	};

	return NAME_OF(names, state);
}

/**
 * vcpu_state_name() - the state of a vCPU, in a word
 * @state: enum lodge_vcpu_state
 */
const char *vcpu_state_name(uint32_t state)
{
	static const char * const names[] = {
		[LODGE_VCPU_STATE_DOWN] = "down",
		[LODGE_VCPU_STATE_RUNNABLE] = "runnable",
		[LODGE_VCPU_STATE_BLOCKED] = "blocked",
		[LODGE_VCPU_STATE_STOPPED] = "stopped",
	};

	return NAME_OF(names, state);
}

/**
 * shutdown_name() - why a domain ended, in a word
 * @code: LODGE_SHUTDOWN_CODE_*
 *
 * Return: the word, or NULL if it has not ended.
 */
const char *shutdown_name(uint32_t code)
{
	static const char * const names[] = {
		[LODGE_SHUTDOWN_CODE_POWEROFF] = "poweroff",
		[LODGE_SHUTDOWN_CODE_REBOOT] = "reboot",
		[LODGE_SHUTDOWN_CODE_SUSPEND] = "suspend",
		[LODGE_SHUTDOWN_CODE_CRASH] = "crash",
		[LODGE_SHUTDOWN_CODE_WATCHDOG] = "watchdog",
		[LODGE_SHUTDOWN_CODE_SOFT_RESET] = "soft-reset",
		[LODGE_SHUTDOWN_CODE_DESTROYED] = "destroyed",
	};

	return code == LODGE_SHUTDOWN_CODE_NONE ? NULL : NAME_OF(names, code);
}

/**
 * event_name() - an event, in a word
 * @cmd: LODGE_CMD_*_NTF
 */
const char *event_name(uint8_t cmd)
{
	static const char * const names[] = {
		[LODGE_CMD_CREATED_NTF] = "created",
		[LODGE_CMD_STARTED_NTF] = "started",
		[LODGE_CMD_PAUSED_NTF] = "paused",
		[LODGE_CMD_UNPAUSED_NTF] = "unpaused",
		[LODGE_CMD_SHUTDOWN_NTF] = "shutdown",
		[LODGE_CMD_ENDED_NTF] = "ended",
		[LODGE_CMD_FORGOTTEN_NTF] = "forgotten",
		[LODGE_CMD_SCHED_NTF] = "sched",
		[LODGE_CMD_MEMORY_NTF] = "memory",
		[LODGE_CMD_RENAMED_NTF] = "renamed",
		[LODGE_CMD_PINNED_NTF] = "pinned",
		[LODGE_CMD_RESUMED_NTF] = "resumed",
		[LODGE_CMD_SCHED_SYSTEM_NTF] = "sched-system",
	};

	return NAME_OF(names, cmd);
}

/**
 * warp_name() - who says that a domain is warped, in a word
 * @warp: enum lodge_warp
 */
const char *warp_name(uint32_t warp)
{
	static const char * const names[] = {
		[LODGE_WARP_OFF] = "off",
		[LODGE_WARP_ON] = "on",
		[LODGE_WARP_GUEST] = "guest",
	};

	return NAME_OF(names, warp);
}

/**
 * print_json() - print on one line, and free
 * @json: an object or an array
 */
void print_json(cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	if (!text) {
		fprintf(stderr, "lodge: no memory for the output; free some memory\n");
		exit(EXIT_FAILED);
	}
	printf("%s\n", text);
	free(text);
	cJSON_Delete(json);
}

/**
 * json_u64() - add a number of up to 64 bits
 * @object: where
 * @key: its name
 * @value: cJSON's own numbers are doubles, which would round it
 */
void json_u64(cJSON *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cJSON_AddRawToObject(object, key, text);
}

static void json_string_or_null(cJSON *object, const char *key, const char *text)
{
	if (text && *text)
		cJSON_AddStringToObject(object, key, text);
	else
		cJSON_AddNullToObject(object, key);
}

/**
 * json_domain() - a domain as lodge(8) documents it
 * @info: the domain
 *
 * Return: the object; the caller's to print or free.
 */
cJSON *json_domain(const struct domain_info *info)
{
	cJSON *o = cJSON_CreateObject();
	const uint8_t *u = info->uuid;
	char uuid[37];

	snprintf(uuid, sizeof(uuid),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
		 u[12], u[13], u[14], u[15]);
	json_u64(o, "id", info->id);
	cJSON_AddStringToObject(o, "name", info->name);
	cJSON_AddStringToObject(o, "uuid", uuid);
	cJSON_AddStringToObject(o, "state", state_name(info->state));
	json_string_or_null(o, "shutdown", shutdown_name(info->shutdown));
	json_string_or_null(o, "reason", info->reason);
	json_u64(o, "memory_bytes", info->memory);
	json_u64(o, "memory_max_bytes", info->memory_max);
	json_u64(o, "vcpus", info->vcpus);
	json_u64(o, "weight", info->weight);
	json_u64(o, "created_ns", info->created_ns);
	json_u64(o, "uptime_ns", info->uptime_ns);
	json_u64(o, "cpu_time_ns", info->cpu_time_ns);
	return o;
}

/**
 * format_bytes() - an amount of memory for people: up to 5 digits and a unit
 * @buf: filled
 * @size: of @buf
 * @bytes: the amount; rounded down
 *
 * Return: @buf.
 */
const char *format_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char units[] = "KMGT";
	unsigned int i = 0;

	while (i < 3 && bytes >= 10240ULL << 10 * (i + 1))
		i++;
	snprintf(buf, size, "%" PRIu64 "%c", bytes >> 10 * (i + 1), units[i]);
	return buf;
}

/**
 * format_time() - a time exactly, as in 5ms or 1500us; parse_time() reads it
 * @buf: filled
 * @size: of @buf
 * @ns: nanoseconds
 *
 * Return: @buf.
 */
const char *format_time(char *buf, size_t size, uint64_t ns)
{
	static const char * const units[] = { "ns", "us", "ms", "s" };
	size_t i = 0;

	while (ns % 1000 == 0 && i + 1 < ARRAY_SIZE(units)) {
		ns /= 1000;
		i++;
	}
	snprintf(buf, size, "%" PRIu64 "%s", ns, units[i]);
	return buf;
}

/**
 * format_duration() - a time span for people, as in 3.5s, 2m07s or 5h30m
 * @buf: filled
 * @size: of @buf
 * @ns: the span
 *
 * Return: @buf.
 */
const char *format_duration(char *buf, size_t size, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (s < 60)
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "s", s, ns / 100000000 % 10);
	else if (s < 3600)
		snprintf(buf, size, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
	return buf;
}

/**
 * print_domain_line() - a domain as a line of a table
 * @info: the domain
 * @heading: print the line of headings first
 */
void print_domain_line(const struct domain_info *info, bool heading)
{
	char memory[24], uptime[24], cpu[24];

	if (heading)
		printf("%-5s %-20s %-10s %7s %5s %6s %8s %8s  %s\n", "ID", "NAME", "STATE",
		       "MEMORY", "VCPUS", "WEIGHT", "UPTIME", "CPU", "REASON");
	printf("%-5u %-20s %-10s %7s %5u %6u %8s %8s  %s\n", info->id, info->name,
	       state_name(info->state), format_bytes(memory, sizeof(memory), info->memory),
	       info->vcpus, info->weight, format_duration(uptime, sizeof(uptime), info->uptime_ns),
	       format_duration(cpu, sizeof(cpu), info->cpu_time_ns),
	       info->reason[0] ? info->reason : "-");
}
