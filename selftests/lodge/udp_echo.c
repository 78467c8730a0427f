// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Datagrams to somebody who sends them back, compared:
 *
 *   udp_echo ADDRESS COUNT SIZE-MAX SEED [BATCH]
 *   udp_echo ADDRESS stop
 *
 * Sizes and bytes are random, but for the first ones, which are as small and as
 * large as can be.  BATCH of them are under way at a time (default 1).  Prints "N
 * sent, N back, N wrong"; exit status 0 if all came back, and right.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT		7777
#define PORT_STOP	7778
#define SIZE_MAX_	65507
#define HEADER		8	/* the datagram's number, and its seed */

static uint64_t state;

static uint32_t random32(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 32;
}

static void fill(uint8_t *data, uint32_t size, uint32_t nr, uint32_t seed)
{
	uint64_t kept = state;
	uint32_t i;

	state = (uint64_t)seed << 32 | nr;
	for (i = HEADER; i < size; i++)
		data[i] = random32();
	state = kept;
	memcpy(data, &nr, 4);
	memcpy(data + 4, &seed, 4);
}

static uint32_t size_of(uint32_t nr, uint32_t max)
{
	if (nr == 0)
		return HEADER;
	if (nr == 1)
		return max;
	return HEADER + random32() % (max - HEADER + 1);
}

int main(int argc, char **argv)
{
	static uint8_t data[SIZE_MAX_], back[SIZE_MAX_ + 1], want[SIZE_MAX_];
	static uint32_t sizes[65536];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct timeval patience = { .tv_sec = 10 };
	uint32_t count, max, batch, sent = 0, got = 0, wrong = 0, nr, seed;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	if (!strcmp(argv[2], "stop")) {
		to.sin_port = htons(PORT_STOP);
		return sendto(fd, "stop", 4, 0, (void *)&to, sizeof(to)) != 4;
	}
	if (argc < 5)
		return 2;
	count = strtoul(argv[2], NULL, 0);
	max = strtoul(argv[3], NULL, 0);
	state = strtoull(argv[4], NULL, 0);
	batch = argc > 5 ? strtoul(argv[5], NULL, 0) : 1;
	if (fd < 0 || max > SIZE_MAX_ || max < HEADER || count > 65536)
		return 2;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	while (got < count) {
		ssize_t n;

		for (; sent < count && sent - got < batch; sent++) {
			sizes[sent] = size_of(sent, max);
			fill(data, sizes[sent], sent, random32());
			if (sendto(fd, data, sizes[sent], 0, (void *)&to, sizeof(to)) < 0)
				perror("sendto");
		}
		n = recv(fd, back, sizeof(back), 0);
		if (n < HEADER)
			break;
		got++;
		memcpy(&nr, back, 4);
		memcpy(&seed, back + 4, 4);
		if (nr >= sent || (uint32_t)n != sizes[nr]) {
			wrong++;
			continue;
		}
		fill(want, n, nr, seed);
		wrong += !!memcmp(want, back, n);
	}
	printf("%u sent, %u back, %u wrong\n", sent, got, wrong);
	return got != count || wrong;
}
