/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Creating and watching a domain
 *
 * Between create_options.c, which learns what is wanted, cmd_create.c, which makes
 * a domain, and restart.c, which stays with it and has it made again.
 */
#ifndef LODGE_CREATE_H
#define LODGE_CREATE_H

#include "builder.h"
#include "cli.h"
#include "devices.h"
#include "image.h"
#include "sched.h"

/* What becomes of a domain that has shut down. */
enum action {
	ACTION_DESTROY,		/* its memory is freed, a record is left */
	ACTION_PRESERVE,	/* its memory is kept until 'lodge destroy' */
	ACTION_RESTART,		/* the same domain is made anew, by this process */
};

struct policy {
	enum action on_poweroff, on_reboot, on_crash;
};

struct plan {
	const char *name, *kernel, *initrd_path, *cmdline;
	uint64_t memory, max_memory;
	unsigned int vcpus, max_vcpus;
	struct sched_values sched;	/* weight, warp and the like */
	bool paused, console, json, foreground;
	bool no_store, store;		/* asked for none; it gets one */
	uint64_t store_mfn, console_mfn;
	struct policy policy;
	struct disk_spec *disks;
	struct net_spec *nets;
	unsigned int nr_disks, nr_nets;
	const char *cloud_init;		/* directory, or NULL */
	struct image img;
	struct blob initrd;
	struct layout layout;
};

/* ---- cmd_create.c ---- */
int create_domain(struct plan *p, struct client *c, uint32_t *domid, int *console,
		  struct errbuf *e);

/* ---- create_options.c ---- */
void create_options(struct plan *p, int argc, char **argv);
int plan_add_disk(struct plan *p, const char *text, struct errbuf *e);
int plan_add_net(struct plan *p, const char *text, struct errbuf *e);

/* ---- create_config.c ---- */
int plan_read_file(struct plan *p, const char *path, struct errbuf *e);

/* ---- cloud_init.c ---- */
int cloud_init_seed(const char *dir, char *path, size_t size, struct errbuf *e);

/* ---- restart.c ---- */
enum action parse_action(const char *what, const char *text);
bool may_restart(const struct policy *policy);
uint32_t keep_flags(const struct policy *policy);
void absolute_paths(struct plan *p);
int go_background(void);
int watch_domain(struct plan *p, struct client *c, uint32_t domid, int console);

#endif
