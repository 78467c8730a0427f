// SPDX-License-Identifier: GPL-2.0-only
/* DOC: preloaded into the lodge command: every LODGE_CREATE asks for another ABI. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "lodge.h"

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == LODGE_CREATE)
		((struct lodge_create *)arg)->abi_version++;
	return real(fd, request, arg);
}
