// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "units.h"

static const int ends[] = { SIGINT, SIGTERM, SIGQUIT };
/* What supervisors and people send to servers. Not SIGTSTP and SIGCONT: the job of a shell stops. */
static const int for_commands[] = { SIGALRM, SIGVTALRM, SIGPROF, SIGWINCH, SIGURG,
				    SIGIO,   SIGPWR,	SIGTTIN, SIGTTOU };

/* Set once, before there are threads. */
static sigset_t blocked;
static enum signals_request hangup;

static bool has_terminal(void)
{
	cleanup(cleanup_close) int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return fd >= 0;
}

static bool is_ignored(int number)
{
	struct sigaction action;

	return !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN;
}

static void add_all(const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sigaddset(&blocked, numbers[i]);
}

void signals_block(bool with_command)
{
	sigemptyset(&blocked);
	add_all(ends, ARRAY_SIZE(ends));
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	sigaddset(&blocked, SIGCHLD);
	hangup = has_terminal() ? SIGNALS_END : SIGNALS_RELOAD;
	/* Blocked, it would arrive. */
	if (!is_ignored(SIGHUP))
		sigaddset(&blocked, SIGHUP);
	if (with_command) {
		add_all(for_commands, ARRAY_SIZE(for_commands));
		for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
			sigaddset(&blocked, number);
	}
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

const sigset_t *signals_blocked(void)
{
	return &blocked;
}

enum signals_request signals_request(int number)
{
	switch (number) {
	case SIGHUP:
		return hangup;
	case SIGUSR1:
		return SIGNALS_REOPEN;
	case SIGUSR2:
		return SIGNALS_SUMMARY;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (number == ends[i])
			return SIGNALS_END;
	return SIGNALS_NOTHING;
}

bool signals_end_is_pending(void)
{
	sigset_t pending;

	if (sigpending(&pending))
		return false;
	for (int number = 1; number < SIGRTMIN; number++)
		if (sigismember(&pending, number) > 0 && signals_request(number) == SIGNALS_END)
			return true;
	return false;
}

enum signals_request signals_take(void)
{
	static const struct timespec at_once;
	sigset_t others;
	int number;

	sigemptyset(&others);
	for (number = 1; number < SIGRTMIN; number++)
		if (sigismember(&blocked, number) > 0 && signals_request(number) > SIGNALS_END)
			sigaddset(&others, number);
	number = sigtimedwait(&others, NULL, &at_once);
	return number > 0 ? signals_request(number) : SIGNALS_NOTHING;
}
