// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: findpattern N: how many pages of this machine's memory, free or in use,
 * are full of the pattern of special/pattern.c with the number N
 *
 * Reads all RAM through /proc/kcore, which needs root.  What it reads it wipes
 * again, so that it does not find itself the next time.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	4096UL
#define STEP	(256UL << 10)

static char buf[STEP] __attribute__((aligned(4096)));

static unsigned long count(const char *mem, size_t len, uint64_t word)
{
	unsigned long found = 0;

	for (size_t at = 0; at + PAGE <= len; at += PAGE) {
		const uint64_t *page = (const uint64_t *)(mem + at);
		unsigned int i = 8;	/* the heap's link is in the first */

		while (i < PAGE / 8 && page[i] == word)
			i++;
		found += i == PAGE / 8;
	}
	return found;
}

int main(int argc, char **argv)
{
	volatile uint64_t half = 0x5ca1ab1e00000000;	/* nowhere in one piece but in a guest */
	unsigned long found = 0, bytes = 0;
	int fd = open("/proc/kcore", O_RDONLY);
	uint64_t word;
	Elf64_Phdr ph;
	Elf64_Ehdr eh;
	off_t first = 0;

	if (argc != 2 || fd < 0 || pread(fd, &eh, sizeof(eh), 0) != sizeof(eh)) {
		perror("findpattern: /proc/kcore");
		return 2;
	}
	word = half | (0xbead0000UL + strtoul(argv[1], NULL, 0));
	for (int i = 0; i < eh.e_phnum; i++) {
		if (pread(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) != sizeof(ph))
			return 2;
		/* The direct map: its physical addresses are known. */
		if (ph.p_type != PT_LOAD || ph.p_paddr == (Elf64_Addr)-1 ||
		    ph.p_vaddr >= 0xffffffff80000000UL)
			continue;
		first = first ? first : (off_t)ph.p_offset;
		for (uint64_t at = 0; at < ph.p_filesz; at += STEP) {
			size_t want = ph.p_filesz - at < STEP ? ph.p_filesz - at : STEP;
			ssize_t got = pread(fd, buf, want, ph.p_offset + at);

			if (got <= 0)
				continue;
			found += count(buf, got, word);
			bytes += got;
			memset(buf, 0, sizeof(buf));
		}
	}
	/* The kernel has a buffer too. */
	if (pread(fd, buf, PAGE, first) < 0)
		return 2;
	fprintf(stderr, "findpattern: %lu MB looked at\n", bytes >> 20);
	printf("%lu\n", found);
	return bytes ? 0 : 2;
}
