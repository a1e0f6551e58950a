// SPDX-License-Identifier: GPL-2.0-or-later
#include "containers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers.h"
#include "cleanup.h"
#include "clock.h"
#include "landlock.h"
#include "rights.h"
#include "state.h"
#include "syscall_filter.h"
#include "units.h"

/* How long to wait for an answer, and for the end. */
#define ANSWER_US 250000
#define END_MS 100

struct containers {
	pid_t pid;
	int socket;
	uint32_t number; /* of the last question */
	bool is_late;	 /* it has no answer yet */
	struct answers answers;
};

struct question {
	uint32_t number;
	struct state_question what;
};

struct answer {
	uint32_t number; /* of the question: an answer may come too late */
	struct ev_names names;
};

/* --- the process that reads --- */

/* clang-format off */
static const int calls[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(getdents64), SCMP_SYS(read), SCMP_SYS(close),
	SCMP_SYS(exit_group),
};

static const struct syscall_rule rules[] = {
	{ .number = SCMP_SYS(openat), .argument = 2, .mask = O_ACCMODE | O_CREAT | O_TRUNC, .value = O_RDONLY },
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

/* Reading, and only where the runtimes keep something. A runtime may be installed later. */
static int confine_files(int root)
{
	static const char *const directories[] = { "run", "var/lib", "var/log" };
	struct landlock_grant grants[ARRAY_SIZE(directories)];
	struct landlock_rules only = { .grants = grants };
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		int fd = openat(root, directories[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			continue;
		grants[only.count++] =
			(struct landlock_grant){ .fd = fd,
						 .access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR };
	}
	error = landlock_restrict(&only);
	for (size_t i = 0; i < only.count; i++)
		close(grants[i].fd);
	return error == -EOPNOTSUPP ? 0 : error;
}

/* Who has taken over the tracer may have sent the question. */
static bool is_question(const struct question *question)
{
	const struct state_question *what = &question->what;
	size_t id = strnlen(what->id, sizeof(what->id)),
	       uid = strnlen(what->uid, sizeof(what->uid));

	return id < sizeof(what->id) && uid < sizeof(what->uid) &&
	       strspn(what->id, "0123456789abcdef") == id &&
	       strspn(what->uid, "0123456789abcdef-") == uid && what->runtime < EV_RUNTIMES;
}

static void serve(int socket, int root)
{
	struct question question;

	while (recv(socket, &question, sizeof(question), 0) == sizeof(question)) {
		struct answer answer = { .number = question.number };

		if (!is_question(&question))
			return;
		state_find(root, &question.what, &answer.names);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			return;
	}
}

_Noreturn static void reader_main(int socket, pid_t parent, int root)
{
	const int own_root = STDOUT_FILENO;
	sigset_t all;

	prctl(PR_SET_NAME, "sigpath-names");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Signals for the process group are for the parent. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Nothing of the parent's: its outputs end when it ends. */
	if (socket == own_root || root == STDIN_FILENO || dup2(socket, STDIN_FILENO) < 0 ||
	    dup2(root, own_root) < 0 || syscall(SYS_close_range, own_root + 1u, ~0u, 0u) ||
	    rights_drop(0, NULL))
		_exit(EXIT_FAILURE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && !confine_files(own_root) && !apply_filter())
		serve(STDIN_FILENO, own_root);
	/* Not _exit(): see links.c. */
	syscall(SYS_exit_group, EXIT_FAILURE);
	__builtin_trap();
}

/* --- the side of the tracer --- */

static int start_process(struct containers *containers, int root)
{
	static const struct timeval limit = { .tv_usec = ANSWER_US };
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	containers->pid = fork();
	if (containers->pid == 0)
		reader_main(ends[1], parent, root);
	close(ends[1]);
	containers->socket = ends[0];
	if (containers->pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	return 0;
}

int containers_start(const char *root, struct containers **ret_containers)
{
	cleanup(cleanup_close) int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct containers *containers;
	int error;

	if (dir < 0)
		return -errno;
	containers = calloc(1, sizeof(*containers));
	if (!containers)
		return -ENOMEM;
	error = start_process(containers, dir);
	if (error)
		free(containers);
	else
		*ret_containers = containers;
	return error;
}

void containers_stop(struct containers *containers)
{
	if (!containers)
		return;
	/* Not only closed: another process may have inherited it. */
	shutdown(containers->socket, SHUT_RDWR);
	close(containers->socket);
	/* Should it hang, it will end with this process. */
	for (int i = 0; i < END_MS && !waitpid(containers->pid, NULL, WNOHANG); i++)
		usleep(1000);
	free(containers);
}

static bool has_text_end(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

/* It may have been taken over. */
static bool is_answer(const struct ev_names *names)
{
	return names->container_state <= EV_NAMES_MANY && names->pod_state <= EV_NAMES_MANY &&
	       names->runtime < EV_RUNTIMES &&
	       has_text_end(names->container, sizeof(names->container)) &&
	       has_text_end(names->pod, sizeof(names->pod)) &&
	       has_text_end(names->pod_namespace, sizeof(names->pod_namespace));
}

/* The answer to the last question. 0 or -errno. */
static int receive(struct containers *containers, int flags, struct answer *ret_answer)
{
	ssize_t got;

	do {
		got = recv(containers->socket, ret_answer, sizeof(*ret_answer), flags);
		if (got != sizeof(*ret_answer))
			return got < 0 ? -errno : -EPIPE;
	} while (ret_answer->number != containers->number);
	containers->is_late = false;
	return is_answer(&ret_answer->names) ? 0 : -EBADMSG;
}

static int ask(struct containers *containers, const struct state_question *what,
	       struct answer *ret_answer)
{
	struct question question = { .what = *what };
	int error = containers->is_late ? receive(containers, MSG_DONTWAIT, ret_answer) : 0;

	if (containers->is_late)
		return error ?: -EBUSY;
	question.number = ++containers->number;
	if (send(containers->socket, &question, sizeof(question), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	containers->is_late = true;
	return receive(containers, 0, ret_answer);
}

static void copy_names(const struct ev_names *from, struct ev_names *to)
{
	to->container_state = from->container_state;
	to->pod_state = from->pod_state;
	to->runtime = from->runtime;
	memcpy(to->container, from->container, sizeof(to->container));
	memcpy(to->pod, from->pod, sizeof(to->pod));
	memcpy(to->pod_namespace, from->pod_namespace, sizeof(to->pod_namespace));
}

/* What has a name instead of an id, and what a user's runtime has started, is not asked for. */
static bool question_from(const struct incident_names *names, struct state_question *ret_question)
{
	*ret_question = (struct state_question){ .runtime = (unsigned char)names->runtime };
	if (names->have_user)
		return false;
	if (names->runtime != EV_RUNTIME_LXC && names->runtime != EV_RUNTIME_NSPAWN &&
	    strlen(names->container) == sizeof(ret_question->id) - 1)
		strcpy(ret_question->id, names->container);
	if (strlen(names->pod) < sizeof(ret_question->uid))
		strcpy(ret_question->uid, names->pod);
	return ret_question->id[0] || ret_question->uid[0];
}

void containers_find(struct containers *containers, const struct incident_names *names,
		     struct ev_names *ret_names)
{
	unsigned long long now_ns = clock_now_ns();
	const struct ev_names *known;
	struct state_question question;
	struct answer answer;

	if (!containers || !question_from(names, &question))
		return;
	known = answers_find(&containers->answers, &question, now_ns);
	if (known) {
		copy_names(known, ret_names);
		return;
	}
	memset(&answer, 0, sizeof(answer));
	if (ask(containers, &question, &answer)) {
		memset(&answer.names, 0, sizeof(answer.names));
		answer.names.runtime = question.runtime;
		answer.names.container_state = question.id[0] ? EV_NAMES_LATE : EV_NAMES_NOT_ASKED;
		answer.names.pod_state = question.uid[0] ? EV_NAMES_LATE : EV_NAMES_NOT_ASKED;
	}
	answers_keep(&containers->answers, &question, now_ns, &answer.names);
	copy_names(&answer.names, ret_names);
}
