// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of --signal: names as in signal(7), with or without SIG and in any case, or numbers, as
 * kill(1) takes them; and one word for all that end a process.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "nearest.h"
#include "option_table.h"
#include "units.h"

static const struct {
	const char *name;
	unsigned int number;
} signal_names[] = {
	{ "HUP", SIGHUP },	 { "INT", SIGINT },	  { "QUIT", SIGQUIT },
	{ "ILL", SIGILL },	 { "TRAP", SIGTRAP },	  { "ABRT", SIGABRT },
	{ "IOT", SIGIOT },	 { "BUS", SIGBUS },	  { "FPE", SIGFPE },
	{ "KILL", SIGKILL },	 { "USR1", SIGUSR1 },	  { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },	 { "PIPE", SIGPIPE },	  { "ALRM", SIGALRM },
	{ "TERM", SIGTERM },	 { "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },	 { "CONT", SIGCONT },	  { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },	 { "TTIN", SIGTTIN },	  { "TTOU", SIGTTOU },
	{ "URG", SIGURG },	 { "XCPU", SIGXCPU },	  { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },	  { "WINCH", SIGWINCH },
	{ "IO", SIGIO },	 { "POLL", SIGPOLL },	  { "PWR", SIGPWR },
	{ "SYS", SIGSYS },
};

#define SIGNAL_MAX 64
#define FATAL "fatal" /* every signal that ends a process */

const char *signal_name(size_t index)
{
	static const char *const real_time[] = { "RTMIN", "RTMAX", NULL };
	const size_t count = ARRAY_SIZE(signal_names);

	return index < count ? signal_names[index].name : real_time[index - count];
}

/* RTMIN, RTMIN+N, RTMAX, RTMAX-N. RTMIN is that of the C library, which reserves two signals. */
static int read_real_time(const char *name, uint64_t *ret_number)
{
	bool from_min = !strncasecmp(name, "RTMIN", 5);
	uint64_t span = (uint64_t)(SIGRTMAX - SIGRTMIN), distance = 0;

	if (!from_min && strncasecmp(name, "RTMAX", 5))
		return -EINVAL;
	name += 5;
	if (*name && (*name != (from_min ? '+' : '-') || parse_number(name + 1, &distance) ||
		      distance > span))
		return -EINVAL;
	*ret_number = from_min ? (uint64_t)SIGRTMIN + distance : (uint64_t)SIGRTMAX - distance;
	return 0;
}

static const char *without_sig(const char *text)
{
	return strncasecmp(text, "SIG", 3) ? text : text + 3;
}

static int read_signal(const char *text, uint64_t *ret_number)
{
	const char *name = without_sig(text);
	uint64_t number;
	size_t i;

	if (!parse_number(text, &number)) {
		if (number < 1 || number > SIGNAL_MAX)
			return -EINVAL;
		*ret_number = number;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(signal_names); i++) {
		if (!strcasecmp(signal_names[i].name, name)) {
			*ret_number = signal_names[i].number;
			return 0;
		}
	}
	return read_real_time(name, ret_number);
}

static int take_signal(const struct option_spec *spec, const char *text,
		       struct options *ret_options, struct strbuf *why)
{
	struct nearest nearest = { 0 };
	uint64_t number;

	if (!strcasecmp(text, FATAL)) {
		ret_options->fatal = true;
		return 0;
	}
	if (read_signal(text, &number)) {
		parse_expect(why, text,
			     "a signal: a name such as PIPE, SIGTERM or RTMIN+3, "
			     "a number from 1 to %d, or " FATAL,
			     SIGNAL_MAX);
		for (size_t i = 0; i < ARRAY_SIZE(signal_names); i++)
			nearest_add(&nearest, without_sig(text), signal_names[i].name);
		nearest_add(&nearest, text, FATAL);
		if (nearest.word)
			strbuf_printf(why, "; did you mean %s?", nearest.word);
		return -EINVAL;
	}
	ret_options->signals |= UINT64_C(1) << (number - 1);
	return 0;
}

int parse_signals(const struct option_spec *spec, const char *text, struct options *ret_options,
		  struct strbuf *why)
{
	return parse_items(spec, text, ret_options, why, take_signal);
}
