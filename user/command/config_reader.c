// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "landlock.h"
#include "rights.h"
#include "syscall_filter.h"
#include "units.h"

/* How long config_reader_stop() waits for the end. */
#define END_MS 100

struct config_reader {
	pid_t pid;
	int socket;
};

/* To a question of one byte. ERROR: 0 with the bytes of the file; -errno with the reason or none. */
struct answer {
	int error;
	char bytes[CONFIG_BYTES_MAX];
};

/* --- the process that reads --- */

/* clang-format off */
static const int calls[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(readlinkat), SCMP_SYS(fstat), SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64),
	SCMP_SYS(read), SCMP_SYS(close), SCMP_SYS(exit_group),
	/* malloc() */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(futex_time64), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(sched_yield),
};

static const struct syscall_rule rules[] = {
	{ .number = SCMP_SYS(openat), .argument = 2, .mask = O_ACCMODE | O_CREAT | O_TRUNC, .value = O_RDONLY },
	{ .number = SCMP_SYS(fcntl), .argument = 1, .mask = UINT32_MAX, .value = F_DUPFD_CLOEXEC },
	{ .number = SCMP_SYS(fcntl64), .argument = 1, .mask = UINT32_MAX, .value = F_DUPFD_CLOEXEC },
	{ .number = SCMP_SYS(mmap), .argument = 2, .mask = PROT_EXEC, .value = 0 },
	{ .number = SCMP_SYS(mmap2), .argument = 2, .mask = PROT_EXEC, .value = 0 },
};
/* clang-format on */

static int apply_filter(void)
{
	const struct syscall_list list = {
		.calls = calls,
		.call_count = ARRAY_SIZE(calls),
		.rules = rules,
		.rule_count = ARRAY_SIZE(rules),
	};
	int error = syscall_filter_apply(&list, 1);

	return error == -ENOSYS ? 0 : error;
}

/* Reading anywhere: symbolic links may lead anywhere. */
static int forbid_writing(void)
{
	cleanup(cleanup_close) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct landlock_grant grant = { .fd = root, .access = LANDLOCK_READ_FILE };
	const struct landlock_rules only = { .grants = &grant, .count = 1 };
	int error = root < 0 ? -errno : landlock_restrict(&only);

	return error == -EOPNOTSUPP ? 0 : error;
}

/* Returns how many bytes it has. */
static size_t read_answer(const struct config_file *file, struct answer *answer)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	cleanup(cleanup_free) char *bytes = NULL;
	size_t size = 0;

	answer->error = config_file_read(file, &bytes, &size, &why);
	if (answer->error)
		size = why.length < sizeof(answer->bytes) ? why.length : 0;
	memcpy(answer->bytes, (answer->error ? why.text : bytes) ?: "", size);
	return offsetof(struct answer, bytes) + size;
}

static void serve(int socket, const struct config_file *file)
{
	static struct answer answer;
	char question;

	while (recv(socket, &question, 1, 0) == 1) {
		size_t size = read_answer(file, &answer);

		if (send(socket, &answer, size, MSG_NOSIGNAL) != (ssize_t)size)
			return;
	}
}

_Noreturn static void reader_main(int socket, pid_t parent, const struct config_file *file)
{
	struct config_file own = *file;
	sigset_t all;

	prctl(PR_SET_NAME, "sigpath-config");
	/* Signals for the process group are for the parent. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Nothing of the parent's: its outputs end when it ends. */
	own.directory = STDOUT_FILENO;
	if (socket == STDOUT_FILENO || file->directory == STDIN_FILENO ||
	    dup2(socket, STDIN_FILENO) < 0 || dup2(file->directory, own.directory) < 0 ||
	    syscall(SYS_close_range, own.directory + 1u, ~0u, 0u) || rights_drop(0, NULL))
		_exit(EXIT_FAILURE);
	if (getppid() == parent && !forbid_writing() && !apply_filter())
		serve(STDIN_FILENO, &own);
	/* Not _exit(): see links.c. */
	syscall(SYS_exit_group, EXIT_FAILURE);
	__builtin_trap();
}

/* --- the side of the tracer --- */

int config_reader_start(struct config_file *file, struct config_reader **ret_reader)
{
	struct config_reader *reader = calloc(1, sizeof(*reader));
	const int room = sizeof(struct answer) * 2;
	pid_t parent = getpid();
	int ends[2];

	if (!reader)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		free(reader);
		return -errno;
	}
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	reader->pid = fork();
	if (reader->pid == 0)
		reader_main(ends[1], parent, file);
	close(ends[1]);
	close(take_fd(&file->directory));
	reader->socket = ends[0];
	if (reader->pid < 0) {
		int error = -errno;

		close(reader->socket);
		free(reader);
		return error;
	}
	*ret_reader = reader;
	return 0;
}

void config_reader_cancel(struct config_reader *reader)
{
	shutdown(reader->socket, SHUT_RDWR);
}

void config_reader_stop(struct config_reader *reader)
{
	if (!reader)
		return;
	/* Not only closed: another process may have inherited it. */
	config_reader_cancel(reader);
	close(reader->socket);
	/* Should its file system hang, it ends when that answers: we have no right to kill it. */
	for (int i = 0; i < END_MS && !waitpid(reader->pid, NULL, WNOHANG); i++)
		usleep(1000);
	free(reader);
}

int config_reader_ask(struct config_reader *reader, char **ret_bytes, size_t *ret_size,
		      struct strbuf *why)
{
	cleanup(cleanup_free) struct answer *answer = malloc(sizeof(*answer));
	size_t size;
	ssize_t got;

	if (!answer)
		return -ENOMEM;
	/* If it ends before it has read the question, recv() says ECONNRESET. */
	if (send(reader->socket, "", 1, MSG_NOSIGNAL) < 0 ||
	    (got = recv(reader->socket, answer, sizeof(*answer), 0)) <
		    (ssize_t)offsetof(struct answer, bytes)) {
		strbuf_add_text(why, "sigpath-config, which reads it, has ended");
		return -EPIPE;
	}
	size = (size_t)got - offsetof(struct answer, bytes);
	if (answer->error) {
		strbuf_add(why, answer->bytes, size);
		return answer->error;
	}
	*ret_bytes = malloc(size + 1);
	if (!*ret_bytes)
		return -ENOMEM;
	memcpy(*ret_bytes, answer->bytes, size);
	(*ret_bytes)[size] = '\0';
	*ret_size = size;
	return 0;
}
