// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge mem-set, vcpu-set
 *
 * How much of what it may have a guest shall use.  Domain 0 can only say so, in
 * xenstore; the guest's own drivers (balloon, CPU hot-plug) do it, and these
 * commands wait until they have.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "store.h"

#define DEFAULT_TIMEOUT_S	60
#define LOOK_MS			200
#define NEAR_KIB		1024	/* a guest's own count and ours differ by some pages */
#define HEADROOM_KIB		1024

struct change {
	struct client c;
	struct domain_ref ref;
	struct domain_info info;
	int timeout_s;
	uint64_t kib;			/* mem-set */
	unsigned int vcpus, up;		/* vcpu-set; how many are */
};

static const char *parse(struct change *ch, int argc, char **argv, const char *what)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	const char *value;

	ch->timeout_s = DEFAULT_TIMEOUT_S;
	while (next_option(argc, argv, options) != -1)
		ch->timeout_s = parse_number("--timeout", optarg, 0, 1000000);
	ch->ref.name = next_argument(argc, argv, "the name of a domain");
	check_name(ch->ref.name);
	value = next_argument(argc, argv, what);
	no_more_arguments(argc, argv);
	return value;
}

static int find(struct change *ch, struct errbuf *e)
{
	if (client_open(&ch->c, e) || client_get(&ch->c, &ch->ref, &ch->info, e))
		return -1;
	ch->ref = (struct domain_ref){ .id = ch->info.id };
	if (ch->info.state != LODGE_DOMAIN_STATE_RUNNING &&
	    ch->info.state != LODGE_DOMAIN_STATE_PAUSED)
		return fail(e, "%s is %s; 'lodge show' tells more", ch->info.name,
			    state_name(ch->info.state));
	if (!store_knows(ch->info.id))
		return fail(e, "%s has no xenstore, so it cannot be told", ch->info.name);
	return 0;
}

/* Return: 0 when it is so, EXIT_TIMEOUT, or EXIT_FAILED; something has been printed. */
static int wait_for(struct change *ch, bool (*reached)(struct change *ch, struct errbuf *e))
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
	struct errbuf e;

	for (int64_t left_ms = ch->timeout_s * 1000LL;; left_ms -= LOOK_MS) {
		if (client_get(&ch->c, &ch->ref, &ch->info, &e))
			return report(&e);
		if (has_shut_down(&ch->info) || ch->info.state == LODGE_DOMAIN_STATE_DYING) {
			fail(&e, "%s has ended meanwhile", ch->info.name);
			return report(&e);
		}
		if (reached(ch, &e))
			return EXIT_OK;
		if (left_ms <= 0)
			return EXIT_TIMEOUT;
		nanosleep(&pause, NULL);
	}
}

static void print_memory(const struct change *ch, const char *what)
{
	char now[24];

	printf("%s: %s%s\n", ch->info.name, what,
	       format_bytes(now, sizeof(now), ch->info.memory));
}

static bool memory_reached(struct change *ch, struct errbuf *e)
{
	uint64_t kib = ch->info.memory >> 10;

	(void)e;
	return kib + NEAR_KIB >= ch->kib && kib <= ch->kib + NEAR_KIB;
}

/* As much as its memory map has room for: what it was created with. */
static int check_limit(const struct change *ch, struct errbuf *e)
{
	char *text = store_read(ch->info.id, "memory/static-max"), most[24];
	uint64_t kib = text ? strtoull(text, NULL, 10) : 0;

	free(text);
	if (ch->kib <= kib)
		return 0;
	return fail(e, "%s was created with room for %s; 'lodge create --maxmem' gives more",
		    ch->info.name, format_bytes(most, sizeof(most), kib << 10));
}

int cmd_mem_set(int argc, char **argv)
{
	struct request_attr attrs[] = {
		{ .type = LODGE_A_DOMAIN_MEMORY_MAX, .wide = true }, { .type = 0 },
	};
	struct change ch = { 0 };
	struct errbuf e;
	int status;

	ch.kib = parse_size("the memory", parse(&ch, argc, argv, "the memory")) >> 10;
	/* A guest that gives memory up does not get it back by itself. */
	attrs[0].number = (ch.kib + HEADROOM_KIB) << 10;
	if (find(&ch, &e) || check_limit(&ch, &e) ||
	    client_request(&ch.c, LODGE_CMD_MEMORY_SET, &ch.ref, attrs, NULL, NULL, &e)) {
		status = report(&e);
	} else if (store_write(ch.info.id, "memory/target", "%" PRIu64, ch.kib)) {
		fail(&e, "cannot write memory/target of %s in xenstore: %s", ch.info.name,
		     strerror(errno));
		status = report(&e);
	} else {
		status = wait_for(&ch, memory_reached);
		if (status == EXIT_OK)
			print_memory(&ch, "");
		else if (status == EXIT_TIMEOUT)
			print_memory(&ch, "not there yet: ");
	}
	client_close(&ch.c);
	return status;
}

static void count_up(const struct reply *r, void *data)
{
	struct change *ch = data;

	ch->up += attr_u64(r->attrs[LODGE_A_VCPU_STATE]) != LODGE_VCPU_STATE_DOWN;
}

static bool vcpus_reached(struct change *ch, struct errbuf *e)
{
	ch->up = 0;
	return !client_dump(&ch->c, LODGE_CMD_VCPU_GET, &ch->ref, count_up, ch, e) &&
	       ch->up == ch->vcpus;
}

static int check_vcpus(const struct change *ch, struct errbuf *e)
{
	return ch->vcpus <= ch->info.vcpus ? 0 :
	       fail(e, "%s was created with %u vCPUs; 'lodge create --max-vcpus' gives more",
		    ch->info.name, ch->info.vcpus);
}

static int write_availability(const struct change *ch, struct errbuf *e)
{
	char path[64];

	for (unsigned int i = 0; i < ch->info.vcpus; i++) {
		snprintf(path, sizeof(path), "cpu/%u/availability", i);
		if (store_write(ch->info.id, path, i < ch->vcpus ? "online" : "offline"))
			return fail(e, "cannot write %s of %s in xenstore: %s", path,
				    ch->info.name, strerror(errno));
	}
	return 0;
}

int cmd_vcpu_set(int argc, char **argv)
{
	struct change ch = { 0 };
	struct errbuf e;
	int status;

	ch.vcpus = parse_number("the number of vCPUs",
				parse(&ch, argc, argv, "the number of vCPUs"), 1, LODGE_MAX_VCPUS);
	if (find(&ch, &e) || check_vcpus(&ch, &e) || write_availability(&ch, &e))
		status = report(&e);
	else
		status = wait_for(&ch, vcpus_reached);
	if (status == EXIT_OK || status == EXIT_TIMEOUT)
		printf("%s: %s%u vCPUs\n", ch.info.name,
		       status == EXIT_OK ? "" : "not there yet: ", ch.up);
	client_close(&ch.c);
	return status;
}
