// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts sigpath, and reads what it wrote after it has ended. */
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "judge.h"

#define MESSAGES_TOLD 10 /* lines of stderr */
#define READY_MS 120000	 /* in an emulated machine */

static void sleep_ms(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static bool has_ability(struct json_object *check, const char *name)
{
	struct json_object *list = judge_get(check, "abilities");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *ability = json_object_array_get_idx(list, i);

		if (strcmp(judge_text(ability, "name"), name) == 0)
			return strcmp(judge_text(ability, "state"), "ok") == 0;
	}
	return false;
}

static bool kernel_collects_in_place(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	return !uname(&name) && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 8));
}

bool tracer_probe(const char *sigpath, struct sight *ret_sight)
{
	static char answer[65536];
	struct json_object *check;
	char command[PATH_MAX + 64];
	size_t length;
	bool works;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' check --format json", sigpath);
	pipe = popen(command, "re");
	if (!pipe)
		return false;
	length = fread(answer, 1, sizeof(answer) - 1, pipe);
	answer[length] = '\0';
	pclose(pipe);
	check = json_tokener_parse(answer);
	works = json_object_get_boolean(judge_get(check, "works"));
	ret_sight->closes = has_ability(check, "closers");
	ret_sight->collects_in_place = kernel_collects_in_place();
	json_object_put(check);
	return works;
}

static void run(const char *sigpath, const struct tracer *tracer)
{
	int output = open(tracer->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int messages = open(tracer->messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(output, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	execl(sigpath, sigpath, "--format", "json", "--epipe", "all", "--burst", "0", "--stack",
	      "none", "--advice", "none", "--buffer-size", "32M", (char *)NULL);
	_exit(127);
}

static bool is_ready(const struct tracer *tracer)
{
	char text[4096];
	int fd = open(tracer->messages, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return strstr(text, "sigpath: ready");
}

bool tracer_start(const char *sigpath, struct tracer *ret_tracer)
{
	struct tracer *tracer = ret_tracer;

	strcpy(tracer->output, "sigpath.jsonl");
	strcpy(tracer->messages, "sigpath.err");
	unlink(tracer->messages);
	tracer->status = -1;
	fflush(NULL);
	tracer->pid = fork();
	if (tracer->pid == 0)
		run(sigpath, tracer);
	for (int waited = 0; waited < READY_MS && tracer->pid > 0; waited += 5) {
		if (is_ready(tracer))
			return true;
		if (waitpid(tracer->pid, &tracer->status, WNOHANG) == tracer->pid)
			tracer->pid = 0;
		sleep_ms(5);
	}
	return false;
}

static struct json_object *read_lines(const char *path, unsigned int *ret_lost)
{
	struct json_object *incidents = json_object_new_array(), *line;
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	const char *kind;

	*ret_lost = 0;
	while (file && getline(&text, &size, file) > 0) {
		line = json_tokener_parse(text);
		kind = judge_text(line, "kind");
		if (strcmp(kind, "incident") == 0) {
			json_object_array_add(incidents, line);
			continue;
		}
		if (strcmp(kind, "summary") == 0)
			*ret_lost = judge_number(line, "lost") + judge_number(line, "unseen") +
				    judge_number(line, "repeats");
		json_object_put(line);
	}
	free(text);
	if (file)
		fclose(file);
	return incidents;
}

struct json_object *tracer_stop(struct tracer *tracer, unsigned int *ret_lost)
{
	if (tracer->pid <= 0)
		return NULL;
	kill(tracer->pid, SIGINT);
	if (waitpid(tracer->pid, &tracer->status, 0) != tracer->pid)
		return NULL;
	tracer->pid = 0;
	if (!WIFEXITED(tracer->status) || WEXITSTATUS(tracer->status) != 0)
		return NULL;
	return read_lines(tracer->output, ret_lost);
}

static void tell_end(int status)
{
	if (status == -1)
		printf("    sigpath has not ended\n");
	else if (WIFSIGNALED(status))
		printf("    sigpath was killed by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else
		printf("    sigpath exited with %d\n", WEXITSTATUS(status));
}

void tracer_tell(const struct tracer *tracer)
{
	static char last[MESSAGES_TOLD][512];
	FILE *file = fopen(tracer->messages, "re");
	unsigned int count = 0;

	tell_end(tracer->status);
	while (file && fgets(last[count % MESSAGES_TOLD], sizeof(last[0]), file))
		count++;
	for (unsigned int i = count > MESSAGES_TOLD ? count - MESSAGES_TOLD : 0; i < count; i++)
		printf("    %s", last[i % MESSAGES_TOLD]);
	if (file)
		fclose(file);
}
