// SPDX-License-Identifier: GPL-2.0-only
/* DOC: stamp: copies its input by lines, each after the CLOCK_MONOTONIC (ns) of its end. */
#include <stdio.h>
#include <time.h>

int main(void)
{
	char line[4096];

	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		printf("%lld%09ld %s", (long long)ts.tv_sec, ts.tv_nsec, line);
	}
	return 0;
}
