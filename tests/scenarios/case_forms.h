/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of rows in the table of scenarios. */
#pragma once

#include "cases.h"

#define HOST(case_name, file, verb)                                               \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST                                               \
	}
#define ATTACH(case_name, file, verb, ...)                                        \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_ATTACH, __VA_ARGS__                                \
	}
#define FILTER(case_name, verb, ...)                                                \
	{                                                                           \
		.name = case_name, .program = "scenario-filters", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                    \
	}
#define FOREIGN(case_name, verb, ...)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-foreign", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                    \
	}
/* Who or what ended the process. */
#define SENT_BY(case_name, file, verb, ...)                                                \
	{                                                                                  \
		.name = "cause-" case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .options = {                                          \
			"-s",                                                              \
			__VA_ARGS__                                                        \
		}                                                                          \
	}
#define SENT(case_name, verb) SENT_BY(case_name, "sent", verb, "TERM,KILL,USR1,USR2")
/* And then it died of something else. */
#define ASKED(verb, ...)                                                              \
	{                                                                             \
		.name = "asked-" verb, .program = "scenario-asked", .scenario = verb, \
		.start = START_HOST, .options = {                                     \
			__VA_ARGS__                                                   \
		}                                                                     \
	}
#define TIMER(case_name, verb) SENT_BY(case_name, "sent-kernel", verb, "USR1,ALRM,VTALRM,PROF")
#define DEATH(case_name, file, verb, signals)                                     \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .options = {                                 \
			"-s",                                                     \
			signals                                                   \
		}                                                                 \
	}
/* The kernel kills. */
#define KILLED_BY(file, verb) DEATH("killed-" verb, file, verb, "KILL,XCPU,XFSZ,SYS,SEGV,TERM")
#define KILLED(verb) KILLED_BY("killed", verb)
#define KILLED_RARELY(verb) KILLED_BY("killed-rarely", verb)
/* Takes a CPU for seconds, or lets the kernel choose whom it kills. */
#define KILLED_ALONE(verb)                                                              \
	{                                                                               \
		.name = "killed-" verb, .program = "scenario-killed", .scenario = verb, \
		.start = START_HOST, .options = { "-s", "KILL,XCPU" }, .alone = true    \
	}
#define FAULT(case_name, file, verb) DEATH(case_name, file, verb, "SEGV,BUS,FPE,ILL,TRAP")
#define ABORT(case_name, verb) DEATH(case_name, "aborts", verb, "ABRT")
#define FATAL(case_name, file, verb) DEATH(case_name, file, verb, "fatal")
#define COMMAND(case_name, verb, ...)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-filters", .scenario = verb, \
		.start = START_COMMAND, __VA_ARGS__                                 \
	}

#define SILENT(case_name, verb, ...)                                               \
	{                                                                          \
		.name = case_name, .program = "scenario-silent", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                   \
	}

/* The error that ended a connection is certain only if inet_sk_error_report (5.14) saw it. */
#define HISTORY(case_name, file, verb)                                            \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .needs = "tcp_history"                       \
	}
/* The same scenario on a kernel without that hook. */
#define NO_ERROR(case_name, file, verb)                                                 \
	{                                                                               \
		.name = case_name, .program = "scenario-" file, .scenario = verb,       \
		.start = START_HOST, .lacks = "tcp_history", .degraded_is_enough = true \
	}

/* Who closed a pipe or a unix socket and lives is known only if a hook can see it. */
#define ACCUSED(verb)                                                                     \
	{                                                                                 \
		.name = "accused-" verb, .program = "scenario-accused", .scenario = verb, \
		.start = START_HOST                                                       \
	}
#define ACCUSED_SEEN(verb)                                                                \
	{                                                                                 \
		.name = "accused-" verb, .program = "scenario-accused", .scenario = verb, \
		.start = START_HOST, .needs = "closers"                                   \
	}
#define UNSEEN(case_name, file, verb)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-" file, .scenario = verb,   \
		.start = START_HOST, .lacks = "closers", .degraded_is_enough = true \
	}
#define ACCUSED_UNSEEN(verb) UNSEEN("accused-" verb, "accused", verb)

#define JOINED(case_name, verb, ...)                                               \
	{                                                                          \
		.name = case_name, .program = "scenario-deaths", .scenario = verb, \
		.start = START_HOST, .alone = true, .options = {                   \
			__VA_ARGS__                                                \
		}                                                                  \
	}
