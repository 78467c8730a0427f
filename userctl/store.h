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

struct xs_handle;

/* ---- store.c: reading and writing ---- */
struct xs_handle *store_open(void);
bool store_running(void);
int store_write(uint32_t domid, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char *store_read(uint32_t domid, const char *path);

#endif
