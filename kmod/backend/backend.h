/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * backend.h: the devices by which programs of domain 0 are back ends of guests,
 * as they would be on Xen.  Called by main.c alone.
 */
#ifndef LODGE_BACKEND_H
#define LODGE_BACKEND_H

int privcmd_init(void);
void privcmd_exit(void);
int gntdev_init(void);
void gntdev_exit(void);
int proc_xen_init(void);
void proc_xen_exit(void);

#endif
