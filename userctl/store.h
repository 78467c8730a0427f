/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: xenstore, from the command's side
 *
 * The lodge command is one of xenstored's clients (libxenstore, on its socket);
 * all that is in the store can be seen and set with Debian's xenstore-ls and
 * xenstore-write too.  Documentation/xenstore.rst lists the nodes.
 */
#ifndef LODGE_STORE_H
#define LODGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct xs_handle;

/* ---- store.c: reading and writing ---- */
struct xs_handle *store_open(void);
bool store_running(void);
int store_write(uint32_t domid, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char *store_read(uint32_t domid, const char *path);

/* ---- store_daemon.c: xenstored itself ---- */
enum store_start {
	STORE_FAILED = -1,
	STORE_RUNS,
	STORE_ABSENT,		/* no xenstored is installed */
};
bool store_installed(void);
enum store_start store_start(struct errbuf *e);
int store_stop(struct errbuf *e);
void store_spawn_watch(void);
int store_lock(const char *kind, struct errbuf *e);

/* ---- store_domain.c: the nodes of a domain ---- */

/**
 * struct store_domain - what a new domain's nodes are made of
 * @domid: its id
 * @name: its name
 * @uuid: 16 bytes
 * @kernel: path of its kernel
 * @initrd: path of its initrd, or NULL
 * @cmdline: its command line
 * @memory_kib: what it has
 * @max_memory_kib: what it may have
 * @vcpus: that it starts with
 * @max_vcpus: that it may have
 * @store_mfn: frame of its xenstore ring
 * @store_port: its end of the ring's event channel
 * @console_mfn: frame of its console ring
 * @console_port: likewise
 */
struct store_domain {
	uint32_t domid;
	const char *name;
	const uint8_t *uuid;
	const char *kernel, *initrd, *cmdline;
	uint64_t memory_kib, max_memory_kib;
	unsigned int vcpus, max_vcpus;
	uint64_t store_mfn, console_mfn;
	uint32_t store_port, console_port;
};
struct client;
int store_introduce(const struct store_domain *d, struct errbuf *e);
bool store_knows(uint32_t domid);
int store_resumed(uint32_t domid);
int store_remove(uint32_t domid);
int store_sweep(struct client *c, struct errbuf *e);

#endif
