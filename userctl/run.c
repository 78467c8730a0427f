// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Other programs
 *
 * qemu-nbd, nft and the like: found in PATH (and where administrators' programs
 * are), never by way of a shell.  What they say on standard error becomes a
 * part of our own message.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "run.h"

/* A file without a name, with that in it. */
static int memory_file(const char *text)
{
	int fd = memfd_create("lodge", MFD_CLOEXEC);
	size_t len = text ? strlen(text) : 0;

	if (fd >= 0 && len && (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		return -1;
	}
	return fd;
}

static _Noreturn void become(char *const argv[], int in, int err)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(err, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? RUN_MISSING : 126);
}

/**
 * run_program() - run one, and wait for its end
 * @argv: its name and arguments, then NULL
 * @input: its standard input, or NULL
 * @said: filled with the beginning of what it printed, one line
 * @size: of @said
 *
 * A process that it leaves in the background is not waited for.
 *
 * Return: its exit status; RUN_MISSING if there is no such program; -1 if it
 * was killed or could not be started.
 */
int run_program(char *const argv[], const char *input, char *said, size_t size)
{
	int in = memory_file(input), out = memory_file(NULL), status = 0;
	pid_t pid = in >= 0 && out >= 0 ? fork() : -1;
	ssize_t n;

	if (!pid)
		become(argv, in, out);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	n = out >= 0 ? pread(out, said, size - 1, 0) : 0;
	n = n > 0 ? n : 0;
	while (n && said[n - 1] == '\n')
		n--;
	said[n] = '\0';
	text_clean(said);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
