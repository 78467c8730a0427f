// SPDX-License-Identifier: GPL-2.0-only
/*
 * grants: memory shared between two stock guests, through the drivers that Linux
 * has for that (/dev/xen/gntalloc, /dev/xen/gntdev).
 *
 *   grants offer DOMID            grants pages to that domain, prints their
 *                                 references, waits until all are answered
 *   grants take DOMID REF...      maps them, reads and answers, twice: unmaps the
 *                                 first time, just exits the second
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE		4096
#define NR_PAGES	16
#define ANSWER		100	/* offset of it in a page */

/* xen/gntalloc.h, xen/gntdev.h: with room for the lists that follow. */
struct gntalloc {
	uint16_t domid, flags;
	uint32_t count;
	uint64_t index;
	uint32_t refs[NR_PAGES];
};

struct gntdev_map {
	uint32_t count, pad;
	uint64_t index;
	struct { uint32_t domid, ref; } refs[NR_PAGES];
};

struct gntdev_unmap {
	uint64_t index;
	uint32_t count, pad;
};

#define GNTALLOC_WRITABLE	1
#define GNTALLOC_ALLOC		_IOC(_IOC_NONE, 'G', 5, 24)
#define GNTDEV_MAP		_IOC(_IOC_NONE, 'G', 0, 24)
#define GNTDEV_UNMAP		_IOC(_IOC_NONE, 'G', 1, 16)

static int failed(const char *what)
{
	printf("guest: grants: %s: %s\n", what, strerror(errno));
	return 1;
}

static volatile char *map(int fd, uint64_t index, unsigned int n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, index);

	return p == MAP_FAILED ? NULL : p;
}

static int offer(int domid)
{
	struct gntalloc a = { .domid = domid, .flags = GNTALLOC_WRITABLE, .count = NR_PAGES };
	int fd = open("/dev/xen/gntalloc", O_RDWR);
	volatile char *p;
	unsigned int i;

	if (fd < 0 || ioctl(fd, GNTALLOC_ALLOC, &a))
		return failed("gntalloc");
	p = map(fd, a.index, NR_PAGES);
	if (!p)
		return failed("mmap");
	for (i = 0; i < NR_PAGES; i++)
		sprintf((char *)p + i * PAGE, "page %u", i);
	printf("guest: refs");
	for (i = 0; i < NR_PAGES; i++)
		printf(" %u", a.refs[i]);
	printf("\n");
	fflush(stdout);
	for (i = 0; i < NR_PAGES; i++)
		while (strcmp((const char *)p + i * PAGE + ANSWER, "second"))
			usleep(10000);
	printf("guest: all pages were answered\n");
	return 0;
}

static int take(int domid, char **refs, unsigned int n, const char *answer, int unmap)
{
	struct gntdev_map m = { .count = n };
	struct gntdev_unmap u = { .count = n };
	int fd = open("/dev/xen/gntdev", O_RDWR);
	char want[32];
	volatile char *p;
	unsigned int i, wrong = 0;

	for (i = 0; i < n; i++) {
		m.refs[i].domid = domid;
		m.refs[i].ref = strtoul(refs[i], NULL, 10);
	}
	if (fd < 0 || ioctl(fd, GNTDEV_MAP, &m))
		return failed("gntdev");
	p = map(fd, m.index, n);
	if (!p)
		return failed("mmap");
	for (i = 0; i < n; i++) {
		sprintf(want, "page %u", i);
		wrong += strcmp((const char *)p + i * PAGE, want) != 0;
		strcpy((char *)p + i * PAGE + ANSWER, answer);
	}
	/* The kernel reads a granted page, too. */
	if (write(1, "guest: ", 7) != 7 || write(1, (char *)p, 6) != 6 || write(1, "\n", 1) != 1)
		wrong++;
	printf("guest: %u pages, %u wrong\n", n, wrong);
	fflush(stdout);
	if (!unmap)
		return wrong != 0;
	u.index = m.index;
	if (munmap((void *)p, n * PAGE) || ioctl(fd, GNTDEV_UNMAP, &u))
		return failed("unmap");
	close(fd);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "offer"))
		return offer(atoi(argv[2]));
	if (argc > 3 && argc <= 3 + NR_PAGES && !strcmp(argv[1], "take"))
		return take(atoi(argv[2]), argv + 3, argc - 3, "first", 1) ||
		       take(atoi(argv[2]), argv + 3, argc - 3, "second", 0);
	fprintf(stderr, "usage: grants offer DOMID | take DOMID REF...\n");
	return 2;
}
