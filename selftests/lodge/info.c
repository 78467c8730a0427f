// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: info: print what the module counts of itself, "name value" a line;
 * info --tsc: print the time stamp counter.
 */
#include <stdio.h>

#include "genl.h"

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint16_t type;
	} numbers[] = {
		{ "abi", LODGE_A_INFO_ABI },
		{ "pcpus", LODGE_A_INFO_PCPUS },
		{ "domains", LODGE_A_INFO_DOMAINS },
		{ "ended", LODGE_A_INFO_ENDED },
		{ "frames", LODGE_A_INFO_FRAMES },
	};
	static struct genl g;
	int err;

	if (argc == 2 && !strcmp(argv[1], "--tsc")) {
		printf("%llu\n", __builtin_ia32_rdtsc());
		return 0;
	}
	err = genl_open(&g);
	if (!err) {
		genl_begin(&g, g.family, LODGE_CMD_INFO_GET, 0);
		err = genl_call(&g);
	}
	if (err) {
		fprintf(stderr, "info: %s\n", strerror(err));
		return 1;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct nlattr *a = genl_find(&g, numbers[i].type);

		if (!a) {
			fprintf(stderr, "info: no %s in the answer\n", numbers[i].name);
			return 1;
		}
		printf("%s %lu\n", numbers[i].name, genl_number(a));
	}
	return 0;
}
