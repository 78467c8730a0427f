/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dump.h: between chardev.c and dump.c.
 */
#ifndef LODGE_DUMP_H
#define LODGE_DUMP_H

#include "lodge.h"

struct dump;

struct dump *dump_open(struct domain *d, struct lodge_dump *args);
void dump_close(struct dump *dump);
long dump_ioctl(struct dump *dump, unsigned int cmd, void __user *uargs);

#endif
